"""Reads as much of a file as its preview shows: ranges, verified, and never the whole of a large one."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from mvfs import refs
from mvfs.catalog import run_objects
from mvfs.catalog.content import Content
from mvfs.catalog.project import Project
from mvfs.errors import InvalidInput, NotFound
from mvfs.store.cutting.recognition import tensors_of
from mvfs.store.cutting.tensors import Tensor
from mvfs.store.manifest.records import DirEntry, FileEntry
from tui.library import Library
from tui.place import is_run
from tui.reading import grids
from tui.reading.facts import path_of
from tui.viewmodel.details.run import PATCH
from tui.viewmodel.preview import data, image, page, text
from tui.viewmodel.preview.data import Data
from tui.viewmodel.preview.file import File
from tui.viewmodel.preview.folder import MOST as MOST_ENTRIES
from tui.viewmodel.preview.folder import Folder
from tui.viewmodel.preview.hex import MOST as MOST_HEX
from tui.viewmodel.preview.hex import Hex
from tui.viewmodel.preview.image import Picture
from tui.viewmodel.preview.page import Page
from tui.viewmodel.preview.preview import Preview
from tui.viewmodel.preview.tensors import Tensors
from tui.viewmodel.preview.text import Piece, Text

Read = Callable[[int, int], bytes]
"""(offset, length) to that many bytes of the file, or fewer at its end."""

_HEAD = 8 << 10
"""Bytes by which text is told from what is none."""

_MODELS = (".safetensors", ".gguf", ".npz", ".pt", ".pth", ".bin", ".ckpt")
_PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".ppm", ".pgm")
MOST_SIBLINGS = 2000
"""Entries of a directory through which one can go file by file."""

_LONGEST_HEADER = 8 << 20
"""Bytes of a file that are read in search of tensors, where the manifest has no table of them."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file, what is shown of it, and how to read on."""

    file: File
    shown: Preview | Picture
    kinds: tuple[str, ...]
    """The ways in which it can be shown, the best first."""
    read: Read
    trouble: str = ""
    """Why it is not shown in a better way."""
    siblings: tuple[str, ...] = ()
    """The paths of the files of its directory, where these are not too many."""

    def beside(self, step: int) -> str | None:
        """The path of the next file of the directory, going round; None if it is alone there."""
        if self.file.path not in self.siblings or len(self.siblings) < 2:
            return None
        return self.siblings[(self.siblings.index(self.file.path) + step) % len(self.siblings)]

    @property
    def kind(self) -> str:
        """The way in which it is shown."""
        return "image" if isinstance(self.shown, Picture) else self.shown.KIND


def opened(library: Library, ref: str, kind: str = "") -> Opened:
    """Open ``REF/path``, or ``RUN/uncommitted.patch``, as ``kind`` or in the best way.

    Raises:
        NotFound: there is no such version, run or file.
        MvfsError: it cannot be read.
    """
    run = _run(library, ref)
    if run is not None:
        return _kept_of_run(*run)
    place = library.resolve(refs.parse(ref))
    if place.version is None:
        raise InvalidInput(f"'{ref}' is no version, and so has no files")
    project, version = place.project, place.version
    content = project.content(version)
    found = content.find(place.path)
    if found is None:
        raise NotFound(f"{version.name}:{version.label} has no file '{place.path}'", path=place.path)
    whole = f"{project.name}/{version.type}/{version.name}:{version.label}"
    mount = path_of(library, project.name, version)
    mount = f"{mount}/{place.path}" if place.path else mount
    if isinstance(found, DirEntry):
        entries = list(islice(content.children(found.path), MOST_ENTRIES))
        return Opened(
            File(whole, found.path, mount=mount), Folder(entries, found.files), (Folder.KIND,), _nothing
        )
    digest = "" if found.is_external else found.digest.hex()
    uri = found.reference.uri if found.reference else ""
    file = File(whole, found.path, found.size, digest, uri, mount)
    return _of_file(file, content, found, kind)


def _nothing(offset: int, length: int) -> bytes:  # noqa: ARG001
    return b""


def _of_file(file: File, content: Content, entry: FileEntry, kind: str) -> Opened:
    read = content.reader(entry).read
    tensors = _tensors(content, entry, read)
    head = read(0, _HEAD)
    kinds = _kinds(file.path.lower(), tensors, head)
    wanted = [one for one in (kind, *kinds) if one in kinds]
    siblings = _siblings(content, entry)
    trouble = ""
    for one in wanted:
        try:
            shown = _shown(one, file, read, tensors)
        except (ValueError, image.Unreadable) as exc:
            trouble = trouble or f"not shown as {one}: {exc}"
            continue
        return Opened(file, shown, kinds, read, trouble, siblings)
    return Opened(file, Hex(read(0, MOST_HEX), file.size), kinds, read, trouble, siblings)


def _siblings(content: Content, entry: FileEntry) -> tuple[str, ...]:
    folder = entry.path[: -len(entry.name) - 1]
    found = list(islice(content.children(folder), MOST_SIBLINGS + 1))
    return (
        tuple(one.path for one in found if isinstance(one, FileEntry)) if len(found) <= MOST_SIBLINGS else ()
    )


def _tensors(content: Content, entry: FileEntry, read: Read) -> list[Tensor]:
    """From the manifest; of a file that has no table there, such as a reference, from its header."""
    stored = content.tensors(entry)
    if stored or not entry.path.lower().endswith(_MODELS):
        return list(stored)

    left = _LONGEST_HEADER

    def bounded(offset: int, length: int) -> bytes:
        nonlocal left
        left -= length
        if left < 0:
            raise InvalidInput("a longer header than is read for a preview")
        return read(offset, length)

    return tensors_of(bounded, entry.size)


def _kinds(path: str, tensors: list[Tensor], head: bytes) -> tuple[str, ...]:
    kinds = ["tensors"] if tensors else []
    if path.endswith(grids.SUFFIXES):
        kinds.append("table")
    if path.endswith((".json", ".ipynb", ".geojson")):
        kinds.append("data")
    if path.endswith(_PICTURES):
        kinds.append("image")
    if text.is_text(head):
        kinds += ["page", "text"] if path.endswith((".md", ".markdown")) else ["text"]
    return (*kinds, "hex")


def _shown(kind: str, file: File, read: Read, tensors: list[Tensor]) -> Preview | Picture:
    match kind:
        case "tensors":
            return Tensors(sorted(tensors, key=lambda one: _natural(one.name)))
        case "table":
            return grids.table(file.path, read, file.size)
        case "data":
            return Data(data.parse(_whole(read, file.size, data.MOST_BYTES)))
        case "image":
            return image.load(_whole(read, file.size, image.MOST_BYTES))
        case "page":
            return Page(_whole(read, file.size, page.MOST_BYTES).decode("utf-8", "replace"))
        case "text":
            shown = Text(file.size, patch=file.path.endswith((".patch", ".diff")))
            shown.take(more(read, shown))
            return shown
        case _:
            return Hex(read(0, MOST_HEX), file.size)


_NUMBER = re.compile(r"([0-9]{1,18})")


def _natural(name: str) -> list[tuple[int, str]]:
    """A key by which ``layers.2`` comes before ``layers.10``."""
    return [
        (int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in _NUMBER.split(name)
    ]


def _whole(read: Read, size: int, most: int) -> bytes:
    if size > most:
        raise ValueError("it is too large for that")
    return read(0, size)


def more(read: Read, shown: Text) -> Piece:
    """Read the next piece of a text."""
    raw = read(shown.end, text.PIECE)
    return text.decoded(raw, shown.end, shown.size)


def _run(library: Library, ref: str) -> tuple[Project, str, str] | None:
    """Project, id, and what of the run is wanted; None for the ref of a version."""
    if not is_run(ref):
        return None
    head, _, rest = ref.partition(":")
    run_id, _, path = rest.partition("/")
    return library.project(head), run_id, path


def _kept_of_run(project: Project, run_id: str, path: str) -> Opened:
    project.run(run_id)
    patch = ""
    for one in run_objects.read_records(project, run_id, run_objects.SURROUNDINGS).values():
        patch = str(one.get("diff") or "")
    if path != PATCH or not patch:
        raise NotFound(f"nothing called '{path}' is kept of run '{run_id}'", run=run_id)
    raw = patch.encode("utf-8", "replace")

    def read(offset: int, length: int) -> bytes:
        return raw[offset : offset + length]

    shown = Text(len(raw), patch=True)
    shown.take(more(read, shown))
    return Opened(File(f"{project.name}:{run_id}", path, len(raw)), shown, (Text.KIND,), read)
