"""What ``mvfs mount -o`` takes."""

from __future__ import annotations

from dataclasses import dataclass

from mvfs.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Options:
    """How a store is shown, and to whom, and how files are served."""

    verify: str = "default"
    """``default``: bytes of blobs with a fitting trust stamp are not hashed again, all others are.
    ``always``: every byte is hashed before it leaves. ``never``: none is, for stores checked otherwise."""
    passthrough: bool = True
    """Whether the kernel may read trusted blobs by itself, where it can."""
    aliases: str = "directory"
    """What an alias is: a ``directory`` of its own, or a ``symlink`` to a version."""
    allow_other: bool = False
    """Whether other users than the one who mounts may look into the mount."""
    driver: str = "linux"
    """Who speaks with the kernel: mvfs itself, or ``libfuse``."""
    executable: bool = True
    """Whether programs in the mount may be run."""

    def __str__(self) -> str:
        """The options as they are written, all of them."""
        words = [f"verify={self.verify}", f"passthrough={'on' if self.passthrough else 'off'}"]
        words += [f"aliases={self.aliases}", *["allow_other"] * self.allow_other]
        words += [f"driver={self.driver}"] * (self.driver != "linux")
        words += ["noexec"] * (not self.executable)
        return ",".join(words)


_ALLOWED = {
    "verify": ("default", "always", "never"),
    "passthrough": ("on", "off"),
    "aliases": ("directory", "symlink"),
    "driver": ("linux", "libfuse"),
}
_SWITCHES = ("allow_other", "noexec")
"""Options without a value."""

HELP = ", ".join([*(f"{name}={'|'.join(values)}" for name, values in _ALLOWED.items()), *_SWITCHES])
"""All of them, for people."""


def parse_options(texts: list[str]) -> Options:
    """Parse ``["verify=always,passthrough=off", "allow_other", …]``; the last of several values holds.

    Raises:
        InvalidInput: an option or value that there is not; the message says what there is.
    """
    given = {"verify": "default", "passthrough": "on", "aliases": "directory", "driver": "linux"}
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
        given["verify"],
        passthrough=given["passthrough"] == "on",
        aliases=given["aliases"],
        driver=given["driver"],
        allow_other="allow_other" in switched,
        executable="noexec" not in switched,
    )
