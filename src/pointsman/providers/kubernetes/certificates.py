"""Certificates by secret, with the entry points of all Ingresses that name it."""

from collections.abc import Iterable

from pointsman.model.dynamic import TlsEntry
from pointsman.providers.kubernetes.ingress import Certificate
from pointsman.providers.kubernetes.ledger import Ledger
from pointsman.providers.kubernetes.store import Place


class Certificates:
    """Who asks for which key pair."""

    def __init__(self) -> None:
        self._users: dict[str, dict[Place, Certificate]] = {}
        self._owned: dict[Place, tuple[Certificate, ...]] = {}
        self.entries: Ledger[TlsEntry] = Ledger()

    def contribute(self, ingress: Place, certificates: Iterable[Certificate]) -> None:
        """Says anew what an Ingress asks for; nothing removes it."""
        new = tuple(certificates)
        old = self._owned.pop(ingress, ())
        if new:
            self._owned[ingress] = new
        for one in old:
            self._users[one.key].pop(ingress, None)
        for one in new:
            self._users.setdefault(one.key, {})[ingress] = one
        for key in {one.key for one in (*old, *new)}:
            self._merge(key)

    def _merge(self, key: str) -> None:
        """compat(1.7): entry points are united; an Ingress that names none adds none."""
        users = self._users[key]
        if not users:
            del self._users[key]
            self.entries.put(key, None)
            return
        points = sorted({point for one in users.values() for point in one.entry_points})
        files = next(iter(users.values())).files
        self.entries.put(key, TlsEntry(entry_points=tuple(points), certificate=files))
