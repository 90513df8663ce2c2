"""Answers the kernel's requests from the tree: one function per kind of request."""

from __future__ import annotations

import errno
import itertools
import os
from collections.abc import Callable

from mvfs.errors import MvfsError
from mvfs.mount import attributes, errnos, kernel
from mvfs.mount.ahead import ReadAhead
from mvfs.mount.channel import Channel, Request
from mvfs.mount.encoding import Encoder
from mvfs.mount.files import File
from mvfs.mount.kernel import Op, Open
from mvfs.mount.listing import Listing
from mvfs.mount.nodes import Directory, Link, Node, Place
from mvfs.mount.opened import OpenedFile
from mvfs.mount.opens import Opens
from mvfs.mount.statfs import statfs_of
from mvfs.mount.texts import Text
from mvfs.mount.tree import Tree

Handler = Callable[[Channel, Request], None]

_STATFS = ("f_blocks", "f_bfree", "f_bavail", "f_files", "f_ffree", "f_bsize", "f_namemax", "f_frsize")
"""In the order of `kernel.STATFS_OUT`."""


class Operations:
    """The handlers of one mount; each answers its request, or raises what the session turns into an errno."""

    def __init__(self, tree: Tree, opens: Opens, encoder: Encoder) -> None:
        self.opens = opens
        self.ahead = ReadAhead(opens)
        self._tree = tree
        self._table = tree.table
        self._encoder = encoder
        self._handles = itertools.count(1)
        self._listings: dict[int, Listing] = {}
        self.handlers: dict[int, Handler] = {
            Op.LOOKUP: self._lookup,
            Op.FORGET: self._forget,
            Op.BATCH_FORGET: self._batch_forget,
            Op.GETATTR: self._getattr,
            Op.OPEN: self._open,
            Op.READ: self._read,
            Op.RELEASE: self._release,
            Op.OPENDIR: self._opendir,
            Op.READDIR: self._readdir,
            Op.READDIRPLUS: self._readdirplus,
            Op.RELEASEDIR: self._releasedir,
            Op.STATFS: self._statfs,
            Op.DESTROY: _succeed,
            Op.IOCTL: _fail_with(errno.ENOTTY),
            Op.READLINK: self._readlink,
            Op.GETXATTR: self._getxattr,
            Op.LISTXATTR: self._listxattr,
            **dict.fromkeys(kernel.WRITES, _fail_with(errno.EROFS)),
        }

    def answer(self, channel: Channel, request: Request) -> None:
        """Answer one request; what is not known is refused with ENOSYS, and the kernel asks no more."""
        handler = self.handlers.get(request.op)
        if handler is None:
            channel.fail(request.unique, errno.ENOSYS)
        else:
            handler(channel, request)

    def _lookup(self, channel: Channel, request: Request) -> None:
        parent = self._directory(request.node)
        if len(request.body) > kernel.MAX_NAME + 1:
            raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
        name = _name(request.body)
        node = self._tree.lookup(parent, name) if name is not None else None
        if node is not None:
            entry = self._encoder.entry(node, settled=parent.settled)
            if not channel.reply(request.unique, entry):
                self._table.forget(node.id, 1)
        elif parent.settled:
            channel.reply(request.unique, self._encoder.absent())
        else:
            channel.fail(request.unique, errno.ENOENT)

    def _forget(self, _: Channel, request: Request) -> None:
        self._table.forget(request.node, kernel.FORGET_IN.unpack_from(request.body)[0])

    def _batch_forget(self, _: Channel, request: Request) -> None:
        count = kernel.BATCH_FORGET_IN.unpack_from(request.body)[0]
        start = kernel.BATCH_FORGET_IN.size
        for index in range(count):
            self._table.forget(
                *kernel.FORGET_ONE.unpack_from(request.body, start + index * kernel.FORGET_ONE.size)
            )

    def _getattr(self, channel: Channel, request: Request) -> None:
        node = self._node(request.node)
        if isinstance(node, Place):
            node.mtime = node.modified()
        channel.reply(request.unique, self._encoder.attributes(node))

    def _open(self, channel: Channel, request: Request) -> None:
        flags = kernel.OPEN_IN.unpack_from(request.body)[0]
        if flags & os.O_ACCMODE != os.O_RDONLY:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        node = self._node(request.node)
        if not isinstance(node, File | Text):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        opened = self.opens.open(node)
        how = Open.PASSTHROUGH if opened.backing else Open.KEEP_CACHE
        if not channel.reply(request.unique, kernel.OPEN_OUT.pack(opened.handle, how, opened.backing)):
            self.opens.release(opened.handle)

    def _read(self, channel: Channel, request: Request) -> None:
        handle, offset, size = kernel.READ_IN.unpack_from(request.body)
        opened = self.opens.get(handle)
        if not isinstance(opened, OpenedFile):
            channel.reply(request.unique, opened.read(channel.space, offset, size))
            return
        self.ahead.saw(opened, request.node, offset, size)
        try:
            data = opened.read(channel.space, offset, min(size, kernel.MAX_READ))
        except MvfsError as exc:
            raise errnos.of_read(exc, opened) from exc
        channel.reply(request.unique, data)

    def _release(self, channel: Channel, request: Request) -> None:
        self.opens.release(kernel.RELEASE_IN.unpack_from(request.body)[0])
        channel.reply(request.unique)

    def _readlink(self, channel: Channel, request: Request) -> None:
        node = self._node(request.node)
        if not isinstance(node, Link):
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        channel.reply(request.unique, node.target.encode())

    def _getxattr(self, channel: Channel, request: Request) -> None:
        name = _name(request.body[kernel.XATTR_IN.size :]) or ""
        value = self._tree.xattr(self._node(request.node), name)
        if value is None:
            channel.fail(request.unique, attributes.refusal(name))
        else:
            _give(channel, request, value)

    def _listxattr(self, channel: Channel, request: Request) -> None:
        names = self._tree.xattrs(self._node(request.node))
        _give(channel, request, b"".join(name.encode() + b"\0" for name in names))

    def _opendir(self, channel: Channel, request: Request) -> None:
        directory = self._directory(request.node)
        handle = next(self._handles)
        self._listings[handle] = Listing(directory)
        flags = Open.CACHE_DIR | Open.KEEP_CACHE if directory.settled else 0
        if not channel.reply(request.unique, kernel.OPEN_OUT.pack(handle, flags, 0)):
            del self._listings[handle]

    def _readdir(self, channel: Channel, request: Request) -> None:
        handle, offset, size = kernel.READ_IN.unpack_from(request.body)
        channel.reply(request.unique, self._listings[handle].fill(self._encoder, offset, size))

    def _readdirplus(self, channel: Channel, request: Request) -> None:
        handle, offset, size = kernel.READ_IN.unpack_from(request.body)
        payload, given = self._listings[handle].fill_plus(self._encoder, self._table, offset, size)
        if not channel.reply(request.unique, payload):
            for number in given:
                self._table.forget(number, 1)

    def _releasedir(self, channel: Channel, request: Request) -> None:
        self._listings.pop(kernel.RELEASE_IN.unpack_from(request.body)[0], None)
        channel.reply(request.unique)

    def _statfs(self, channel: Channel, request: Request) -> None:
        found = statfs_of(self._tree.catalog.backend.local_path(""))
        channel.reply(request.unique, kernel.STATFS_OUT.pack(*[found.get(name, 0) for name in _STATFS], 0))

    def _node(self, number: int) -> Node:
        node = self._table.get(number)
        if node is None:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return node

    def _directory(self, number: int) -> Directory:
        node = self._node(number)
        if not isinstance(node, Directory):
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        return node


def _name(body: memoryview) -> str | None:
    """The NUL-terminated name in a request; None if it is no UTF-8, and so no name of anything here."""
    try:
        return bytes(body[:-1]).decode()
    except UnicodeDecodeError:
        return None


def _give(channel: Channel, request: Request, value: bytes) -> None:
    """Answer a question about extended attributes: with the value, or with its size if that was asked for."""
    room = kernel.XATTR_IN.unpack_from(request.body)[0]
    if room == 0:
        channel.reply(request.unique, kernel.XATTR_OUT.pack(len(value)))
    elif len(value) > room:
        channel.fail(request.unique, errno.ERANGE)
    else:
        channel.reply(request.unique, value)


def _succeed(channel: Channel, request: Request) -> None:
    channel.reply(request.unique)


def _fail_with(code: int) -> Handler:
    def handler(channel: Channel, request: Request) -> None:
        channel.fail(request.unique, code)

    return handler
