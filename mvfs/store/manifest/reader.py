"""Opens a manifest lazily: the header at once, blocks, digests and leaves when they are asked for."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import accumulate, islice, pairwise
from operator import lt
from typing import TypeVar

from blake3 import blake3

from mvfs.errors import CorruptObject, InvalidName, UnsupportedFormat
from mvfs.references.reference import Reference
from mvfs.store.backend.base import Backend
from mvfs.store.decoding import decode, verify
from mvfs.store.keys import check_object
from mvfs.store.leaves import HASH, RECORD, Leaves
from mvfs.store.manifest.layout import (
    BLOCK_FILES,
    HEADER,
    HEADER_REFERENCES,
    MAGIC,
    MAGIC_REFERENCES,
    MAX_BLOCK,
    MAX_FILES,
    MAX_HEADER,
    MAX_SIZE,
    PREFIX,
    Block,
    Header,
    HeaderWithReferences,
    Row,
    Run,
    column,
    unpack_block,
)
from mvfs.store.manifest.records import Blob, DirEntry, FileEntry
from mvfs.store.manifest.references import MAX_FRAME, unpack_references
from mvfs.store.manifest.tensors import MAX_TABLE, StoredTensor, unpack_table
from mvfs.store.paths import check_path, check_paths

T = TypeVar("T")

_FIRST_READ = 512 << 10
"""One read of this size opens a version of up to 4,096 files."""

_BLOCKS_KEPT = 16


class Manifest:
    """The files of one version. Every byte used has been checked against the journal's hash."""

    def __init__(self, backend: Backend, key: str, head_hash: bytes) -> None:
        """Read and check the header.

        Raises:
            CorruptObject: the object is missing, changed, or makes no sense.
        """
        self.key = key
        self._backend = backend
        self._blocks: OrderedDict[int, Block] = OrderedDict()
        header, self._body = self._again(0, _FIRST_READ, lambda: self._open(head_hash))
        self._header = header
        self.digest, self.files, self.size = header.digest, header.files, header.size
        self._blob_sizes = column("Q", header.blob_sizes, key, len(header.blob_keys))
        self._leaf_counts = column("I", header.blob_leaves, key, len(header.blob_keys))
        self._leaf_starts = [0, *accumulate(self._leaf_counts)]
        self._tensor_files = column("I", header.tensor_files, key)
        self._tensor_lengths = column("I", header.tensor_lengths, key, len(self._tensor_files))
        self._lengths = column("I", header.block_lengths, key, len(header.block_first_paths))
        self._dir_first = column("Q", header.dir_first, key)
        if header.dir_paths.count(b"\0") + bool(header.dir_paths) != len(self._dir_first):
            raise CorruptObject(f"{key} has a column of the wrong length", key=key)
        self._dir_paths = header.dir_paths.split(b"\0") if header.dir_paths else []
        self._dir_set = frozenset(self._dir_paths)
        self._directories: dict[str, dict[int, DirEntry]] | None = None
        self._dir_files = column("Q", header.dir_files, key, len(self._dir_paths))
        counts = column("I", header.block_files, key, len(header.block_first_paths))
        self._starts = [0, *accumulate(counts)]
        self._reference_blocks, self._reference_lengths = array("I"), array("I")
        if isinstance(header, HeaderWithReferences):
            self._reference_blocks = column("I", header.reference_blocks, key)
            self._reference_lengths = column("I", header.reference_lengths, key, len(self._reference_blocks))
        self._check_header()
        self._digests_at = self._body + sum(self._lengths) if not header.inline_block else self._body
        self._leaves_at = self._digests_at + (0 if header.inline_block else HASH * self.files)
        self._tensors_at = self._leaves_at + RECORD * self._leaf_starts[-1]
        self._references_at = self._tensors_at + sum(self._tensor_lengths)

    def _open(self, head_hash: bytes) -> tuple[Header, int]:
        head = self._backend.get_range(self.key, 0, _FIRST_READ)
        if head is None:
            raise CorruptObject(f"manifest {self.key} is missing from the store", key=self.key)
        if len(head) < PREFIX.size:
            raise CorruptObject(f"manifest {self.key} is cut short", key=self.key)
        magic, length, _ = PREFIX.unpack_from(head)
        if magic[:7] != MAGIC[:7] or length > MAX_HEADER:
            raise CorruptObject(f"{self.key} is no manifest", key=self.key)
        end = PREFIX.size + length
        if len(head) < end:
            head += self._range(len(head), end - len(head))
        verify(head[:end], head_hash, f"manifest {self.key}")
        frame = head[PREFIX.size : end]
        if magic == MAGIC:
            return decode(HEADER, frame, self.key), end
        if magic == MAGIC_REFERENCES:
            return decode(HEADER_REFERENCES, frame, self.key), end
        raise UnsupportedFormat(f"manifest {self.key} was written by a newer mvfs; update this one")

    def _again(self, offset: int, length: int, read: Callable[[], T]) -> T:
        """Read a range, and once more where what was wrong came from a copy that the backend keeps nearer."""
        try:
            return read()
        except CorruptObject:
            if not self._backend.distrust(self.key, offset, length):
                raise
        return read()

    def _verified(self, offset: int, length: int, digest: bytes) -> bytes:
        def read() -> bytes:
            data = self._range(offset, length)
            verify(data, digest, f"manifest {self.key}")
            return data

        return self._again(offset, length, read)

    def _check_header(self) -> None:
        header, blobs = self._header, len(self._header.blob_keys)
        blocks = len(header.block_first_paths)
        for key in header.blob_keys:
            check_object(key)
        if any(header.blob_codecs):
            raise UnsupportedFormat(
                f"manifest {self.key} has blobs in an encoding that this mvfs does not know"
            )
        right = (
            0 <= header.files <= MAX_FILES
            and 0 <= header.size <= MAX_SIZE
            and max(self._blob_sizes, default=0) <= MAX_SIZE
            and max(self._lengths, default=0) <= MAX_BLOCK
            and max(self._tensor_lengths, default=0) <= MAX_TABLE
            and len(header.digest) == HASH
            and len(header.blob_codecs) == blobs
            and len(header.blob_digests) == len(header.blob_leaf_hashes) == HASH * blobs
            and len(header.tensor_hashes) == HASH * len(self._tensor_files)
            and all(a < b for a, b in pairwise(self._tensor_files))
            and all(0 < b - a <= BLOCK_FILES for a, b in pairwise(self._starts))
            and self._starts[-1] == header.files
            and len(header.block_hashes) == len(header.block_digest_hashes) == HASH * blocks
            and (blocks == 1) == bool(header.inline_block)
            and all(a < b for a, b in pairwise(self._dir_paths))
            and all(
                n and first + n <= header.files
                for first, n in zip(self._dir_first, self._dir_files, strict=True)
            )
        )
        if not right or not self._right_references(blocks):
            raise CorruptObject(f"manifest {self.key} contradicts itself", key=self.key)

    def _right_references(self, blocks: int) -> bool:
        header, numbers = self._header, self._reference_blocks
        if not isinstance(header, HeaderWithReferences):
            return True
        return (
            len(numbers) > 0
            and numbers[-1] < blocks
            and all(a < b for a, b in pairwise(numbers))
            and max(self._reference_lengths) <= MAX_FRAME
            and len(header.reference_hashes) == HASH * len(numbers)
        )

    def _range(self, offset: int, length: int) -> bytes:
        data = self._backend.get_range(self.key, offset, length)
        if data is None or len(data) != length:
            raise CorruptObject(f"manifest {self.key} is cut short", key=self.key)
        return data

    @property
    def has_references(self) -> bool:
        """Whether any file was logged by reference, be its bytes in the store by now or not."""
        return len(self._reference_blocks) > 0

    @property
    def blob_count(self) -> int:
        """How many blobs the files lie in."""
        return len(self._header.blob_keys)

    def blob(self, index: int, leaves: Leaves | None = None) -> Blob:
        """Return blob ``index``, with the leaves that are given."""
        digest = self._header.blob_digests[HASH * index : HASH * (index + 1)]
        return Blob(self._header.blob_keys[index], self._blob_sizes[index], digest, leaves)

    def blobs(self) -> list[Blob]:
        """Return all blobs without their leaves."""
        return [self.blob(index) for index in range(self.blob_count)]

    def leaves_or_none(self, index: int) -> Leaves | None:
        """Return the leaves of blob ``index``, or None for a pack."""
        return self.leaves(index) if self._leaf_counts[index] else None

    def leaves(self, index: int) -> Leaves:
        """Return the leaves of blob ``index``.

        Raises:
            CorruptObject: the blob has none (a pack), or they were changed.
        """
        count, name = self._leaf_counts[index], f"manifest {self.key}"
        if not count:
            raise CorruptObject(f"{name} has no leaf hashes for a large file", key=self.key)
        start, digest = self._leaf_starts[index], self._header.blob_leaf_hashes[HASH * index :][:HASH]
        data = self._verified(self._leaves_at + RECORD * start, RECORD * count, digest)
        return Leaves.unpack(data, count, self._blob_sizes[index], name)

    def tensors(self, index: int) -> list[StoredTensor]:
        """Return the tensors of file number ``index``; none where it has no table of them.

        Raises:
            CorruptObject: the table was changed.
        """
        at = bisect_left(self._tensor_files, index)
        if at == len(self._tensor_files) or self._tensor_files[at] != index:
            return []
        start, length = self._tensors_at + sum(self._tensor_lengths[:at]), self._tensor_lengths[at]
        digest = self._header.tensor_hashes[HASH * at : HASH * (at + 1)]
        size = self.entry(index).size

        def read() -> list[StoredTensor]:
            return unpack_table(self._range(start, length), size, f"manifest {self.key}", digest)

        return self._again(start, length, read)

    def entry(self, index: int) -> FileEntry:
        """Return file number ``index`` in the order of the paths."""
        number = self._block_of(index)
        return self._block(number).entry(index - self._starts[number])

    def entries(self) -> Iterator[FileEntry]:
        """Yield all files in the order of their paths."""
        for number in range(len(self._lengths)):
            block = self._block(number)
            yield from (block.entry(i) for i in range(len(block.paths)))

    def block(self, number: int) -> tuple[int, Block]:
        """Return the number of block ``number``'s first file, and the block."""
        return self._starts[number], self._block(number)

    def block_marks(self) -> list[bytes]:
        """What only a block of the same files has, for each block; known without a look at any."""
        header = self._header
        if header.inline_block:
            return [blake3(header.inline_block + header.inline_digests).digest()]
        return [
            header.block_hashes[at : at + HASH] + header.block_digest_hashes[at : at + HASH]
            for at in range(0, HASH * len(self._lengths), HASH)
        ]

    def find(self, path: str) -> FileEntry | DirEntry | None:
        """Return the file or directory at ``path`` (the root is ``""``), or None."""
        found = self._dir_range(path)
        if found is not None:
            return DirEntry(path, found[1])
        number = self.number(path)
        return None if number is None else self.entry(number)

    def number(self, path: str) -> int | None:
        """Return the number of the file at ``path``, or None."""
        block_number = bisect_right(self._header.block_first_paths, path) - 1
        if block_number < 0:
            return None
        paths = self._block(block_number).paths
        index = bisect_left(paths, path)  # code points sort as their UTF-8 bytes do
        if index == len(paths) or paths[index] != path:
            return None
        return self._starts[block_number] + index

    def children(self, path: str) -> Iterator[FileEntry | DirEntry]:
        """Yield what lies directly in directory ``path``, in the order of the names.

        Raises:
            KeyError: there is no such directory.
        """
        return self._children(path, Block.entry)

    def rows(self, path: str) -> Iterator[Row | DirEntry]:
        """Yield the same as `children`, for listings of many files: no extents, no objects."""
        return self._children(path, Block.row)

    def runs(self, path: str) -> Iterator[Run | DirEntry]:
        """Yield the same as `children`, but files many at a time, column by column."""
        below = len(path) + 1 if path else 0
        for piece in self._pieces(path):
            if isinstance(piece, DirEntry):
                yield piece
            else:
                block, base, start, stop = piece
                yield block.run(start, stop, base + start, below)

    def _children(self, path: str, make: Callable[[Block, int], T]) -> Iterator[T | DirEntry]:
        for piece in self._pieces(path):
            if isinstance(piece, DirEntry):
                yield piece
            else:
                block, _, start, stop = piece
                for index in range(start, stop):
                    yield make(block, index)

    def _pieces(self, path: str) -> Iterator[tuple[Block, int, int, int] | DirEntry]:
        """Yield the directories in ``path``, and the runs of files between them.

        A run is a block, the number of its first file, and where in the block the run begins and ends.
        """
        found = self._dir_range(path)
        if found is None:
            raise KeyError(path)
        index, end = found[0], found[0] + found[1]
        prefix = f"{path}/" if path else ""
        directories = self._directories_in(path)
        firsts = sorted(directories)
        while index < end:
            if index in directories:
                yield directories[index]
                index += directories[index].files
                continue
            number = self._block_of(index)
            block, base = self._block(number), self._starts[number]
            at = bisect_right(firsts, index)
            stop = min(end, self._starts[number + 1], *firsts[at : at + 1])
            self._check_inside(prefix, block.paths[index - base : stop - base])
            yield block, base, index - base, stop - base
            index = stop

    def _check_inside(self, prefix: str, paths: list[str]) -> None:
        """All these files lie directly in one directory; they are in order, so all begin as both ends do."""
        below = len(prefix)
        if (
            paths[0].startswith(prefix)
            and paths[-1].startswith(prefix)
            and not any("/" in path[below:] for path in paths)
        ):
            return
        bad = next(path for path in paths if not path.startswith(prefix) or "/" in path[below:])
        raise CorruptObject(f"manifest {self.key} has no directory for '{bad}'", key=self.key)

    def _directories_in(self, path: str) -> dict[int, DirEntry]:
        """The directories that lie directly in ``path``, by the number of their first file.

        Known without a look at any block, so a listing opens only what it lists.
        """
        if self._directories is None:
            directories: dict[str, dict[int, DirEntry]] = {}
            try:
                for number, raw in enumerate(self._dir_paths):
                    child = raw.decode()
                    check_path(child)
                    beside = directories.setdefault(child.rpartition("/")[0], {})
                    beside[self._dir_first[number]] = DirEntry(child, self._dir_files[number])
            except (UnicodeDecodeError, InvalidName) as exc:
                raise CorruptObject(f"manifest {self.key} has an illegal directory", key=self.key) from exc
            self._directories = directories
        return self._directories.get(path, {})

    def _dir_range(self, path: str) -> tuple[int, int] | None:
        if not path:
            return 0, self.files
        raw = path.encode("utf-8", "surrogatepass")
        at = bisect_left(self._dir_paths, raw)
        if at == len(self._dir_paths) or self._dir_paths[at] != raw:
            return None
        return self._dir_first[at], self._dir_files[at]

    def _block_of(self, index: int) -> int:
        """The number of the block that holds file ``index``."""
        return bisect_right(self._starts, index) - 1

    def _block(self, number: int) -> Block:
        block = self._blocks.get(number)
        if block is None:
            block = self._read_block(number)
            self._blocks[number] = block
            if len(self._blocks) > _BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        return block

    def _read_block(self, number: int) -> Block:
        header = self._header
        start = self._starts[number]
        count = self._starts[number + 1] - start
        if header.inline_block:
            frame, digests = header.inline_block, header.inline_digests
        else:
            at = slice(HASH * number, HASH * (number + 1))
            body = self._body + sum(self._lengths[:number])
            frame = self._verified(body, self._lengths[number], header.block_hashes[at])
            digests = self._verified(
                self._digests_at + HASH * start, HASH * count, header.block_digest_hashes[at]
            )
        references = self._references(number, count)
        block = unpack_block(frame, digests, count, self._blob_sizes, self.key, references=references)
        if max(block.sizes) > self.size:
            raise CorruptObject(f"manifest {self.key} has a file larger than the version", key=self.key)
        self._check_paths(number, block.paths)
        return block

    def _references(self, number: int, count: int) -> dict[int, Reference]:
        """The references of a block of ``count`` files, by the number in it."""
        header, at = self._header, bisect_left(self._reference_blocks, number)
        is_there = at < len(self._reference_blocks) and self._reference_blocks[at] == number
        if not is_there or not isinstance(header, HeaderWithReferences):
            return {}
        start = self._references_at + sum(self._reference_lengths[:at])
        length = self._reference_lengths[at]
        digest = header.reference_hashes[HASH * at : HASH * (at + 1)]
        frame = self._verified(start, length, digest)
        return unpack_references(frame, count, f"manifest {self.key}", digest)

    def _check_paths(self, number: int, paths: list[str]) -> None:
        """Each path is legal, sorts after the one before, and is not a directory as well."""
        firsts = self._header.block_first_paths
        ordered = all(map(lt, paths, islice(paths, 1, None))) and paths[0] == firsts[number]
        if number + 1 < len(firsts):
            ordered = ordered and paths[-1] < firsts[number + 1]
        try:
            raw = check_paths(paths)
        except InvalidName as exc:
            raise CorruptObject(f"manifest {self.key}: {exc}", key=self.key) from exc
        if not ordered or not self._dir_set.isdisjoint(raw):
            raise CorruptObject(f"manifest {self.key} lists paths out of order or twice", key=self.key)
