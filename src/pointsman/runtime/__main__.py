"""`python -m pointsman.runtime ORDERS`: the controller process; started by the supervisor, never by hand."""

import asyncio
import logging
import signal
import sys
from pathlib import Path

import msgspec

from pointsman.observability import logs
from pointsman.runtime import control, orders
from pointsman.runtime.controller import Controller

_LOG = logging.getLogger(logs.NAME)


def main() -> int:
    """Runs one controller; 2 when it was not started by a supervisor."""
    try:
        told = orders.read(Path(sys.argv[1]))
        supervisor = control.open_control()
    except (IndexError, KeyError, ValueError, OSError, msgspec.MsgspecError) as error:
        print(f"pointsman.runtime is started by the supervisor only: {error!r}", file=sys.stderr)
        return 2
    settings = told.settings
    path = orders.log_path(told.static)
    handler = logs.set_up(level=settings.log_level, form=settings.log_format, path=path)
    signal.signal(signal.SIGUSR1, lambda *_: handler.reopen())
    try:
        asyncio.run(Controller(told).run(supervisor))
    except Exception:
        _LOG.exception("The controller failed")
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
