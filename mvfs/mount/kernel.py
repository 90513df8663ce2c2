"""The FUSE protocol of Linux as far as a read-only file system needs it: numbers and structures.

All integers have the machine's own byte order. See fuse(4) and ``include/uapi/linux/fuse.h``.
"""

from __future__ import annotations

import errno
from enum import IntEnum
from struct import Struct

MAJOR, MINOR = 7, 40
"""The protocol spoken here; 7.40 brought passthrough."""

PAGE = 4096
MAX_READ = 1 << 20
"""Bytes that one READ may ask for."""

MAX_NAME = 255
"""Bytes of one name in a path."""

REQUEST_SIZE = 1 << 17
"""Room for one request; the kernel puts as many FORGETs into one as fit."""

FOREVER = 10 * 365 * 86400
"""Seconds for which the kernel may believe what can never change."""

BRIEFLY = 1
"""Seconds for which it may believe what can change, should a notification get lost."""


NEVER = 0
"""Seconds for what is made anew whenever it is looked up."""


class Op(IntEnum):
    """What the kernel asks for."""

    LOOKUP = 1
    FORGET = 2
    GETATTR = 3
    SETATTR = 4
    READLINK = 5
    SYMLINK = 6
    MKNOD = 8
    MKDIR = 9
    UNLINK = 10
    RMDIR = 11
    RENAME = 12
    LINK = 13
    OPEN = 14
    READ = 15
    WRITE = 16
    STATFS = 17
    RELEASE = 18
    FSYNC = 20
    SETXATTR = 21
    GETXATTR = 22
    LISTXATTR = 23
    REMOVEXATTR = 24
    FLUSH = 25
    INIT = 26
    OPENDIR = 27
    READDIR = 28
    RELEASEDIR = 29
    FSYNCDIR = 30
    ACCESS = 34
    CREATE = 35
    INTERRUPT = 36
    DESTROY = 38
    IOCTL = 39
    BATCH_FORGET = 42
    FALLOCATE = 43
    READDIRPLUS = 44
    RENAME2 = 45
    COPY_FILE_RANGE = 47
    TMPFILE = 51


WRITES = (
    Op.SETATTR, Op.SYMLINK, Op.MKNOD, Op.MKDIR, Op.UNLINK, Op.RMDIR, Op.RENAME, Op.LINK, Op.WRITE,
    Op.SETXATTR, Op.REMOVEXATTR, Op.CREATE, Op.FALLOCATE, Op.RENAME2, Op.COPY_FILE_RANGE, Op.TMPFILE,
)  # fmt: skip
"""Requests that would change something."""


class Init:
    """Flags of INIT; those from bit 32 on travel in a word of their own."""

    ASYNC_READ = 1 << 0
    DO_READDIRPLUS = 1 << 13
    """Always, not READDIRPLUS_AUTO: find reads a directory to its end before it looks at the first entry,
    and the kernel would look up one name after the other."""
    PARALLEL_DIROPS = 1 << 18
    MAX_PAGES = 1 << 22
    CACHE_SYMLINKS = 1 << 23
    INIT_EXT = 1 << 30
    PASSTHROUGH = 1 << 37


class Open:
    """Flags in the reply to OPEN and OPENDIR."""

    KEEP_CACHE = 1 << 1
    CACHE_DIR = 1 << 3
    PASSTHROUGH = 1 << 7


class Notify(IntEnum):
    """What the file system may tell the kernel unasked."""

    INVAL_ENTRY = 3
    STORE = 4


DEV_CLONE = 0x8004E500
BACKING_OPEN = 0x4010E501
BACKING_CLOSE = 0x4004E502

IN_HEADER = Struct("=IIQQIIIHH")
"""Length, opcode, unique, node id, uid, gid, pid, length of extensions, padding."""

OUT_HEADER = Struct("=IiQ")
"""Length, negative errno, unique."""

INIT_IN = Struct("=IIII")
"""Major, minor, max_readahead, flags; flags2 follows in newer kernels."""

INIT_FLAGS2 = Struct("=I")

INIT_OUT = Struct("=IIIIHHIIHHIIH22x")
"""Major, minor, max_readahead, flags, max_background, congestion_threshold, max_write, time_gran, max_pages,
map_alignment, flags2, max_stack_depth, request_timeout."""

ATTR_OUT = Struct("=QII QQQ 64s")
"""Seconds valid, nanoseconds, padding; then inode number, size, blocks and what `ATTR_TAIL` packs."""

ATTR_TAIL = Struct("=QQQIIIIIIIIII")
"""atime, mtime, ctime, their nanoseconds, mode, nlink, uid, gid, rdev, blksize, flags."""

ENTRY_OUT = Struct("=QQQQII QQQ 64s")
"""Node id, generation, seconds the entry and the attributes are valid, their nanoseconds; attributes."""

DIRENT = Struct("=QQII")
"""Inode number, offset of the next entry, length of the name, type; the name follows, padded to 8."""

DIRENT_PLUS = Struct("=Q32sQQQ64sQQII")
"""`ENTRY_OUT` with its constant middle packed beforehand, and `DIRENT`."""

OPEN_IN = Struct("=II")
OPEN_OUT = Struct("=QIi")
"""Handle, flags, backing id."""

READ_IN = Struct("=QQI")
"""Handle, offset, size; more follows that a reader need not know."""

XATTR_IN = Struct("=I4x")
"""Bytes that there is room for, 0 to ask how many are needed; GETXATTR's name follows."""

XATTR_OUT = Struct("=I4x")
"""The answer to 0: how many bytes are needed."""

RELEASE_IN = Struct("=Q")
FORGET_IN = Struct("=Q")
BATCH_FORGET_IN = Struct("=II")
FORGET_ONE = Struct("=QQ")

STATFS_OUT = Struct("=QQQQQIIII24x")
"""Blocks, free, available; files, free; block size, longest name, fragment size, padding."""

BACKING_MAP = Struct("=iIQ")
"""Descriptor, flags, padding."""

INVAL_ENTRY_OUT = Struct("=QII")
"""Parent's node id, length of the name, flags."""

STORE_OUT = Struct("=QQII")
"""Node id, offset, size, padding; the bytes follow."""

REGULAR = 8
"""The type of a regular file in a `DIRENT`."""

PADDING = [b"\0" * (-length % 8) for length in range(8)]
"""What fills a name of so many bytes (modulo 8) up to a multiple of 8."""

NOTHING = ENTRY_OUT.pack(*[0] * 9, bytes(64))
"""The entry of ``.`` and ``..``, which count no lookup."""

DISCONNECTED = (errno.ENODEV, errno.ECONNABORTED)
"""What reading requests fails with after the file system was unmounted or its connection aborted."""
