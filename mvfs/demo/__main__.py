"""``python -m mvfs.demo``: train, log, evaluate, mount, copy out, compare."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mvfs.demo.telling import CommandFailed
from mvfs.errors import MvfsError

_EXTRA = ("joblib", "numpy", "sklearn")


def main() -> int:
    """Run the demo; 0 means that the model that was copied out is the one that was logged."""
    parser = argparse.ArgumentParser(prog="python -m mvfs.demo", description=__doc__)
    parser.add_argument("--store", type=Path, default=Path("demo/store"), help="made afresh (demo/store)")
    store = parser.parse_args().store.absolute()
    try:
        from mvfs.demo.story import tell

        return tell(store)
    except ModuleNotFoundError as exc:
        if exc.name not in _EXTRA:
            raise
        print(f"mvfs.demo: needs {exc.name}; install it with: pip install 'mvfs[demo]'", file=sys.stderr)
    except (MvfsError, CommandFailed) as exc:
        print(f"\nmvfs.demo: {exc}", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nmvfs.demo: interrupted", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
