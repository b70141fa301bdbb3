"""`pointsman [run] FLAGS`: checks the configuration, binds the sockets, then hands over to the supervisor."""

import contextlib
import functools
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from pointsman import activation, listeners, supervisor
from pointsman.cli import cores, entry_chains, proxy, start
from pointsman.cli import state as state_dir
from pointsman.cli.errors import StartError
from pointsman.compiler import compile_settings, start_errors, static_problems
from pointsman.config.load import Loaded
from pointsman.config.users_files import read_lines
from pointsman.model.plan import Settings
from pointsman.model.problem import Problem
from pointsman.model.static import Static
from pointsman.observability import logs
from pointsman.providers.labels import LABELS
from pointsman.runtime import orders

_MARGIN_S = 5.0
"""A proxy that outlives its own grace periods by this much is killed."""


def run(arguments: Sequence[str], environ: Mapping[str, str], *, hint: str = "") -> int:
    """Serves until SIGTERM or Ctrl-C; 0 after a clean drain, 1 when it could not start or had to cut.

    `hint` follows the message when a port cannot be listened on.
    """
    loaded = start.read(arguments, environ)
    if loaded is None:
        return 1
    try:
        with contextlib.ExitStack() as stack:
            watched = _prepare(loaded, environ, stack)
            return watched.run()
    except (StartError, proxy.NoProxy, listeners.ListenError) as error:
        print(f"pointsman: {error}{hint if isinstance(error, listeners.ListenError) else ''}", file=sys.stderr)
        return 1


def _prepare(loaded: Loaded, environ: Mapping[str, str], stack: contextlib.ExitStack) -> supervisor.Supervisor:
    """Everything that can fail, in the order in which it costs least; nothing is left behind when it does."""
    executable = proxy.find(environ)
    static = loaded.static
    hostname, in_cluster = socket.gethostname(), bool(environ.get("KUBERNETES_SERVICE_HOST"))
    _refuse(start_errors(static, read_lines))
    wanted = compile_settings(
        static,
        threads=cores.usable(),
        hostname=hostname,
        in_cluster=in_cluster,
        read_lines=read_lines,
        labels=LABELS,
    )
    _refuse(entry_chains.refused(wanted, executable))
    _log_to(static, wanted)
    bound = _listening(wanted, environ, stack)
    environ = {name: value for name, value in environ.items() if name not in activation.VARIABLES}
    state = stack.enter_context(state_dir.directory(static.state_dir))
    with contextlib.suppress(OSError):
        (state / orders.KEPT_PUT).unlink()
    settings = msgspec.structs.replace(
        wanted,
        entry_points={
            name: msgspec.structs.replace(point, fds=tuple(each.fileno() for each in bound[name]))
            for name, point in wanted.entry_points.items()
        },
        state_dir=str(state),
        admin_socket=str(state / state_dir.ADMIN_SOCKET),
    )
    problems = (*loaded.problems, *static_problems(static, read_lines))
    told = orders.Orders(static=static, settings=settings, problems=problems)
    try:
        state_dir.write(state, told)
    except OSError as error:
        raise StartError(f"cannot write to the state directory {state}: {error.strerror}") from error
    start.announce(told, {name: listeners.shown(sockets[0]) for name, sockets in bound.items()})
    return _watched(told, executable, [each for sockets in bound.values() for each in sockets], environ)


def _listening(
    wanted: Settings, environ: Mapping[str, str], stack: contextlib.ExitStack
) -> Mapping[str, list[socket.socket]]:
    """Each entry point's sockets: those that a service manager opened for it, else our own."""
    given = activation.inherited(environ)
    bound = {name: given.claim(name, point.address) for name, point in wanted.entry_points.items()}
    for each in [each for sockets in bound.values() for each in sockets]:
        stack.enter_context(each)
    given.close(wanted.entry_points)
    for name, point in wanted.entry_points.items():
        if not bound[name]:
            bound[name] = listeners.bind(name, point.address, sockets=wanted.threads)
            for each in bound[name]:
                stack.enter_context(each)
    return bound


def _refuse(wrong: Sequence[Problem]) -> None:
    """Raises StartError when something forbids to start."""
    if wrong:
        start.tell(wrong[:-1])
        raise StartError(str(wrong[-1]))


def _watched(
    told: orders.Orders, executable: Path, listening: Sequence[socket.socket], environ: Mapping[str, str]
) -> supervisor.Supervisor:
    settings = told.settings
    state = Path(settings.state_dir)
    return supervisor.Supervisor(
        controller=supervisor.Program(
            name="controller",
            argv=(sys.executable, "-P", "-m", "pointsman.runtime", str(state / state_dir.ORDERS)),
        ),
        proxy=supervisor.Program(
            name="proxy",
            argv=(str(executable), "run", "--settings", str(state / state_dir.SETTINGS)),
            fds=tuple(each.fileno() for each in listening),
            longest_pause_s=0.5,
        ),
        listening=listening,
        prepare=functools.partial(state_dir.write, state, told),
        grace_s=(settings.timeouts.request_accept_grace_ms + settings.timeouts.grace_ms) / 1000 + _MARGIN_S,
        environ=environ,
    )


def _log_to(static: Static, settings: Settings) -> None:
    path = orders.log_path(static)
    try:
        logs.set_up(level=settings.log_level, form=settings.log_format, path=path)
    except OSError as error:
        raise StartError(f"cannot write the log {path}: {error.strerror}") from error
