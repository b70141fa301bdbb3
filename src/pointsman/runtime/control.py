"""The controller's end of the supervisor's control socket: links to proxies arrive on it; its end means exit."""

import array
import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator

CONTROL = "POINTSMAN_CONTROL_FD"
"""Environment variable by which the supervisor names the socket; `supervisor.py` and the proxy know it too."""
_ONE_FD = socket.CMSG_SPACE(array.array("i").itemsize)


def open_control() -> socket.socket:
    """The socket that the supervisor named in the environment. Raises KeyError or OSError without a supervisor."""
    control = socket.socket(fileno=int(os.environ[CONTROL]))
    control.setblocking(False)
    return control


async def links(control: socket.socket) -> AsyncIterator[socket.socket]:
    """Yields each new link to a proxy; ends when the supervisor is gone."""
    loop = asyncio.get_running_loop()
    while True:
        await _readable(loop, control)
        with contextlib.suppress(BlockingIOError):
            data, ancillary, _, _ = control.recvmsg(4096, _ONE_FD, socket.MSG_CMSG_CLOEXEC)
            if not data:
                return
            for level, kind, payload in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    yield socket.socket(fileno=array.array("i", payload)[0])


async def _readable(loop: asyncio.AbstractEventLoop, control: socket.socket) -> None:
    ready = asyncio.Event()
    loop.add_reader(control, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(control)
