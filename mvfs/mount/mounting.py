"""Mounts and unmounts: by mount(2) as root, through ``fusermount3`` as anybody else."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
from pathlib import Path

from mvfs import text
from mvfs.errors import Conflict, MountUnavailable, MvfsError, NoPermission, NotFound
from mvfs.mount.kernel import MAX_READ
from mvfs.mount.mountpoints import FILE_SYSTEM, check_free, is_dead, mounted_above, mounted_at

_DEVICE = "/dev/fuse"
_FUSE_CONF = "/etc/fuse.conf"
_READ_ONLY, _NO_SETUID, _NO_DEVICES, _NO_PROGRAMS = 1, 2, 4, 8
_DETACH = 2
_READ_AHEAD_KIB = 4096


def prepare(mountpoint: Path) -> None:
    """Make sure that something can be mounted on a directory; clear away a mount whose process died.

    Raises:
        MountUnavailable: this machine cannot mount; the message says what it lacks.
        NotFound, Conflict, NoPermission: the directory will not do.
    """
    if sys.platform != "linux":
        raise MountUnavailable("'mvfs mount' needs Linux; copy versions out with 'mvfs get' instead")
    if not Path(_DEVICE).exists():
        raise MountUnavailable(
            f"this machine has no {_DEVICE}: load the module ('modprobe fuse'), or give the container"
            " the device"
        )
    if os.geteuid() != 0:
        _fusermount()
    while (mounted := mounted_at(mountpoint)) is not None and is_dead(mountpoint):
        if mounted.type != FILE_SYSTEM:
            raise Conflict(
                f"{mountpoint} is a dead mount of {mounted.type}; unmount it first", path=str(mountpoint)
            )
        detach(mountpoint)
    check_free(mountpoint)


def mount(mountpoint: Path, source: str, *, allow_other: bool = False, executable: bool = True) -> int:
    """Mount an empty file system; return the descriptor on which the kernel will ask.

    Args:
        mountpoint: where.
        source: what it is called in the kernel's list.
        allow_other: whether other users may look into it: modes decide what they may do, as anywhere.
        executable: whether programs in it may be run.

    Raises:
        MountUnavailable: it was refused; the message says why.
    """
    options = f"default_permissions,max_read={MAX_READ}" + ",allow_other" * allow_other
    how = _mount_as_root if os.geteuid() == 0 else _mount_as_user
    return how(mountpoint, source, options, executable=executable)


def unmount(mountpoint: Path, *, lazily: bool = False) -> None:
    """End a mount, or take it out of the tree and let it end when everybody has left it.

    Raises:
        NotFound: nothing of mvfs is mounted there.
        NoPermission: another user mounted it.
        Conflict: somebody is in it.
        MountUnavailable: it was refused.
    """
    mounted = mounted_at(mountpoint)
    if mounted is None:
        above = mounted_above(mountpoint)
        hint = "" if above is None else f"; the mount that it is in is {above.path}"
        raise NotFound(f"{mountpoint} is not mounted{hint}", path=str(mountpoint))
    if mounted.type != FILE_SYSTEM:
        raise NotFound(f"{mountpoint} is no mvfs mount but one of {mounted.type}", path=str(mountpoint))
    if os.geteuid() not in (0, mounted.owner):
        raise NoPermission(
            f"{mountpoint} was mounted by {user_name(mounted.owner or 0)}, who can unmount it, as can root",
            path=str(mountpoint),
        )
    if lazily:
        detach(mountpoint)
        return
    try:
        _unmount(mountpoint, 0)
    except Conflict:
        if not is_dead(mountpoint):  # not asked before: to wait for a silent one would keep it busy
            raise
        detach(mountpoint)


def detach(mountpoint: Path) -> None:
    """Take a mount out of the tree even if somebody is in it; errors as in `unmount`."""
    _unmount(mountpoint, _DETACH)


def raise_read_ahead(mountpoint: Path) -> None:
    """Let the kernel read ahead in pieces as large as it can ask for; only root may do so."""
    device = os.stat(mountpoint).st_dev
    setting = Path(f"/sys/class/bdi/{os.major(device)}:{os.minor(device)}/read_ahead_kb")
    with contextlib.suppress(OSError):
        setting.write_text(str(_READ_AHEAD_KIB))


def user_name(uid: int) -> str:
    """The name of a user, or the number where there is no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _mount_as_root(mountpoint: Path, source: str, options: str, *, executable: bool) -> int:
    try:
        device = os.open(_DEVICE, os.O_RDWR | os.O_CLOEXEC)
    except OSError as exc:
        raise MountUnavailable(f"cannot open {_DEVICE}: {(exc.strerror or str(exc)).lower()}") from exc
    data = f"fd={device},rootmode={stat.S_IFDIR:o},user_id={os.getuid()},group_id={os.getgid()},{options}"
    libc = ctypes.CDLL(None, use_errno=True)
    flags = ctypes.c_ulong(_READ_ONLY | _NO_SETUID | _NO_DEVICES | _NO_PROGRAMS * (not executable))
    if (
        libc.mount(os.fsencode(source), os.fsencode(mountpoint), FILE_SYSTEM.encode(), flags, data.encode())
        != 0
    ):
        code = ctypes.get_errno()
        os.close(device)
        hint = "; a container needs CAP_SYS_ADMIN for it" if code == errno.EPERM else ""
        raise MountUnavailable(f"cannot mount on {mountpoint}: {os.strerror(code).lower()}{hint}")
    return device


def _mount_as_user(mountpoint: Path, source: str, options: str, *, executable: bool) -> int:
    ours, theirs = socket.socketpair()
    escaped = source.replace("\\", "\\\\").replace(",", "\\,")
    options = f"ro,nosuid,nodev,{options},subtype=mvfs,fsname={escaped}" + ",noexec" * (not executable)
    with ours:
        with theirs:
            done = _run(
                [_fusermount(), "-o", options, "--", str(mountpoint)],
                environment={"_FUSE_COMMFD": str(theirs.fileno())},
                pass_fds=(theirs.fileno(),),
            )
        if done.returncode != 0:
            reason = _reason(done.stderr)
            raise MountUnavailable(f"cannot mount on {mountpoint}: {reason}{_remedy(reason)}")
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    if not descriptors:
        raise MountUnavailable(f"cannot mount on {mountpoint}: fusermount3 handed over no descriptor")
    os.set_inheritable(descriptors[0], False)
    return descriptors[0]


def _unmount(mountpoint: Path, flags: int) -> None:
    if os.geteuid() == 0:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.umount2(os.fsencode(mountpoint), flags) != 0:
            code = ctypes.get_errno()
            raise _refusal(mountpoint, os.strerror(code), is_busy=code == errno.EBUSY)
        return
    lazily = ["-z"] if flags & _DETACH else []
    done = _run([_fusermount(), "-u", *lazily, "--", str(mountpoint)])
    if done.returncode != 0:
        reason = _reason(done.stderr)
        raise _refusal(mountpoint, reason, is_busy="busy" in reason)


def _refusal(mountpoint: Path, reason: str, *, is_busy: bool) -> MvfsError:
    if is_busy:
        return Conflict(
            f"{mountpoint} is busy: a process has a file open in it, or works there; end it and try again,"
            f" or let go of it now with 'mvfs umount --lazy {mountpoint}'",
            path=str(mountpoint),
        )
    return MountUnavailable(f"cannot unmount {mountpoint}: {reason.lower()}", path=str(mountpoint))


def _remedy(reason: str) -> str:
    """What root can do about fusermount3's refusal."""
    if _DEVICE in reason and "denied" in reason:
        return f"; as root: chmod 666 {_DEVICE}"
    if "user_allow_other" in reason:
        return f"; as root: echo user_allow_other >> {_FUSE_CONF}"
    return ""


def _fusermount() -> str:
    found = shutil.which("fusermount3") or shutil.which("fusermount3", path="/usr/bin:/bin:/usr/local/bin")
    if found is None:
        raise MountUnavailable(
            "mounting without being root needs fusermount3: install the package 'fuse3', or mount as root"
        )
    return found


def _run(
    command: list[str], environment: dict[str, str] | None = None, pass_fds: tuple[int, ...] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, "LC_ALL": "C", **(environment or {})},
        pass_fds=pass_fds,
        check=False,
    )


def _reason(stderr: str) -> str:
    """fusermount3's last word, fit for one line of ours."""
    lines = stderr.strip().splitlines() or ["fusermount3 gave no reason"]
    return text.line(lines[-1].partition("fusermount3: ")[2] or lines[-1])
