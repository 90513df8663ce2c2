"""What ``mvfs mount -o`` takes."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Options:
    """How files are served."""

    verify: str = "default"
    """``default``: bytes of blobs with a fitting trust stamp are not hashed again, all others are.
    ``always``: every byte is hashed before it leaves. ``never``: none is, for stores checked otherwise."""
    passthrough: bool = True
    """Whether the kernel may read trusted blobs by itself, where it can."""
    executable: bool = True
    """Whether programs in the mount may be run."""


_ALLOWED = {"verify": ("default", "always", "never"), "passthrough": ("on", "off")}
_SWITCHES = ("noexec",)
"""Options without a value."""

HELP = ", ".join([*(f"{name}={'|'.join(values)}" for name, values in _ALLOWED.items()), *_SWITCHES])
"""All of them, for people."""


def parse_options(texts: list[str]) -> Options:
    """Parse ``["verify=always,passthrough=off", "noexec", …]``; the last of several values holds.

    Raises:
        InvalidInput: an option or value that there is not; the message says what there is.
    """
    given = {"verify": "default", "passthrough": "on"}
    switched: set[str] = set()
    for word in ",".join(texts).split(","):
        name, mark, value = word.partition("=")
        if not word:
            continue
        if name in _SWITCHES:
            if mark:
                raise InvalidInput(f"mount option '{name}' takes no value")
            switched.add(name)
            continue
        if name not in _ALLOWED:
            known = ", ".join((*_ALLOWED, *_SWITCHES))
            raise InvalidInput(f"no mount option '{name}'; there are: {known}")
        if value not in _ALLOWED[name]:
            raise InvalidInput(f"mount option '{name}' is {' or '.join(_ALLOWED[name])}, not '{value}'")
        given[name] = value
    return Options(
        given["verify"], passthrough=given["passthrough"] == "on", executable="noexec" not in switched
    )
