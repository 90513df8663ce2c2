"""References to files of this machine: only below the allowed roots, wherever links lead.

A path is opened without following it into effect (``O_PATH``), the kernel is asked where that ended, and only
then are bytes read through the same descriptor. So no swap of a link between check and use helps.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from mvfs import text
from mvfs.errors import InvalidInput, NoPermission, NotFound, Unavailable
from mvfs.references.reference import Reference, changed_source, require_same
from mvfs.references.uri import Target, parse

CHUNK = 1 << 20


def look(target: Target, roots: list[Path] | None) -> Reference:
    """Return size and time of change of a regular file; ``roots`` None allows any place.

    Raises:
        InvalidInput: outside of the roots, or no regular file.
        NotFound: nothing is there.
        NoPermission: the operating system refuses.
    """
    with _opened(target, roots) as descriptor:
        return _reference(target, descriptor)


def stream(
    ref: Reference, target: Target, start: int, end: int, roots: list[Path]
) -> Generator[bytes, None, None]:
    """Yield bytes ``start`` to ``end`` (exclusive) of what was recorded.

    Raises:
        SourceChanged: size or time is another one, before or after reading.
        InvalidInput, NotFound, NoPermission: as `look`.
    """
    with _opened(target, roots) as place:
        descriptor = _readable(target, place)
        try:
            require_same(ref, _reference(target, descriptor))
            while start < end:
                chunk = os.pread(descriptor, min(CHUNK, end - start), start)
                if not chunk:
                    raise changed_source(ref, f"it ends after {start} bytes")
                start += len(chunk)
                require_same(ref, _reference(target, descriptor))
                yield chunk
        finally:
            os.close(descriptor)


def is_directory(target: Target) -> bool:
    """Whether a directory is there."""
    return Path(target.path).is_dir()


def below(target: Target, limit: int) -> list[Reference]:
    """Look at up to ``limit`` regular files below a directory the user named, in order of their paths.

    Links to directories are not followed.

    Raises:
        NoPermission: a directory cannot be read.
    """
    found: list[Reference] = []
    for directory, folders, names in os.walk(target.path, onerror=_unreadable):
        folders.sort()
        for name in sorted(names):
            path = Path(directory, name)
            if path.is_file():
                found.append(look(parse("file://" + _quoted(path)), None))
                if len(found) == limit:
                    return found
    return found


def _quoted(path: Path) -> str:
    return path.as_uri().removeprefix("file://")


@contextmanager
def _opened(target: Target, roots: list[Path] | None) -> Iterator[int]:
    """A descriptor that says where ``target`` is, and reads nothing."""
    if roots is not None:
        real = [Path(os.path.realpath(root)) for root in roots]
        _require_below(target, Path(target.path), [*roots, *real])
    try:
        descriptor = os.open(target.path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError) as exc:
        raise NotFound(f"'{text.line(target.uri)}' is not there", uri=target.uri) from exc
    except OSError as exc:
        raise NoPermission(f"cannot open '{text.line(target.uri)}': {exc.strerror}") from exc
    try:
        if roots is not None:
            _require_below(target, _where(descriptor), real)
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise InvalidInput(f"'{text.line(target.uri)}' is no regular file; a reference is one file")
        yield descriptor
    finally:
        os.close(descriptor)


def _where(descriptor: int) -> Path:
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink()
    except OSError as exc:
        raise Unavailable("cannot tell where a file reference leads: /proc is not mounted") from exc


def _readable(target: Target, place: int) -> int:
    try:
        return os.open(f"/proc/self/fd/{place}", os.O_RDONLY | os.O_CLOEXEC)
    except OSError as exc:
        raise NoPermission(f"cannot read '{text.line(target.uri)}': {exc.strerror}") from exc


def _require_below(target: Target, path: Path, roots: list[Path]) -> None:
    if any(path.is_relative_to(root) for root in roots):
        return
    raise InvalidInput(
        f"references may not read '{text.line(target.uri)}': it is, or leads, outside of the allowed "
        "directories; if you trust it, name its directory in file_roots under [references] of the "
        "configuration or in MVFS_REFERENCES_ROOTS"
    )


def _reference(target: Target, descriptor: int) -> Reference:
    facts = os.fstat(descriptor)
    return Reference(uri=target.uri, size=facts.st_size, modified=facts.st_mtime_ns // 1000)


def _unreadable(exc: OSError) -> None:
    raise NoPermission(f"cannot list '{text.line(str(exc.filename))}': {exc.strerror}") from exc
