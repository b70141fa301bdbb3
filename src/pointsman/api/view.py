"""What the API reads of the running controller; the runtime provides it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

import msgspec

from pointsman.model.dynamic import Backend, CertificateFiles, Frontend, TlsEntry
from pointsman.model.plan import EntryPoint, Explanation, Pool, Question, Route, RoutesTold, Stats
from pointsman.model.problem import Problem
from pointsman.providers.protocol import Meant


class Known(Protocol):
    """What one provider said, as far as the API shows it."""

    frontends: dict[str, Frontend]
    backends: dict[str, Backend]
    tls: dict[str, TlsEntry]


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What stays as it is while the process runs."""

    hostname: str = ""
    """Of this replica."""
    pid: int = 0
    """Of the supervisor: the process that users start."""
    entry_points: Mapping[str, EntryPoint] = {}
    default_entry_points: tuple[str, ...] = ()
    certificates: Mapping[str, tuple[CertificateFiles, ...]] = {}
    """Of the static configuration, by entry point."""
    recent_errors: int | None = None
    """How many `/health` shows; None = it shows none."""
    dashboard: bool = True
    keep_trailing_slash: bool = False


class View(Protocol):
    """The controller's state at the moment."""

    facts: Facts

    @property
    def revision(self) -> int:
        """Rises with each change of anything below, but for the numbers."""

    def providers(self) -> Mapping[str, Known]:
        """The configuration in force, by provider; empty before the first one."""

    def problems(self) -> Iterable[Problem]:
        """Everything that is wrong at present."""

    def meant(self, host: str, path: str) -> Iterable[tuple[str, Meant]]:
        """Objects that a request may have been meant for, in force or not, by the provider that knows them."""

    def routes(self) -> Mapping[str, Route]:
        """The plan's, by `provider/frontend`."""

    def pools(self) -> Mapping[str, Pool]:
        """The plan's, by `provider/backend`."""

    def down(self) -> Mapping[str, Mapping[str, str]]:
        """Servers that their health checks found down: why, by pool and by URL in the plan."""

    async def stats(self, routes: RoutesTold) -> Stats | None:
        """The proxy's numbers; None: it does not answer."""

    async def explain(self, question: Question) -> Explanation | None:
        """Where a request would go by the plan in force; None: the proxy does not answer."""
