"""Frontends and backends by base name: merged from all Ingresses that contribute, again only when something changed."""

from collections.abc import Iterable

import msgspec

from pointsman.model.dynamic import Backend, Frontend
from pointsman.model.problem import Problem
from pointsman.providers.kubernetes.dependencies import Index
from pointsman.providers.kubernetes.ingress import Contribution
from pointsman.providers.kubernetes.ledger import Ledger
from pointsman.providers.kubernetes.merge import Merged, frontend_name, merge_backend, merge_frontend, select
from pointsman.providers.kubernetes.report import Report
from pointsman.providers.kubernetes.servers import Servers, ServerSource, servers
from pointsman.providers.kubernetes.services import options
from pointsman.providers.kubernetes.store import Place, Store

Order = tuple[str, str, str]


class Part(msgspec.Struct, frozen=True):
    """What one Ingress contributes to one base, and where it stands among others."""

    order: Order
    contributions: tuple[Contribution, ...]


class Bases:
    """All base names with what contributes to each."""

    def __init__(self, store: Store, problems: Ledger[tuple[Problem, ...]], strict: bool) -> None:
        self._store = store
        self._strict = strict
        self._parts: dict[str, dict[Place, Part]] = {}
        self._owned: dict[Place, dict[str, Part]] = {}
        self._by_service: Index[str] = Index()
        self._options: dict[Place, Backend] = {}
        self._merged: dict[str, Merged] = {}
        self._moved: set[str] = set()
        self._stale: set[str] = set()
        self.frontends: Ledger[Frontend] = Ledger()
        self.backends: Ledger[Backend] = Ledger()
        self._problems = problems

    def contribute(self, ingress: Place, order: Order, contributions: Iterable[Contribution]) -> None:
        """Says anew what an Ingress contributes; nothing removes it."""
        grouped: dict[str, list[Contribution]] = {}
        for one in contributions:
            grouped.setdefault(one.base, []).append(one)
        new = {base: Part(order, tuple(ones)) for base, ones in grouped.items()}
        old = self._owned.pop(ingress, {})
        if new:
            self._owned[ingress] = new
        for base in old.keys() - new.keys():
            del self._parts[base][ingress]
            self._moved.add(base)
        for base, part in new.items():
            if old.get(base) != part:
                self._parts.setdefault(base, {})[ingress] = part
                self._moved.add(base)

    def service_changed(self, place: Place) -> None:
        """A service appeared, disappeared or is different."""
        self._options.pop(place, None)
        self._problems.put(_service_key(place), None)
        self._moved.update(self._by_service.of(place))

    def addresses_changed(self, place: Place) -> None:
        """A service's addresses are different; its frontends are not."""
        self._stale.update(self._by_service.of(place))

    def settle(self) -> None:
        """Merges what has changed."""
        moved, stale = self._moved, self._stale | self._moved
        self._moved, self._stale = set(), set()
        for base in moved:
            self._select(base)
        for base in stale:
            self._fill(base)

    def _select(self, base: str) -> None:
        parts = self._parts.get(base)
        if not parts:
            self._parts.pop(base, None)
            self._merged.pop(base, None)
            self._refer(base, ())
            self.frontends.put(frontend_name(base), None)
            return
        contributions = [one for part in sorted(parts.values(), key=_order) for one in part.contributions]
        self._refer(base, (one.source.place for one in contributions if one.source))
        merged = select(base, contributions, self._service_options, self._strict)
        self._merged[base] = merged
        self.frontends.put(frontend_name(base), merge_frontend(merged.members))

    def _refer(self, base: str, services: Iterable[Place]) -> None:
        for place in self._by_service.replace(base, services):
            self._options.pop(place, None)
            self._problems.put(_service_key(place), None)

    def _fill(self, base: str) -> None:
        merged = self._merged.get(base)
        if merged is None:
            self.backends.put(base, None)
            self._problems.put(_base_key(base), None)
            return
        backend, problems = merge_backend(merged.members, self._service_options, self._servers)
        self.backends.put(base, backend)
        self._problems.put(_base_key(base), (*merged.problems, *problems) or None)

    def _service_options(self, place: Place) -> Backend | None:
        known = self._options.get(place)
        if known is not None:
            return known
        service = self._store.service(*place)
        if service is None:
            return None
        report = Report("Service", *place)
        made = self._options[place] = options(service, report)
        self._problems.put(_service_key(place), tuple(report.problems) or None)
        return made

    def _servers(self, source: ServerSource) -> Servers:
        service = self._store.service(*source.place)
        if service is None:
            return Servers()
        return servers(source, service, self._store.addresses(*source.place), self._strict)


def _order(part: Part) -> Order:
    return part.order


def _base_key(base: str) -> str:
    return f"backend {base}"


def _service_key(place: Place) -> str:
    return f"Service {place[0]}/{place[1]}"
