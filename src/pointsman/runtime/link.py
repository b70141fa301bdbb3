"""The connection to the proxy: carries the applier's messages down and the proxy's answers up."""

import asyncio
import logging
import socket
from collections import deque
from collections.abc import Callable

from pointsman.model.plan import (
    Applied,
    Draining,
    Explain,
    Explained,
    Explanation,
    Health,
    Hello,
    MetricsPage,
    Question,
    Rejected,
    RoutesTold,
    ServerHealth,
    Stats,
    TellMetrics,
    TellStats,
    Upward,
)
from pointsman.runtime import frames
from pointsman.runtime.applier import Applier, Changes

_LOG = logging.getLogger("pointsman")
_MOST_ASKED = 64
_ANSWER_S = 5.0
"""The proxy answers between two plans, and the largest takes seconds."""


class Link:
    """One applier and the proxy that is there at the moment, if any.

    `on_answer` is called after each answer of the proxy, when the applier has taken note of it; `on_draining` when the
    proxy says that it stops.
    """

    def __init__(
        self, applier: Applier, on_answer: Callable[[], None], on_draining: Callable[[], None] = lambda: None
    ) -> None:
        self._applier = applier
        self._on_answer = on_answer
        self._on_draining = on_draining
        self._writer: asyncio.StreamWriter | None = None
        self.health: tuple[ServerHealth, ...] = ()
        """The servers that are down, as the proxy said last."""
        self._asked: deque[asyncio.Future[Stats | Explained | MetricsPage | None]] = deque()

    def change(self, changes: Changes) -> None:
        """Takes changes in and sends what can be sent now."""
        self._applier.change(changes)
        self._send()

    async def stats(self, routes: RoutesTold) -> Stats | None:
        """The proxy's numbers; None when no proxy is there, or it has other things to do."""
        answer = await self._ask(TellStats(routes=routes))
        return answer if isinstance(answer, Stats) else None

    async def explain(self, question: Question) -> Explanation | None:
        """Where a request would go by the plan in force; None as above."""
        answer = await self._ask(Explain(question=question))
        return answer.explanation if isinstance(answer, Explained) else None

    async def metrics(self) -> str | None:
        """The proxy's figures in Prometheus' text format; None as above."""
        answer = await self._ask(TellMetrics())
        return answer.page if isinstance(answer, MetricsPage) else None

    async def _ask(self, message: TellStats | TellMetrics | Explain) -> Stats | Explained | MetricsPage | None:
        """Answers come in the order of the questions."""
        if self._writer is None or len(self._asked) >= _MOST_ASKED:
            return None
        answer: asyncio.Future[Stats | Explained | MetricsPage | None] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self._writer.write(frames.encode(message))
        done, _ = await asyncio.wait((answer,), timeout=_ANSWER_S)
        return answer.result() if done else None

    async def serve(self, end: socket.socket) -> None:
        """Talks to one proxy until it is gone or talks nonsense."""
        reader, writer = await asyncio.open_unix_connection(sock=end)
        self._give_up_asking()
        self._writer = writer
        try:
            while (message := await frames.receive(reader)) is not None:
                self._take(message)
                self._send()
        except frames.BadFrame as error:
            _LOG.error("The link to the proxy is given up: %s", error)
        finally:
            if self._writer is writer:
                self._writer = None
                self._applier.cut()
                self._give_up_asking()
            writer.close()

    def _give_up_asking(self) -> None:
        while self._asked:
            self._asked.popleft().set_result(None)

    def _take(self, message: Upward) -> None:
        match message:
            case Stats() | Explained() | MetricsPage():
                if self._asked:
                    self._asked.popleft().set_result(message)
                return
            case Health():
                self.health = message.servers
            case Hello():
                self.health = ()
                _LOG.debug("Proxy %d is there, with generation %d", message.pid, message.generation)
                self._applier.hello(message)
            case Applied():
                self._applier.applied(message)
                _LOG.debug("Generation %d is in force", message.generation)
            case Rejected():
                _LOG.error(
                    "The proxy refused a change and keeps generation %d: %s", message.generation, message.message
                )
                self._applier.rejected(message)
            case Draining():
                _LOG.debug("The proxy is stopping")
                self._applier.cut()
                self._on_draining()
        self._on_answer()

    def _send(self) -> None:
        message = self._applier.next() if self._writer is not None else None
        if message is not None and self._writer is not None:
            self._writer.write(frames.encode(message))
