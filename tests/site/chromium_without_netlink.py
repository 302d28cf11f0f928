#!/usr/bin/env python3
"""Chromium, run so that it does not see the machine's network interfaces come and go.

When one does, Chromium aborts what it is loading (``ERR_NETWORK_CHANGED``), from this machine too;
it has no switch against that. Docker creates interfaces with every container and network, and the
tests of the cluster run beside those of the browser. Linux tells of interfaces through netlink
sockets; a Chromium that cannot open one takes it that it is always connected.

So those sockets are refused to it, by a seccomp filter (seccomp(2), which needs no privilege).
Where we do not know the machine's system calls, Chromium runs as it is.
"""

import ctypes
import errno
import os
import platform
import shutil
import socket
import struct
import sys

# By machine: AUDIT_ARCH_… of linux/audit.h, and the number of socket(2).
_CALLS = {"x86_64": (0xC000003E, 41), "aarch64": (0xC00000B7, 198)}
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06  # BPF_LD|W|ABS, BPF_JMP|JEQ|K, BPF_RET|K
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data


class _Program(ctypes.Structure):
    """``struct sock_fprog``."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def refuse_netlink() -> None:
    """From here on, this process and those that it starts open no netlink socket.

    Raises:
        OSError: the kernel takes no filter.
    """
    known = _CALLS.get(platform.machine())
    if known is None:
        return
    wanted = ((_ARCHITECTURE, known[0]), (_NUMBER, known[1]), (_FIRST_ARGUMENT, socket.AF_NETLINK))
    code = b""
    for n, (offset, value) in enumerate(wanted):
        past_refusal = 2 * (len(wanted) - n) - 1
        code += struct.pack("HBBI", _LOAD, 0, 0, offset)
        code += struct.pack("HBBI", _JUMP_IF_EQUAL, 0, past_refusal, value)
    code += struct.pack("HBBI", _RETURN, 0, 0, _FAIL | errno.EAFNOSUPPORT)
    code += struct.pack("HBBI", _RETURN, 0, 0, _ALLOW)
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    for call in (
        (_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0),
        (_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program)),
    ):
        if libc.prctl(*call):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


if __name__ == "__main__":
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Falta Chromium.")
    refuse_netlink()
    os.execv(chromium, [chromium, *sys.argv[1:]])
