"""The files that the kernel holds, in few bytes each.

The kernel keeps whatever it was told for as long as it has memory, so after a walk through a version of a
million files there are a million of them here. Each is one packed record, found by the node id, which
follows from the content: nothing else is kept of it, and a `File` is made when it is asked for.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from mvfs.mount.files import File, FileRun, Place
from mvfs.mount.homes import Home
from mvfs.mount.nodes import content_inos

_HEAD = Struct("=32sBQqI")
"""Hash, 1 if executable, size, time, references; the places follow, the one seen last first."""

_PLACE = Struct("=II")
"""Number of the home, number of the file in it."""

_NEW = Struct(_HEAD.format + "II")

_PLACES_BEFORE = 4
"""Versions that a file remembers to lie in, beside the one where it was seen last."""

_STEP = 2
"""From the node id that a content should have to the next one, where another content has it already."""


_MANY = (1 << 32) - 1
"""References beyond these are not counted; the kernel gives back all it has of a node at once."""


class HeldRun(NamedTuple):
    """What was found out about files of a run when they were held, column by column."""

    inos: list[int]
    ids: list[int]
    times: list[int]
    """Microseconds since 1970."""


class HeldFiles:
    """Records by node id. Not for several threads at once: `NodeTable` has the lock."""

    def __init__(self) -> None:
        self._records: dict[int, bytes] = {}
        self._homes: dict[int, Home] = {}
        self._last_home = 0

    def __len__(self) -> int:
        return len(self._records)

    def __contains__(self, number: int) -> bool:
        return number in self._records

    def get(self, number: int) -> File | None:
        """Return a file as it is now."""
        record = self._records.get(number)
        if record is None:
            return None
        digest, mode, size, mtime, lookups = _HEAD.unpack_from(record)
        home, index = _PLACE.unpack_from(record, _HEAD.size)
        file = File(self._homes[home], index, size, digest, mode == 1)
        file.id, file.mtime, file.lookups = number, mtime, lookups
        return file

    def places(self, number: int) -> list[Place]:
        """Where a file is known to lie, the place seen last first."""
        record = self._records.get(number, b"")
        return [(self._homes[home], index) for home, index in _PLACE.iter_unpack(record[_HEAD.size :])]

    def hold(self, file: File) -> None:
        """Count one more reference to a file; it takes over what is known of its content."""
        home, index = file.home, file.number
        file.id, file.mtime, file.lookups = self._hold(
            file.ino, file.digest, executable=file.executable, size=file.size, home=home, index=index
        )

    def hold_run(self, files: FileRun, start: int, stop: int) -> HeldRun:
        """Count one more reference to each file of a part of a run."""
        run, home, records = files.run, files.home, self._records
        mtime, pack, first = home.mtime, _NEW.pack, run.first
        digests, modes, sizes = run.digests, run.modes, run.sizes
        inos = content_inos(digests[32 * start : 32 * stop], modes[start:stop])
        held = HeldRun(inos, inos[:], [mtime] * len(inos))
        place = self._number_of(home)
        new = 0
        for index, ino in enumerate(inos, start):
            digest = digests[32 * index : 32 * index + 32]
            if ino not in records:
                records[ino] = pack(digest, modes[index] == 1, sizes[index], mtime, 1, place, first + index)
                new += 1
            else:
                at, is_program = index - start, modes[index] == 1
                held.ids[at], held.times[at], _ = self._hold(
                    ino, digest, executable=is_program, size=sizes[index], home=home, index=first + index
                )
        home.held += new
        self._leave(place)
        return held

    def forget(self, number: int, count: int) -> None:
        """Take back ``count`` references to a file; with the last one it leaves."""
        record = self._records[number]
        digest, mode, size, mtime, lookups = _HEAD.unpack_from(record)
        if lookups > count:
            head = _HEAD.pack(digest, mode, size, mtime, lookups - count)
            self._records[number] = head + record[_HEAD.size :]
            return
        del self._records[number]
        for home, _ in _PLACE.iter_unpack(record[_HEAD.size :]):
            self._leave(home)

    def _hold(
        self, ino: int, digest: bytes, *, executable: bool, size: int, home: Home, index: int
    ) -> tuple[int, int, int]:
        """Count one more reference; return node id, time and the number of references.

        One inode has one time: that of the oldest version through which its bytes were seen. They are
        read from where they were seen last, so a copy that was logged anew replaces a damaged one; the
        places before are for when that version is deleted.
        """
        number, record = ino, self._records.get(ino)
        while record is not None and (record[:32] != digest or (record[32] == 1) != executable):
            number += _STEP
            record = self._records.get(number)
        place = self._number_of(home)
        if record is None:
            self._records[number] = _NEW.pack(digest, executable, size, home.mtime, 1, place, index)
            return number, home.mtime, 1
        *_, mtime, lookups = _HEAD.unpack_from(record)
        mtime, lookups = min(mtime, home.mtime), min(lookups + 1, _MANY)
        before: list[bytes] = []
        for old in _PLACE.iter_unpack(record[_HEAD.size :]):
            if len(before) < _PLACES_BEFORE and not self._homes[old[0]].is_version_of(home):
                before.append(_PLACE.pack(*old))
            else:
                self._leave(old[0])
        head = _HEAD.pack(digest, executable, size, mtime, lookups)
        self._records[number] = b"".join((head, _PLACE.pack(place, index), *before))
        return number, mtime, lookups

    def _number_of(self, home: Home) -> int:
        """The number that stands for a home in the records, which have one more place in it."""
        if not home.held:
            self._last_home += 1
            home.number = self._last_home
            self._homes[home.number] = home
        home.held += 1
        return home.number

    def _leave(self, number: int) -> None:
        """Take a place from a home; one without any is not kept."""
        home = self._homes[number]
        home.held -= 1
        if not home.held:
            del self._homes[number]
