"""What of an object can be recorded: the bounds of a `Reference` that is kept."""

from __future__ import annotations

from mvfs import text
from mvfs.errors import InvalidInput
from mvfs.references.reference import Reference
from mvfs.references.uri import parse

MAX_TAG = 1024
"""Characters of an ETag, and of the id of a version."""

_MAX_SIZE = 2**63 - 1
_TIMES = range(-(2**63), 2**63)


def check_reference(reference: Reference) -> None:
    """Refuse what no manifest can hold.

    Raises:
        InvalidInput: the URI is not one in normal form, or something is too long or too large.
    """
    shown = text.line(reference.uri[:200])
    if parse(reference.uri).uri != reference.uri:
        raise InvalidInput(f"'{shown}' is not in its normal form")
    for what, value in (("ETag", reference.etag), ("version id", reference.version)):
        if value is not None and not 0 < len(value) <= MAX_TAG:
            raise InvalidInput(
                f"'{shown}': its {what} has {len(value)} characters; it can be recorded with 1 to {MAX_TAG}"
            )
    if not 0 <= reference.size <= _MAX_SIZE or (reference.modified or 0) not in _TIMES:
        raise InvalidInput(f"'{shown}' has a size or time that cannot be")
