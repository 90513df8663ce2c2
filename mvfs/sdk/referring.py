"""`Artifact.add_reference`: what a URI stands for, and W&B's words where it cannot be one."""

from __future__ import annotations

from mvfs import text
from mvfs.catalog.referring import scan_references
from mvfs.errors import InvalidInput, InvalidSource, NoSuchFile, NotFound
from mvfs.references.uri import SCHEMES
from mvfs.sdk.draft import DraftEntry, DraftFiles
from mvfs.sdk.stored import Entry
from mvfs.store.sources import SourceFile


def add_entry(files: DraftFiles, entry: Entry, name: str | None) -> DraftEntry:
    """Add a file of a logged artifact to a draft: a reference as it is recorded, anything else as a copy.

    Raises:
        InvalidInput: the path is taken by other content.
    """
    path = name or entry.path.rpartition("/")[2]
    if entry.reference is None:
        return files.add_copy(path, entry.copy_to)
    source = SourceFile(path, entry.reference.uri, entry.size, False, reference=entry.reference)
    return files.add_references([source])[0]


def referred(uri: str, name: str | None, *, checksum: bool, max_objects: int | None) -> list[SourceFile]:
    """Return the files that ``uri`` stands for, as `scan_references` does.

    Raises:
        InvalidInput: it is no URI, or stands for too many objects.
        InvalidSource, NoSuchFile: nothing is there.
        NoPermission, Unavailable: it cannot be reached now.
    """
    scheme, found, rest = uri.partition("://")
    if not found:
        raise InvalidInput("References must be URIs. To reference a local file, use file://")
    if scheme.lower() not in SCHEMES and name is None:
        raise InvalidInput(
            'You must pass name="<entry_name>" when tracking references with unknown schemes.'
            f" ref: {text.line(uri)}"
        )
    try:
        return scan_references(uri, name, checksum=checksum, max_objects=max_objects)
    except NotFound as exc:
        if scheme.lower() == "file":
            raise InvalidSource(f"Path {uri!r} must be a valid file or directory path", path=uri) from exc
        what = name or rest.rstrip("/").rpartition("/")[2]
        raise NoSuchFile(f"Unable to find {what} at {uri}: {exc.message}", path=uri) from exc
    except InvalidInput as exc:
        if "max_objects" not in exc.fields:
            raise
        most = exc.fields["max_objects"]
        raise InvalidInput(
            f"Exceeded {most} objects tracked, pass max_objects to add_reference", max_objects=most
        ) from exc
