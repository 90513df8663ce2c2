"""What the answers of an object store mean, whichever it is."""

from __future__ import annotations

from mvfs.errors import MvfsError, NoPermission, NoSpace, Unavailable

NO_BUCKET = "NoSuchBucket"
TAKEN = "Taken"
NO_CREDENTIALS = "NoCredentials"
FULL = "Full"

_FORBIDDEN = {401, 403, 405}


class Refused(Exception):
    """A request that was not granted, or got no answer: what a service makes of its library's exceptions."""

    def __init__(self, status: int | None, code: str, text: str = "") -> None:
        super().__init__(text or code or "no answer")
        self.status = status
        """Of HTTP; None where there was no answer."""
        self.code = code
        """One of the names above, or the server's own."""

    @property
    def was_slow(self) -> bool:
        """Whether an answer was waited for in vain: libraries name that in their own ways."""
        return self.status is None and "Timeout" in self.code

    @property
    def is_missing(self) -> bool:
        """Whether there is no such object, in a bucket that exists."""
        return self.status == 404 and self.code != NO_BUCKET


def explain(exc: Refused, what: str) -> MvfsError:
    """Turn a refusal into an error of ours: ``what`` says what could not be done."""
    if exc.code == NO_CREDENTIALS:
        return NoPermission(f"{what}: {exc}")
    if exc.code == NO_BUCKET:
        return Unavailable(f"{what}: there is no such bucket; make it with the tools of whoever hosts it")
    if exc.code == FULL:
        return NoSpace(f"{what}: {first_line(exc)}; make room and run it again, nothing was changed")
    if exc.status in _FORBIDDEN:
        return _forbidden(what, exc.code or str(exc.status))
    if exc.status is not None:
        return Unavailable(f"{what}: the server answers {exc.status}{f' {exc.code}' if exc.code else ''}")
    return Unavailable(f"{what}: {first_line(exc)}")


def _forbidden(what: str, code: str) -> NoPermission:
    """The error for what the credentials do not allow; ``code`` is how the server puts it."""
    reads = what.startswith(("cannot read ", "cannot look up "))
    hint = " (they must be allowed to list, too: without, what is not there looks forbidden)" if reads else ""
    return NoPermission(f"{what}: {code}; the credentials do not allow it{hint}")


def first_line(exc: BaseException) -> str:
    """Return what an exception says, in a line."""
    return (str(exc).splitlines() or [type(exc).__name__])[0]
