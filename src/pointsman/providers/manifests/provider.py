"""The manifests provider: a folder in, Changes out."""

import asyncio
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from pointsman.model.dynamic import Change
from pointsman.model.problem import Problem
from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes.annotations import SERVERS_KEY
from pointsman.providers.kubernetes.meant import for_request
from pointsman.providers.kubernetes.objects import (
    ENDPOINTS,
    INGRESS,
    Endpoints,
    EndpointSlice,
    Ingress,
    KubernetesObject,
    ObjectEvent,
    Service,
)
from pointsman.providers.kubernetes.selectors import Selector, SelectorError, parse_selector
from pointsman.providers.kubernetes.servers import ENDPOINTS_KEY
from pointsman.providers.kubernetes.translator import Translator, TranslatorOptions
from pointsman.providers.manifests.folder import Folder, ObjectKey, Placed, Reading
from pointsman.providers.manifests.servers import REMEDY, ServersError, endpoints
from pointsman.providers.manifests.watching import ticks
from pointsman.providers.protocol import Meant, Publish

Problems = dict[str, tuple[Problem, ...]]


class ManifestsProvider:
    """Kubernetes objects from files, read again when they change."""

    name = "kubernetes"

    def __init__(self, options: Kubernetes, *, strict: bool = False) -> None:
        self._options = options
        self._strict = strict
        self._session: Session | None = None

    def meant(self, host: str, path: str) -> Iterable[Meant]:
        """Ingresses that a request may have been meant for, the nearest first; those that are left out, too."""
        return self._session.meant(host, path) if self._session is not None else ()

    def kept_away(self) -> Iterable[Meant]:
        """Ingresses of other classes, and those that options leave out."""
        return self._session.kept_away() if self._session is not None else ()

    def origin(self, name: str) -> str:
        """`file:line` of an object of the folder."""
        return self._session.origin(name) if self._session is not None else ""

    async def run(self, publish: Publish) -> None:
        """Publishes for ever; the first Change comes at once, even when the folder is missing."""
        session = self._session = Session(self._options, strict=self._strict)
        first = True
        async for _ in ticks(Path(self._options.manifests)):
            change = await asyncio.to_thread(session.read)
            if change or first:
                publish(change)
            first = False


class Session:
    """One life of the provider: the folder, the translator and what was published. Blocking."""

    def __init__(self, options: Kubernetes, *, strict: bool = False) -> None:
        self._options = options
        self._namespaces = frozenset(options.namespaces)
        self._folder = Folder(Path(options.manifests))
        self._reading: Reading | None = None
        self._objects: Mapping[ObjectKey, KubernetesObject] = {}
        self._translated: Problems = {}
        self._published: Problems = {}
        self._selector, self._start = _selector(options.label_selector)
        self._translator = Translator(
            TranslatorOptions(
                ingress_class=options.ingress_class,
                disable_pass_host_headers=options.disable_pass_host_headers,
                enable_pass_tls_cert=options.enable_pass_tls_cert,
                strict=strict,
            )
        )

    def read(self) -> Change:
        """What is different since the last call; the first tells everything."""
        reading = self._folder.read()
        if reading is self._reading:
            return Change()
        self._reading = reading
        problems: Problems = dict(reading.problems)
        if self._start:
            problems["labelSelector"] = self._start
        objects = {key: placed.object for key, placed in reading.objects.items() if self._is_wanted(placed.object)}
        objects = with_servers(objects, problems)
        change = self._translator.apply(_events(self._objects, objects))
        self._objects = objects
        for key, found in change.problems.items():
            self._translated[key] = found
        problems.update({key: found for key, found in self._translated.items() if found})
        shown = {key: tuple(_located(one, reading.objects) for one in found) for key, found in problems.items()}
        changed: Problems = {key: () for key in self._published if key not in shown}
        changed.update({key: found for key, found in shown.items() if self._published.get(key) != found})
        self._published = shown
        return msgspec.structs.replace(change, problems=changed)

    def meant(self, host: str, path: str) -> Iterable[Meant]:
        """See `Keeper`."""
        for one in self._translator.meant(host, path):
            yield msgspec.structs.replace(one, origin=self.origin(one.object))
        yield from map(self._unwanted, for_request(self._left_out(), host, path))

    def kept_away(self) -> Iterable[Meant]:
        """See `Keeper`."""
        yield from (
            msgspec.structs.replace(one, origin=self.origin(one.object)) for one in self._translator.kept_away()
        )
        yield from map(self._unwanted, self._left_out())

    def origin(self, name: str) -> str:
        """See `Keeper`."""
        return _origin(name, self._reading.objects) if self._reading is not None else ""

    def _left_out(self) -> list[Ingress]:
        placed = self._reading.objects.values() if self._reading is not None else ()
        ingresses = (one.object for one in placed if isinstance(one.object, Ingress))
        return [ingress for ingress in ingresses if not self._is_wanted(ingress)]

    def _unwanted(self, ingress: Ingress) -> Meant:
        name = f"{INGRESS} {ingress.namespace}/{ingress.name}"
        reason, remedy = self._why_unwanted(ingress)
        return Meant(object=name, origin=self.origin(name), kept_away=reason, remedy=remedy)

    def _why_unwanted(self, ingress: Ingress) -> tuple[str, str]:
        if self._namespaces and ingress.namespace not in self._namespaces:
            remedy = f"add {ingress.namespace} to kubernetes.namespaces ({', '.join(sorted(self._namespaces))})"
            return f"its namespace {ingress.namespace} is not watched", remedy
        remedy = "label it so, or change kubernetes.labelSelector"
        return f"its labels do not fit the label selector {self._options.label_selector!r}", remedy

    def _is_wanted(self, thing: KubernetesObject) -> bool:
        if thing.namespace and self._namespaces and thing.namespace not in self._namespaces:
            return False
        return not isinstance(thing, Ingress) or (self._selector is not None and self._selector.matches(thing.labels))


def with_servers(
    objects: Mapping[ObjectKey, KubernetesObject], problems: Problems
) -> dict[ObjectKey, KubernetesObject]:
    """Adds Endpoints to the Services that have none, from the annotation (which wins over the folder's) or empty ones.

    Reports bad annotations into `problems`.
    """
    made = dict(objects)
    known = {(thing.namespace, thing.service) for thing in objects.values() if isinstance(thing, EndpointSlice)}
    annotated: set[tuple[str, str]] = set()
    for service in [thing for thing in objects.values() if isinstance(thing, Service)]:
        place = (service.namespace, service.name)
        try:
            given = endpoints(service)
        except ServersError as error:
            problems[f"servers of {place[0]}/{place[1]}"] = (_bad_servers(service, error),)
            given = None
        key = (ENDPOINTS, *place)
        if given is not None:
            made[key] = given
            annotated.add(place)
        elif key not in made and place not in known:
            made[key] = Endpoints(namespace=service.namespace, name=service.name)
    return {key: thing for key, thing in made.items() if not _is_replaced(thing, annotated)}


def _is_replaced(thing: KubernetesObject, annotated: set[tuple[str, str]]) -> bool:
    return isinstance(thing, EndpointSlice) and (thing.namespace, thing.service) in annotated


def _bad_servers(service: Service, error: ServersError) -> Problem:
    return Problem(
        object=f"Service {service.namespace}/{service.name}",
        key=SERVERS_KEY,
        value=service.annotations[SERVERS_KEY][:200],
        message=f"{error}: the Service has no servers",
        remedy="write host:port, host:port",
    )


def _events(
    old: Mapping[ObjectKey, KubernetesObject], new: Mapping[ObjectKey, KubernetesObject]
) -> Iterable[ObjectEvent]:
    for key in old.keys() - new.keys():
        yield ObjectEvent(kind=key[0], namespace=key[1], name=key[2], object=None)
    for key, thing in new.items():
        if old.get(key) != thing:
            yield ObjectEvent(kind=key[0], namespace=key[1], name=key[2], object=thing)


def _located(problem: Problem, objects: Mapping[ObjectKey, Placed]) -> Problem:
    """Says in which file the object is, and how a Service gets servers here."""
    remedy = REMEDY if problem.key == ENDPOINTS_KEY else problem.remedy
    place = _origin(problem.object, objects) if problem.origin in ("", "kubernetes") else ""
    origin = place or problem.origin
    return msgspec.structs.replace(problem, origin=origin, remedy=remedy)


def _origin(name: str, objects: Mapping[ObjectKey, Placed]) -> str:
    """Where `Kind namespace/name` was read; empty when it is not in the folder."""
    kind, _, place = name.partition(" ")
    namespace, _, own = place.partition("/")
    placed = objects.get((kind, namespace, own))
    return placed.origin if placed is not None else ""


def _selector(text: str) -> tuple[Selector | None, tuple[Problem, ...]]:
    """The label selector; None with a Problem when it can't be read, and then no Ingress is served."""
    try:
        return parse_selector(text), ()
    except SelectorError as error:
        message = f"{error}: no Ingress is served"
        remedy = "write a Kubernetes label selector, like app=web,tier!=test"
        found = Problem(object="provider kubernetes", key="labelSelector", value=text, message=message, remedy=remedy)
        return None, (found,)
