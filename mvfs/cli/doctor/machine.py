"""The interpreter, the libraries, the limits."""

from __future__ import annotations

import os
import platform
import resource
from collections.abc import Iterator
from importlib import metadata

from mvfs import __version__
from mvfs.cli.doctor.finding import Finding, note, ok, trouble

_NEEDED = ("blake3", "fsspec", "msgspec", "s3fs", "textual", "zstandard")
_OPTIONAL = {
    "gcsfs": "for gs://",
    "adlfs": "for az://",
    "pyfastcdc": "for 'log --chunking content'",
    "mfusepy": "for mounts by libfuse",
}
_MANY_FILES = 4096


def versions() -> Iterator[Finding]:
    """Look at who runs where."""
    system = os.uname()
    running = f"mvfs {__version__}, Python {platform.python_version()}, {system.sysname} {system.release}"
    if system.sysname == "Linux":
        yield ok("mvfs", running)
    else:
        yield note("mvfs", running, "'mvfs mount' needs Linux; all else works here")


def libraries() -> Iterator[Finding]:
    """Look at what is installed."""
    found = {name: _version(name) for name in (*_NEEDED, *_OPTIONAL)}
    lacking = [name for name in _NEEDED if found[name] is None]
    if lacking:
        yield trouble("libraries", f"not installed: {', '.join(lacking)}", f"pip install {' '.join(lacking)}")
    line = ", ".join(f"{name} {version}" for name, version in found.items() if version is not None)
    left_out = [f"{name} ({why})" for name, why in _OPTIONAL.items() if found[name] is None]
    yield ok("libraries", f"{line}; not installed: {', '.join(left_out)}" if left_out else line)


def open_files() -> Iterator[Finding]:
    """Look at how many files a process may have open: a mount has each blob that is read."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most == resource.RLIM_INFINITY or most >= _MANY_FILES:
        count = "no limit" if most == resource.RLIM_INFINITY else f"up to {most:,}"
        yield ok("open files", f"{count} in a process")
    else:
        yield note(
            "open files",
            f"a process may have no more than {most:,} open: a mount needs one for each file that is read",
            f"raise the hard limit to {_MANY_FILES:,} or more (ulimit -Hn, LimitNOFILE= of systemd)",
        )


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
