"""Every error mvfs raises, in one tree.

    MvfsError                       .kind .message .fields
    ├── InvalidInput (ValueError)   the caller's words or files cannot be used as they are
    │   ├── InvalidName             a project, type, name, alias, tag or file path breaks the rules
    │   ├── InvalidSource           a path to log that is missing, unreadable, empty or of a wrong kind
    │   ├── ReadOnly (OSError)      a write to what can only be read
    │   └── NotAModel               what only models can do was asked of another artifact, or name
    │         (AssertionError)
    ├── NotFound (LookupError)      a project, name, version, alias, file or run that is not there
    │   └── NoSuchFile (KeyError,   a file that an artifact does not hold
    │         FileNotFoundError)
    ├── Conflict                    somebody else's change, or a state, stands in the way
    │   ├── AliasMoved              compare-and-swap lost; says who moved the alias, and when
    │   ├── SourceChanged           a file changed while it was read
    │   ├── TypeTaken (ValueError)  the name exists with another type
    │   ├── NoActiveRun             there is no run yet, or it is finished
    │   └── ArtifactStatusError     an artifact cannot do this before, or after, it is logged
    │       │ (AttributeError)
    │       ├── ArtifactNotLoggedError
    │       └── ArtifactFinalizedError
    ├── Damaged                     stored bytes are not what they must be
    │   └── CorruptObject           an object that fails its hash, its caps or its meaning
    └── Unavailable                 the machine or the store cannot do it now
        ├── NotAStore               the directory is something else
        ├── UnsupportedFormat       written by a newer mvfs
        ├── NoSpace                 the disk is full
        ├── NoPermission            the operating system said no
        ├── MountUnavailable        no FUSE here, or the mount point cannot be used
        ├── CommitUnknown           nobody can tell yet whether the entry was written
        └── WaitTimeoutError        what is done in the background takes longer than was to be waited
              (TimeoutError)

Classes are grouped by what a handler would do about them. ``kind`` is the name for machines. W&B's
``CommError``, "any failure behind the Api", and ``Error`` are other names of `MvfsError`, ``UsageError`` is
one of `InvalidInput`.
"""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar


class ErrorKind(StrEnum):
    """The machine-readable name of each error. Append-only: a kind never changes its meaning."""

    ERROR = "error"
    INVALID_INPUT = "invalid_input"
    INVALID_NAME = "invalid_name"
    INVALID_SOURCE = "invalid_source"
    NOT_FOUND = "not_found"
    CONFLICT = "conflict"
    ALIAS_MOVED = "alias_moved"
    SOURCE_CHANGED = "source_changed"
    DAMAGED = "damaged"
    CORRUPT_OBJECT = "corrupt_object"
    UNAVAILABLE = "unavailable"
    NOT_A_STORE = "not_a_store"
    UNSUPPORTED_FORMAT = "unsupported_format"
    NO_SPACE = "no_space"
    NO_PERMISSION = "no_permission"
    MOUNT_UNAVAILABLE = "mount_unavailable"
    COMMIT_UNKNOWN = "commit_unknown"
    NO_SUCH_FILE = "no_such_file"
    NO_ACTIVE_RUN = "no_active_run"
    ARTIFACT_STATUS = "artifact_status"
    ARTIFACT_NOT_LOGGED = "artifact_not_logged"
    ARTIFACT_FINALIZED = "artifact_finalized"
    READ_ONLY = "read_only"
    NOT_A_MODEL = "not_a_model"
    TYPE_TAKEN = "type_taken"
    WAIT_TIMEOUT = "wait_timeout"


class MvfsError(Exception):
    """Base of all errors: one line for people, a kind and fields for programs."""

    kind: ClassVar[ErrorKind] = ErrorKind.ERROR

    def __init__(self, message: str, **fields: object) -> None:
        super().__init__(message)
        self.message = message
        self.fields = fields

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.message, self.fields)


def _rebuild(cls: type[MvfsError], message: str, fields: dict[str, object]) -> MvfsError:
    return cls(message, **fields)


class InvalidInput(MvfsError, ValueError):
    """The caller's words or files cannot be used as they are."""

    kind = ErrorKind.INVALID_INPUT


class InvalidName(InvalidInput):
    """A project, type, name, alias, tag or file path breaks the rules."""

    kind = ErrorKind.INVALID_NAME


class InvalidSource(InvalidInput):
    """A path to log that is missing, unreadable, empty or of a wrong kind."""

    kind = ErrorKind.INVALID_SOURCE


class ReadOnly(InvalidInput, OSError):
    """A write to what can only be read, such as ``mvfs://``."""

    kind = ErrorKind.READ_ONLY


class NotAModel(InvalidInput, AssertionError):
    """What only models can do was asked of another artifact, or with a name that is more than a name."""

    kind = ErrorKind.NOT_A_MODEL


class NotFound(MvfsError, LookupError):
    """A project, name, version, alias, file or run that is not there."""

    kind = ErrorKind.NOT_FOUND


class NoSuchFile(NotFound, KeyError, FileNotFoundError):
    """A file that an artifact does not hold; W&B raises one or the other of the two builtins."""

    kind = ErrorKind.NO_SUCH_FILE


class Conflict(MvfsError):
    """Somebody else's change, or a state, stands in the way."""

    kind = ErrorKind.CONFLICT


class AliasMoved(Conflict):
    """Compare-and-swap lost; fields: ``alias``, ``expected``, ``found``, ``by``, ``at`` (microseconds)."""

    kind = ErrorKind.ALIAS_MOVED


class SourceChanged(Conflict):
    """A file changed while it was read; nothing was logged."""

    kind = ErrorKind.SOURCE_CHANGED


class TypeTaken(Conflict, ValueError):
    """The name exists with another type."""

    kind = ErrorKind.TYPE_TAKEN


class NoActiveRun(Conflict):
    """There is no run yet, or it is finished."""

    kind = ErrorKind.NO_ACTIVE_RUN


class ArtifactStatusError(Conflict, AttributeError):
    """An artifact cannot do this before, or after, it is logged; field: ``attribute``."""

    kind = ErrorKind.ARTIFACT_STATUS


class ArtifactNotLoggedError(ArtifactStatusError):
    """Only a logged artifact has this."""

    kind = ErrorKind.ARTIFACT_NOT_LOGGED


class ArtifactFinalizedError(ArtifactStatusError):
    """A logged artifact cannot be changed in this way."""

    kind = ErrorKind.ARTIFACT_FINALIZED


class Damaged(MvfsError):
    """Stored bytes are not what they must be."""

    kind = ErrorKind.DAMAGED


class CorruptObject(Damaged):
    """An object that fails its hash, its caps or its meaning; field: ``key``."""

    kind = ErrorKind.CORRUPT_OBJECT


class Unavailable(MvfsError):
    """The machine or the store cannot do it now."""

    kind = ErrorKind.UNAVAILABLE


class NotAStore(Unavailable):
    """The directory exists and is something else than a store."""

    kind = ErrorKind.NOT_A_STORE


class UnsupportedFormat(Unavailable):
    """Written by a newer mvfs; reading on could show a wrong state."""

    kind = ErrorKind.UNSUPPORTED_FORMAT


class NoSpace(Unavailable):
    """The disk or the quota is full."""

    kind = ErrorKind.NO_SPACE


class NoPermission(Unavailable):
    """The operating system refused."""

    kind = ErrorKind.NO_PERMISSION


class MountUnavailable(Unavailable):
    """No FUSE here, or the mount point cannot be used."""

    kind = ErrorKind.MOUNT_UNAVAILABLE


class CommitUnknown(Unavailable):
    """The store answered neither yes nor no; fields: ``op_id`` (hex), ``seq``. Logging again is safe."""

    kind = ErrorKind.COMMIT_UNKNOWN


class WaitTimeoutError(Unavailable, TimeoutError):
    """What is done in the background takes longer than was to be waited; it goes on."""

    kind = ErrorKind.WAIT_TIMEOUT


CommError = Error = MvfsError
"""W&B's names for any failure behind its ``Api``, and for any at all."""

UsageError = InvalidInput
"""W&B's name for what the caller did wrong."""
