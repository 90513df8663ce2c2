"""One project through the levels; what was learned stays at hand for a repair."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mvfs.catalog.checking import listing, manifests, reading, runs, sweeps
from mvfs.catalog.checking.findings import Finding, Hurt, Kind, Watch
from mvfs.catalog.checking.history import History
from mvfs.catalog.checking.manifests import Holding
from mvfs.catalog.checking.sweeps import SweepLists
from mvfs.errors import Damaged, MvfsError
from mvfs.index import queries
from mvfs.store.backend.base import Backend, ObjectInfo
from mvfs.store.leaves import Leaves
from mvfs.store.manifest.records import Blob, FileEntry
from mvfs.store.pipeline import Progress
from mvfs.store.reading import FileReader
from mvfs.store.trust import Stamps

_MANY = 1000
"""Files of one version that a finding names."""

_AT_ONCE = 8 << 20


@dataclass
class ProjectCheck:
    """A project under examination."""

    backend: Backend
    id: str
    name: str
    history: History
    listed: dict[str, ObjectInfo]
    stamps: Stamps
    findings: list[Finding] = field(default_factory=list)
    holdings: list[Holding] = field(default_factory=list)
    lists: SweepLists = field(default_factory=SweepLists)
    unsound: dict[str, Kind] = field(default_factory=dict)
    """Keys of blobs that are needed, and missing, short or changed."""
    doomed: set[str] = field(default_factory=set)
    """Keys of needed objects that a sweep lists as garbage."""
    read: set[str] = field(default_factory=set)
    """Keys of the blobs that were read whole and found right."""
    bytes_read: int = 0

    def run(self, percent: float, watch: Watch) -> None:
        """Check everything; ``percent`` of the bytes are read."""
        self.findings += self.history.findings
        self.findings += sweeps.read_lists(self.backend, self.id, self.history.index, self.lists)
        self._hold()
        sizes = {one.version.manifest: info.size for one in self.holdings if (info := self._info(one))}
        with watch(f"checking {self.name}", sum(sizes.values())) as progress:
            for holding in self.holdings:
                if not holding.is_swept:
                    self._inspect(holding)
                progress(sizes.pop(holding.version.manifest, 0))
        self.findings += runs.check(self.backend, self.listed)
        self._check_stored()
        if percent > 0:
            self._check_bytes(percent, watch)

    def _info(self, holding: Holding) -> ObjectInfo | None:
        return self.listed.get(holding.version.manifest)

    def _inspect(self, holding: Holding) -> None:
        found = list(manifests.inspect(self.backend, self.id, holding))
        if found and not self._still_hold([holding]):
            holding.is_swept, holding.blobs, found = True, (), []
        self.findings += found

    def _hold(self) -> None:
        index = self.history.index
        self.holdings = [Holding(self.name, version, in_trash=False) for version in queries.live(index)]
        for gone in queries.trash(index):
            is_swept = gone.version.manifest in self.lists.since(gone.seq)
            self.holdings.append(Holding(self.name, gone.version, True, gone.seq, is_swept))

    def needed(self) -> dict[Blob, None]:
        """The blobs that versions need, but for those that a sweep took from the trash."""
        found: dict[Blob, None] = {}
        for holding in self.holdings:
            gone = self.lists.since(holding.since) if holding.in_trash else set()
            if any(blob.key in gone for blob in holding.blobs):
                holding.is_swept = True
            if not holding.is_swept:
                found.update(dict.fromkeys(holding.blobs))
        return found

    def _check_stored(self) -> None:
        needed = self.needed()
        for blob in needed:
            info = self.listed.get(blob.key)
            if info is None or info.size != blob.size:
                self._check_again(blob)
        live = [one for one in self.holdings if not one.in_trash]
        needed_live = {one.version.manifest for one in live} | {
            blob.key for one in live for blob in one.blobs
        }
        found = list(sweeps.check_lists(self.id, self.history.index, self.lists, needed_live))
        self.findings += found
        self.doomed = {key for one in found for key in one.objects}
        kept = {one.version.manifest for one in self.holdings} | {
            blob.key for one in self.holdings for blob in one.blobs
        }
        is_sure = self.history.is_whole and all(one.is_readable or one.is_swept for one in self.holdings)
        self.findings += listing.orphans(self.id, self.listed, kept, is_sure=is_sure)
        self.findings += listing.foreign(self.id, self.listed)

    def _check_again(self, blob: Blob) -> None:
        """What the listing did not show may have been written, or swept with its version, meanwhile."""
        try:
            info = self.backend.head(blob.key)
        except MvfsError as exc:
            self.findings.append(Finding(Kind.UNREADABLE, 3, blob.key, exc.message, self.hurt_by(blob.key)))
            return
        if info is not None and info.size == blob.size:
            return
        if not self._still_hold([one for one in self.holdings if blob in one.blobs]):
            return
        if info is None:
            self._tell_unsound(blob, Kind.BLOB_MISSING, 3, "the blob is missing")
        else:
            what = f"the blob has {info.size:,} bytes and must have {blob.size:,}"
            self._tell_unsound(blob, Kind.BLOB_SIZE, 3, what)

    def _still_hold(self, holdings: Iterable[Holding]) -> bool:
        """Whether one of these versions is still where it was, with that manifest; others go on working."""
        if self.history.is_whole:
            with contextlib.suppress(MvfsError):
                self.history.index.refresh()
        live = {version.manifest for version in queries.live(self.history.index)}
        trash = {gone.version.manifest for gone in queries.trash(self.history.index)}
        return any(one.version.manifest in (trash if one.in_trash else live) for one in holdings)

    def _check_bytes(self, percent: float, watch: Watch) -> None:
        blobs = [blob for blob in self.needed() if blob.key not in self.unsound]
        leaves = {} if percent >= 100 else self._leaves(blobs)
        units = reading.sample([(blob, leaves.get(blob.key)) for blob in blobs], percent)
        total = sum(unit.size for unit in units)
        with watch(f"reading {self.name}", total) as progress:
            for unit in units:
                if unit.blob.key not in self.unsound:
                    self._check_unit(unit, progress)
        self.bytes_read += total

    def _leaves(self, blobs: Iterable[Blob]) -> dict[str, Leaves]:
        """The leaf hashes of the blobs that have them, by key."""
        wanted = {blob.key for blob in blobs}
        found: dict[str, Leaves] = {}
        for holding in self.holdings:
            if not holding.is_readable or all(blob.key in found for blob in holding.blobs):
                continue
            manifest = holding.open(self.backend)
            for index, blob in enumerate(holding.blobs):
                if blob.key in wanted and blob.key not in found and blob.key not in holding.unleafed:
                    leaves = manifest.leaves_or_none(index)
                    if leaves is not None:
                        found[blob.key] = leaves
        return found

    def _check_unit(self, unit: reading.Unit, progress: Progress) -> None:
        try:
            right = reading.is_right(self.backend, unit, self.stamps, progress)
        except MvfsError as exc:
            key = unit.blob.key
            self.findings.append(Finding(Kind.UNREADABLE, 4, key, exc.message, self.hurt_by(key)))
            return
        if not right:
            self._tell_changed(unit.blob)
        elif unit.leaf is None:
            self.read.add(unit.blob.key)

    def _tell_changed(self, blob: Blob) -> None:
        numbers: tuple[int, ...] = ()
        try:
            if (right := self._leaves([blob]).get(blob.key)) is not None:
                found = reading.read_whole(self.backend, blob, self.stamps, lengths=right.lengths)
                numbers = reading.changed_leaves(found.leaves, right)
            what = "the bytes were changed after they were written"
            if numbers:
                what += f" (leaf {', '.join(map(str, numbers[:5]))}{' …' * (len(numbers) > 5)}"
                what += f" of {len(right) if right else 0})"
        except Damaged as exc:
            what = exc.message
        except MvfsError as exc:
            what = f"it could not be read again: {exc.message}"
        self._tell_unsound(blob, Kind.BLOB_CHANGED, 4, what, numbers)

    def _tell_unsound(
        self, blob: Blob, kind: Kind, level: int, what: str, leaves: tuple[int, ...] = ()
    ) -> None:
        self.unsound[blob.key] = kind
        hurt = self.hurt_by(blob.key, is_missing=kind is Kind.BLOB_MISSING)
        if hurt:
            what += "; 'mvfs fsck --repair --from DIR_OR_STORE' heals the files from other copies"
        else:
            what += ", where no file of a version has its bytes; 'mvfs fsck --repair' does without it"
        self.findings.append(Finding(kind, level, blob.key, what, hurt, leaves=leaves))

    def hurt_by(self, key: str, *, is_missing: bool = False) -> tuple[Hurt, ...]:
        """Return the versions with files whose bytes in a blob cannot be read."""
        found = []
        for holding in self.holdings:
            if holding.is_swept or all(blob.key != key for blob in holding.blobs):
                continue
            files = [entry.path for entry in self.unreadable(holding, {key}, is_missing=is_missing)]
            if files or not holding.is_readable:
                found.append(holding.hurt(files[:_MANY]))
        return tuple(found)

    def unreadable(
        self, holding: Holding, blobs: set[str], *, is_missing: bool = False
    ) -> Iterator[FileEntry]:
        """Yield the files of a version with bytes in one of the blobs that do not read back right."""
        for entry, manifest in holding.files_in(self.backend, blobs):
            if is_missing or not reads_back(FileReader(self.backend, manifest, entry)):
                yield entry


def reads_back(reader: FileReader) -> bool:
    """Whether every byte of a file is there and right."""
    try:
        for offset in range(0, reader.entry.size, _AT_ONCE):
            reader.read(offset, _AT_ONCE)
    except MvfsError:
        return False
    return True
