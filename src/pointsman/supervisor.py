"""The process that holds the listening sockets and keeps a controller and a proxy running behind them.

Knows sockets, children and signals; nothing of configuration, routes or requests. It is PID 1 in a container.
"""

import array
import contextlib
import dataclasses
import json
import logging
import os
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence

CONTROL = "POINTSMAN_CONTROL_FD"
"""Names, for a child, the SOCK_SEQPACKET on which links arrive and whose end means that the supervisor is gone."""

_LOG = logging.getLogger("pointsman")
_STOP = (signal.SIGTERM, signal.SIGINT)
_IGNORED = (signal.SIGHUP, signal.SIGUSR2, signal.SIGQUIT, signal.SIGPIPE)
_STEADY_S = 10.0
"""A child that lived this long starts again without a pause."""
_CONTROLLER_STOP_S = 3.0
_SAME_S = 0.002
"""Signals this close are one: `timeout` and terminals signal a process and then its group."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Program:
    """How a child is started and how its restarts are paced."""

    name: str
    argv: tuple[str, ...]
    fds: tuple[int, ...] = ()
    """Inherited beside the control socket."""
    longest_pause_s: float = 2.0


@dataclasses.dataclass(kw_only=True)
class Child:
    """A program, its process while there is one, and when it may start again."""

    program: Program
    process: subprocess.Popen[bytes] | None = None
    control: socket.socket | None = None
    started: float = 0.0
    due: float | None = 0.0
    """Monotonic time of the next start; None = it runs, or must not start."""
    pause: float = 0.0
    status: int = 0
    """Of the last process, as `os.waitstatus_to_exitcode` tells it."""

    def start(self, environ: Mapping[str, str], prepare: Callable[[], None]) -> None:
        """Starts the process with a fresh control socket; a failure counts as a death."""
        self.started, self.due = time.monotonic(), None
        try:
            prepare()
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            with theirs, contextlib.ExitStack() as undo:
                undo.callback(ours.close)
                self.process = subprocess.Popen(  # noqa: S603
                    self.program.argv,
                    stdin=subprocess.DEVNULL,
                    env={**environ, CONTROL: str(theirs.fileno())},
                    pass_fds=(theirs.fileno(), *self.program.fds),
                    process_group=0,  # A terminal's Ctrl-C reaches the children through us, once.
                )
                undo.pop_all()
        except OSError as error:
            _LOG.error("Cannot start the %s (%s): %s", self.program.name, self.program.argv[0], error)
            self.status = 1
            self._back_off()
            return
        ours.setblocking(False)
        self.control = ours
        _LOG.debug("Started the %s, process %d", self.program.name, self.process.pid)

    def died(self, status: int) -> None:
        """Takes note of the end of the process, and when to start the next one."""
        if self.process is not None:
            self.process.returncode = status  # Popen must not look for a process that is reaped already.
        if self.control is not None:
            self.control.close()
        self.process, self.control, self.status = None, None, status
        if time.monotonic() - self.started >= _STEADY_S:
            self.pause = 0.0
        self._back_off()

    def _back_off(self) -> None:
        self.due = time.monotonic() + self.pause
        self.pause = min(max(0.1, self.pause * 2), self.program.longest_pause_s)

    def signal(self, number: int) -> None:
        """Sends a signal if there is a process."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.process.pid, number)

    def hear(self) -> list[object] | None:
        """The messages that the process sent since the last call; None when it closed its end."""
        said: list[object] = []
        while self.control is not None:
            try:
                data = self.control.recv(4096)
            except BlockingIOError:
                break
            except OSError:  # It closed its end with something of ours unread.
                return None
            if not data:
                return None
            with contextlib.suppress(ValueError):
                said.append(json.loads(data))
        return said

    def give_link(self, end: socket.socket) -> bool:
        """Hands one end of a new controller-proxy link over; False when the process is gone."""
        if self.control is None:
            return False
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [end.fileno()]))]
        try:
            self.control.sendmsg([json.dumps({"type": "link"}).encode()], rights)
        except OSError as error:
            _LOG.debug("Cannot hand a link to the %s: %s", self.program.name, error)
            return False
        return True


class Supervisor:
    """Runs the two programs until it is told to stop.

    `prepare` is called before a child starts and may raise OSError. `listening`: the sockets that the proxy inherits;
    from the stop on they are the proxy's alone, to close when it accepts no more. `grace_s` is how long it may take to
    drain; it is killed after that.
    """

    def __init__(
        self,
        *,
        controller: Program,
        proxy: Program,
        listening: Sequence[socket.socket] = (),
        prepare: Callable[[], None] = lambda: None,
        grace_s: float,
        environ: Mapping[str, str],
    ) -> None:
        self._listening = listening
        self._prepare = prepare
        self._controller = Child(program=controller)
        self._proxy = Child(program=proxy)
        self._children = (self._proxy, self._controller)
        self._grace_s = grace_s
        self._environ = environ
        self._stops = 0
        self._stopped_at = 0.0
        self._kill_at: float | None = None
        self._killed = False
        self._link_wanted = False
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Until a signal says stop; 0 after a clean drain, 1 when the proxy had to be killed or failed."""
        received, wake = socket.socketpair()
        received.setblocking(False)
        wake.setblocking(False)
        with received, wake, self._selector, _signals(wake):
            self._selector.register(received, selectors.EVENT_READ)
            while not self._finished():
                self._start_what_is_due()
                self._link()
                self._selector.select(self._wait_s())
                self._hear()
                for number in _drain(received):
                    self._handle(number)
                self._reap()
                self._kill_what_is_late()
        return int(self._killed or self._proxy.status != 0)

    def _finished(self) -> bool:
        return self._stops > 0 and all(child.process is None for child in self._children)

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        for child in self._children:
            if not self._stops and child.due is not None and child.due <= now:
                child.start(self._environ, self._prepare)
                if child.control is not None:
                    self._selector.register(child.control, selectors.EVENT_READ)
                    self._link_wanted = True

    def _link(self) -> None:
        """A fresh link for both when one of them is new, or says that the old link broke."""
        if not self._link_wanted or any(child.process is None for child in self._children):
            return
        try:
            controller_end, proxy_end = socket.socketpair()
        except OSError as error:
            _LOG.error("Cannot link the controller to the proxy: %s", error)
            return
        self._link_wanted = False
        with controller_end, proxy_end:
            # One that is dying takes none; its successor gets one, and the proxy need not hear of this one.
            if self._controller.give_link(controller_end):
                self._proxy.give_link(proxy_end)

    def _hear(self) -> None:
        for child in self._children:
            if child.control is None or child.control not in self._selector.get_map():
                continue
            said = child.hear()
            if said is None:
                self._selector.unregister(child.control)
            elif {"type": "link_lost"} in said:
                self._link_wanted = True

    def _wait_s(self) -> float | None:
        times = [child.due for child in self._children if child.due is not None and not self._stops]
        if self._kill_at is not None:
            times.append(self._kill_at)
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _handle(self, number: int) -> None:
        if number in _STOP:
            self._stop()
        elif number == signal.SIGUSR1:
            for handler in _LOG.handlers:
                reopen = getattr(handler, "reopen", None)
                if reopen is not None:
                    reopen()
            for child in self._children:
                child.signal(number)

    def _stop(self) -> None:
        now = time.monotonic()
        if self._stops and now - self._stopped_at < _SAME_S:
            return
        self._stops, self._stopped_at = self._stops + 1, now
        for each in self._listening:
            each.close()
        if self._stops == 1:
            _LOG.info("Stopping: the proxy finishes the requests in hand")
            self._kill_at = time.monotonic() + self._grace_s
        else:
            _LOG.info("Stopping at once")
            self._kill_at = time.monotonic() + 0.5
            self._controller.signal(signal.SIGTERM)
        if self._proxy.process is None:
            self._proxy.status = 0
            self._stop_controller()
        self._proxy.signal(signal.SIGTERM)

    def _stop_controller(self) -> None:
        self._kill_at = min(self._kill_at or 0.0, time.monotonic() + _CONTROLLER_STOP_S)
        self._controller.signal(signal.SIGTERM)

    def _reap(self) -> None:
        while True:
            try:
                pid, raw = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            for child in self._children:
                if child.process is not None and child.process.pid == pid:
                    if child.control is not None and child.control in self._selector.get_map():
                        self._selector.unregister(child.control)
                    self._buried(child, os.waitstatus_to_exitcode(raw))

    def _buried(self, child: Child, status: int) -> None:
        child.died(status)
        if not self._stops:
            pause = max(0.0, (child.due or 0.0) - time.monotonic())
            _LOG.error("The %s %s; starting it again in %.1f s", child.program.name, _told(status), pause)
        elif child is self._proxy:
            _LOG.log(logging.INFO if status == 0 else logging.ERROR, "The proxy %s", _told(status))
            self._stop_controller()

    def _kill_what_is_late(self) -> None:
        if self._kill_at is None or time.monotonic() < self._kill_at:
            return
        for child in self._children:
            if child.process is not None:
                _LOG.error("The %s did not stop in time and is killed", child.program.name)
                self._killed = self._killed or child is self._proxy
                child.signal(signal.SIGKILL)
        self._kill_at = time.monotonic() + 1.0


def _told(status: int) -> str:
    if status >= 0:
        return f"exited with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


def _drain(received: socket.socket) -> Sequence[int]:
    with contextlib.suppress(BlockingIOError):
        return received.recv(4096)
    return ()


@contextlib.contextmanager
def _signals(wake: socket.socket) -> Iterator[None]:
    """Every signal we act on arrives as a byte on `wake`; the others that would kill are ignored, here and below."""
    heard = (*_STOP, signal.SIGUSR1, signal.SIGCHLD)
    before = {number: signal.signal(number, _nothing) for number in heard}
    before |= {number: signal.signal(number, signal.SIG_IGN) for number in _IGNORED}
    old = signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    try:
        yield
    finally:
        signal.set_wakeup_fd(old)
        for number, handler in before.items():
            signal.signal(number, handler)


def _nothing(number: int, frame: object) -> None:
    """A Python handler must exist for the wake-up byte to be written."""
