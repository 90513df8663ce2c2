"""Answers libfuse's questions from the tree: one method for each, named and called as mfusepy wants it."""

from __future__ import annotations

import errno
import functools
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol, TypeVar

from mvfs.errors import MvfsError
from mvfs.mount import attributes, errnos
from mvfs.mount.errnos import errno_of, os_error
from mvfs.mount.files import File
from mvfs.mount.kernel import PAGE
from mvfs.mount.listing import Listing
from mvfs.mount.nodes import Link, Node, Place
from mvfs.mount.opens import Opens
from mvfs.mount.paths import REMEMBERED, Paths
from mvfs.mount.promises import Promises
from mvfs.mount.statfs import statfs_of
from mvfs.mount.texts import OpenedText, Text
from mvfs.mount.tree import Tree

F = TypeVar("F", bound=Callable[..., Any])

BELIEVED = 0.95 - REMEMBERED
"""Seconds for which the kernel may believe what it was told: with what is remembered here, less than one."""


class FileInfo(Protocol):
    """libfuse's ``struct fuse_file_info``, as far as it is used."""

    flags: int
    fh: int
    keep_cache: int
    direct_io: int


def _guarded(method: F) -> F:
    """Let nothing out but OSError with an errno: mfusepy's own guard would not log it as we do."""

    @functools.wraps(method)
    def guarded(*args: Any) -> Any:
        try:
            return method(*args)
        except Exception as exc:  # noqa: BLE001 - the guard: whatever happens becomes one errno and a log line
            raise os_error(errno_of(exc)) from None

    return guarded  # type: ignore[return-value]


class Answers:
    """The methods of one mount. libfuse calls them from threads of its own.

    What there is no method for is refused with ENOSYS, and the kernel asks no more.
    """

    use_ns = True

    def __init__(self, tree: Tree, opens: Opens, on_ready: Callable[[], None]) -> None:
        """``on_ready`` is called when libfuse and the kernel have agreed on how to talk."""
        self._tree = tree
        self._opens = opens
        self._on_ready = on_ready
        self._paths = Paths(tree)
        self._promises = Promises(BELIEVED)
        self._owner = {"st_uid": os.getuid(), "st_gid": os.getgid(), "st_nlink": 1, "st_blksize": PAGE}
        self._handles = itertools.count(1)
        self._listings: dict[int, Listing] = {}

    def init(self, _: str) -> None:
        self._on_ready()

    @_guarded
    def getattr(self, path: str, _: FileInfo | None = None) -> dict[str, int]:
        node = self._promises.opened(path) or self._paths.find(path)
        if isinstance(node, File):
            node = self._promises.tell(path, node)
        elif isinstance(node, Place) and node is self._tree.root:  # all others are made anew each time
            node.mtime = node.modified()
        return self._attributes(node)

    @_guarded
    def open(self, path: str, info: FileInfo) -> int:
        if info.flags & os.O_ACCMODE != os.O_RDONLY:
            raise os_error(errno.EROFS)
        node = self._paths.find(path)
        if not isinstance(node, File | Text):
            raise os_error(errno.EISDIR)
        opened = self._opens.open(node)
        info.fh = opened.handle
        if isinstance(node, Text):
            info.direct_io = 1  # the next one who opens the path may get another text
            return 0
        try:
            info.keep_cache = int(self._promises.open(path, node))
        except OSError:
            self._opens.release(opened.handle)
            raise
        return 0

    @_guarded
    def read(self, path: str, size: int, offset: int, info: FileInfo) -> bytes:
        opened = self._opens.get(info.fh)
        if isinstance(opened, OpenedText):
            return bytes(opened.read(memoryview(b""), offset, size))
        self._promises.saw_read(path)
        try:
            return bytes(opened.read(memoryview(bytearray(size)), offset, size))
        except MvfsError as exc:
            raise errnos.of_read(exc, opened) from exc

    @_guarded
    def release(self, path: str, info: FileInfo) -> int:
        is_text = isinstance(self._opens.get(info.fh), OpenedText)
        self._opens.release(info.fh)
        if not is_text:
            self._promises.close(path)
        return 0

    @_guarded
    def readlink(self, path: str) -> str:
        node = self._paths.find(path)
        if not isinstance(node, Link):
            raise os_error(errno.EINVAL)
        return node.target

    @_guarded
    def getxattr(self, path: str, name: str, _: int = 0) -> bytes:
        value = self._tree.xattr(self._paths.find(path), name)
        if value is None:
            raise os_error(attributes.refusal(name))
        return value

    @_guarded
    def listxattr(self, path: str) -> list[str]:
        return self._tree.xattrs(self._paths.find(path))

    @_guarded
    def opendir(self, path: str) -> int:
        handle = next(self._handles)
        self._listings[handle] = Listing(self._paths.directory(path))
        return handle

    def readdir_with_offset(
        self, _: str, offset: int, handle: int
    ) -> Iterator[tuple[str, dict[str, int], int]]:
        try:
            for name, node, after in self._listings[handle].entries(offset):
                yield name, {"st_mode": node.mode, "st_ino": node.ino}, after
        except Exception as exc:  # noqa: BLE001 - the guard, here where a generator runs
            raise os_error(errno_of(exc)) from None

    @_guarded
    def releasedir(self, _: str, handle: int) -> int:
        del self._listings[handle]
        return 0

    @_guarded
    def statfs(self, _: str) -> dict[str, int]:
        return statfs_of(self._tree.catalog.backend.local_path(""))

    def _refuse(self, *_: object) -> NoReturn:
        raise os_error(errno.EROFS)

    # Asked on a mount that was made writable only: else the kernel refuses by itself.
    chmod = chown = create = fallocate = link = mkdir = mknod = removexattr = rename = rmdir = _refuse
    setxattr = symlink = truncate = unlink = utimens = write = _refuse

    def _attributes(self, node: Node) -> dict[str, int]:
        time = max(node.mtime, 0) * 1000  # a writer's clock may say anything
        return {
            "st_mode": node.mode,
            "st_ino": node.ino,
            "st_size": node.size,
            "st_blocks": -(-node.size // 512),
            **dict.fromkeys(("st_atime", "st_mtime", "st_ctime"), time),
            **self._owner,
        }
