"""Puts the output of ``mvfs --help`` into the README, in place of the block that is there."""

import os
import re
import subprocess
import sys
from pathlib import Path

BLOCK = re.compile(r"(## The command line\n\n```\n).*?(\n```\n)", re.DOTALL)


def help_text() -> str:
    """What ``mvfs --help`` prints in a terminal of 100 columns."""
    words = [sys.executable, "-m", "mvfs", "--help"]
    env = os.environ | {"COLUMNS": "100"}
    return subprocess.run(words, env=env, capture_output=True, text=True, check=True).stdout.strip()


def main() -> None:
    """Rewrite the README."""
    readme = Path("README.md")
    text = readme.read_text("utf-8")
    readme.write_text(BLOCK.sub(lambda found: found[1] + help_text() + found[2], text), "utf-8")


if __name__ == "__main__":
    main()
