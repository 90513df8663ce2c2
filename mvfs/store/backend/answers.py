"""What the answers of a cloud mean, whichever it is."""

from __future__ import annotations

from mvfs.errors import MvfsError, NoPermission, NoSpace, Unavailable

NO_BUCKET = "NoSuchBucket"
TAKEN = "Taken"
NO_CREDENTIALS = "NoCredentials"
FULL = "Full"


class Refused(Exception):
    """A request that was not granted, or got no answer: what a driver makes of its library's exceptions."""

    def __init__(self, status: int | None, code: str, text: str = "") -> None:
        super().__init__(text or code)
        self.status = status
        """Of HTTP; None where there was no answer."""
        self.code = code
        """One of the names above, or the server's own."""


def is_missing(exc: Refused) -> bool:
    """Whether there is no such object, in a bucket that exists."""
    return exc.status == 404 and exc.code != NO_BUCKET


def explain(exc: Refused, what: str) -> MvfsError:
    """Turn a refusal into an error of ours: ``what`` says what could not be done."""
    if exc.code == NO_CREDENTIALS:
        return NoPermission(f"{what}: {exc}")
    if exc.code == NO_BUCKET:
        return Unavailable(f"{what}: there is no such bucket; make it with the tools of whoever hosts it")
    if exc.code == FULL:
        return NoSpace(f"{what}: the account is full; make room and run it again, nothing was changed")
    if exc.status in (401, 403):
        return forbidden(what, exc.code or str(exc.status))
    if exc.status is not None:
        return Unavailable(f"{what}: the server answers {exc.status}{f' {exc.code}' if exc.code else ''}")
    line = str(exc).splitlines()
    return Unavailable(f"{what}: {line[0] if line else 'no answer'}")


def forbidden(what: str, code: str) -> NoPermission:
    """The error for what the credentials do not allow; ``code`` is how the server puts it."""
    reads = what.startswith(("cannot read ", "cannot look up "))
    hint = " (they must be allowed to list, too: without, what is not there looks forbidden)" if reads else ""
    return NoPermission(f"{what}: {code}; the credentials do not allow it{hint}")
