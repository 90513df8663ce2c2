"""Where things are: the store, this user's cache, state and settings.

Looked up in this order: an explicit argument, ``$MVFS_STORE``, ``store = "…"`` in the config file
(``~/.config/mvfs/config.toml``), and ``~/.local/share/mvfs/store``.
"""

from __future__ import annotations

import getpass
import os
import re
from functools import cache
from pathlib import Path

import msgspec

from mvfs.errors import InvalidInput


class StoreLocation(msgspec.Struct, frozen=True):
    """Where the store is, and who said so."""

    path: Path | None
    """The directory; None where the store is in a bucket."""
    given_by: str | None
    """What named it, for messages; None for the built-in default."""
    url: str | None = None
    """``s3://bucket/prefix``, or the same with ``gs://`` or ``az://``, where the store is in a bucket."""


_BUCKETS = {
    "s3": r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
    "gs": r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]",
    "az": r"[a-z0-9](?:-?[a-z0-9]){2,62}",
}
"""What a bucket or container may be called, by the scheme of the URL."""


def store_location(explicit: str | None = None) -> StoreLocation:
    """Return the store to use.

    Raises:
        InvalidInput: it is a URL of another kind than those of `_BUCKETS`, or the config file is broken.
    """
    text, given_by = explicit, "--store" if explicit else None
    if text is None and os.environ.get("MVFS_STORE"):
        text, given_by = os.environ["MVFS_STORE"], "$MVFS_STORE"
    if text is None and (text := _setting("store")) is not None:
        given_by = str(config_file())
    if text is None:
        return StoreLocation(_base("XDG_DATA_HOME", ".local/share") / "mvfs" / "store", None)
    if "://" in text:
        return StoreLocation(None, given_by, _checked_url(text, given_by))
    return StoreLocation(Path(os.path.abspath(os.path.expanduser(text))), given_by)


def _checked_url(text: str, given_by: str | None) -> str:
    found = re.fullmatch(r"([a-z0-9]+)://([a-z0-9._-]+)((?:/[A-Za-z0-9!_.*'()-]+)*)/*", text)
    bucket = _BUCKETS.get(found[1]) if found else None
    if found is None or bucket is None or not re.fullmatch(bucket, found[2]):
        raise InvalidInput(
            f"store '{text}' (from {given_by}) is no store: name a directory, or s3://bucket/prefix,"
            " gs://bucket/prefix or az://container/prefix in letters, digits and - _ . ! * ' ( )"
        )
    return f"{found[1]}://{found[2]}{found[3]}"


def cache_dir() -> Path:
    """The directory of what can be made anew at any time: indexes."""
    given = os.environ.get("MVFS_CACHE_DIR")
    return Path(given) if given else _base("XDG_CACHE_HOME", ".cache") / "mvfs"


class CachePlace(msgspec.Struct, frozen=True):
    """Where bytes of far stores are kept."""

    path: Path
    is_shared: bool
    """Whether the directory's group uses it, too."""


def is_cache_on() -> bool:
    """Whether bytes of far stores are kept on this machine; ``MVFS_CACHE=off`` says no."""
    return os.environ.get("MVFS_CACHE", "").lower() not in ("off", "0", "no", "false")


def blob_cache() -> CachePlace:
    """Where bytes of far stores are kept: ``$MVFS_CACHE_SHARED``, ``cache`` in the config file, or here.

    Raises:
        InvalidInput: the config file is broken.
    """
    shared = os.environ.get("MVFS_CACHE_SHARED") or _setting("cache")
    if shared:
        return CachePlace(Path(os.path.abspath(os.path.expanduser(shared))), is_shared=True)
    return CachePlace(cache_dir() / "blobs", is_shared=False)


def state_dir() -> Path:
    """The directory of what this machine knows by itself: trust stamps, logs of mounts."""
    given = os.environ.get("MVFS_STATE_DIR")
    return Path(given) if given else _base("XDG_STATE_HOME", ".local/state") / "mvfs"


def said(name: str) -> str:
    """What ``$MVFS_<name>`` says, else W&B's ``$WANDB_<name>``; empty where neither is set."""
    return os.environ.get(f"MVFS_{name}") or os.environ.get(f"WANDB_{name}") or ""


def default_project() -> str:
    """The project of a run that names none."""
    return os.environ.get("MVFS_PROJECT") or os.environ.get("WANDB_PROJECT") or "uncategorized"


def wants_md5() -> bool:
    """Whether the SDK's ``digest`` is W&B's, which costs a pass over the bytes: ``MVFS_DIGEST=md5``."""
    return os.environ.get("MVFS_DIGEST", "").lower() == "md5"


def reference_hosts() -> list[str]:
    """Hosts, addresses and networks that http references may reach though they are not public.

    ``$MVFS_REFERENCES_ALLOW`` (separated by commas), else ``allow_hosts`` under ``[references]``.

    Raises:
        InvalidInput: the config file is broken.
    """
    given = os.environ.get("MVFS_REFERENCES_ALLOW")
    found = _reference_setting("allow_hosts") if given is None else given.split(",")
    return [host.strip() for host in found if host.strip()]


def reference_roots() -> list[Path]:
    """Directories below which file references of a store may be read; none unless configured.

    ``$MVFS_REFERENCES_ROOTS`` (separated as ``$PATH``), else ``file_roots`` under ``[references]``.

    Raises:
        InvalidInput: the config file is broken.
    """
    given = os.environ.get("MVFS_REFERENCES_ROOTS")
    found = _reference_setting("file_roots") if given is None else given.split(os.pathsep)
    return [Path(os.path.abspath(os.path.expanduser(root))) for root in found if root.strip()]


@cache
def actor() -> str:
    """Who is acting, as the journal records it: ``user@host``."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{os.uname().nodename}"


def _base(variable: str, fallback: str) -> Path:
    given = os.environ.get(variable, "")
    return Path(given) if given.startswith("/") else Path.home() / fallback


def config_file() -> Path:
    """Where settings are written down."""
    return _base("XDG_CONFIG_HOME", ".config") / "mvfs" / "config.toml"


def _setting(name: str) -> str | None:
    value = _config().get(name)
    if value is not None and not isinstance(value, str):
        raise InvalidInput(f"{config_file()}: '{name}' must be a string")
    return value


def tui_setting(name: str) -> object:
    """What the config file says under ``[tui]``; None where it says nothing.

    Raises:
        InvalidInput: the config file is broken.
    """
    table = _config().get("tui", {})
    if not isinstance(table, dict):
        raise InvalidInput(f"{config_file()}: 'tui' must be a table: [tui]")
    return table.get(name)


def _reference_setting(name: str) -> list[str]:
    table = _config().get("references", {})
    value = table.get(name, []) if isinstance(table, dict) else None
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidInput(f"{config_file()}: '{name}' under [references] must be a list of strings")
    return value


def _config() -> dict[str, object]:
    path = config_file()
    try:
        if not path.is_file():
            return {}
        import tomllib

        return tomllib.loads(path.read_text("utf-8"))
    except PermissionError as exc:
        raise InvalidInput(f"cannot read {path}: permission denied; is $HOME right?") from exc
    except (OSError, ValueError) as exc:
        raise InvalidInput(f"cannot read {path}: {exc}") from exc
