"""Who looked at what: so that an event reaches the Ingresses it concerns and no other."""

from collections.abc import Iterable, Set
from typing import Generic, TypeVar

from pointsman.providers.kubernetes.addresses import Addresses
from pointsman.providers.kubernetes.objects import Secret, Service
from pointsman.providers.kubernetes.store import Place, Store

K = TypeVar("K")


class Index(Generic[K]):
    """Places, and the things that depend on each."""

    def __init__(self) -> None:
        self._by_place: dict[Place, set[K]] = {}
        self._by_thing: dict[K, frozenset[Place]] = {}

    def replace(self, thing: K, places: Iterable[Place]) -> set[Place]:
        """Says anew what a thing depends on; nothing removes it. Returns places that nothing depends on now."""
        new = frozenset(places)
        old = self._by_thing.get(thing, frozenset())
        forsaken: set[Place] = set()
        if new == old:
            return forsaken
        for place in old - new:
            things = self._by_place[place]
            things.discard(thing)
            if not things:
                del self._by_place[place]
                forsaken.add(place)
        for place in new - old:
            self._by_place.setdefault(place, set()).add(thing)
        if new:
            self._by_thing[thing] = new
        else:
            self._by_thing.pop(thing, None)
        return forsaken

    def of(self, place: Place) -> Set[K]:
        """The things that depend on a place."""
        return self._by_place.get(place, frozenset())

    @property
    def places(self) -> Set[Place]:
        """Every place that something depends on."""
        return self._by_place.keys()


class Recorder:
    """A view of the store that remembers what was looked up."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.services: set[Place] = set()
        self.with_addresses: set[Place] = set()
        self.secrets: set[Place] = set()

    def service(self, namespace: str, name: str) -> Service | None:
        """A service."""
        self.services.add((namespace, name))
        return self._store.service(namespace, name)

    def addresses(self, namespace: str, name: str) -> Addresses | None:
        """A service's addresses."""
        self.with_addresses.add((namespace, name))
        return self._store.addresses(namespace, name)

    def secret(self, namespace: str, name: str) -> Secret | None:
        """A secret."""
        self.secrets.add((namespace, name))
        return self._store.secret(namespace, name)
