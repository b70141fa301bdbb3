"""Slim objects in, Changes out: keeps each Ingress' own translation and recomputes only what an event touches."""

from collections.abc import Iterable, Set

import msgspec

from pointsman.model.dynamic import Change, Dynamic
from pointsman.model.problem import Problem
from pointsman.providers.kubernetes.bases import Bases
from pointsman.providers.kubernetes.certificates import Certificates
from pointsman.providers.kubernetes.classes import ClassError, is_ours, why_not_ours
from pointsman.providers.kubernetes.dependencies import Index, Recorder
from pointsman.providers.kubernetes.ingress import Translation, translate
from pointsman.providers.kubernetes.ledger import Ledger
from pointsman.providers.kubernetes.meant import for_request
from pointsman.providers.kubernetes.objects import (
    INGRESS,
    INGRESS_CLASS,
    SECRET,
    SERVICE,
    Ingress,
    ObjectEvent,
    Service,
)
from pointsman.providers.kubernetes.report import Report
from pointsman.providers.kubernetes.settings import Settings
from pointsman.providers.kubernetes.store import Place, Store, address_places
from pointsman.providers.protocol import Meant


class TranslatorOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What of `[kubernetes]` decides the translation."""

    ingress_class: str = ""
    """Empty: Ingresses without a class, with an empty one, or of class `traefik`; else exactly this class."""
    disable_pass_host_headers: bool = False
    enable_pass_tls_cert: bool = False
    strict: bool = False
    """`--security=strict`: Ingresses of different namespaces never share a frontend; the oldest keeps it. ExternalNames
    that point back into the node are refused."""


class Translator:
    """Holds the objects and the Dynamic that follows from them. Not thread-safe; does no I/O and reads no clock."""

    def __init__(self, options: TranslatorOptions) -> None:
        self._options = options
        self._defaults = Settings(
            pass_host_header=not options.disable_pass_host_headers, pass_tls_cert=options.enable_pass_tls_cert
        )
        self._store = Store()
        self._problems: Ledger[tuple[Problem, ...]] = Ledger()
        self._bases = Bases(self._store, self._problems, options.strict)
        self._certificates = Certificates()
        self._translations: dict[Place, Translation] = {}
        self._claims: dict[Place, tuple[str, str, str]] = {}
        self._touched: set[Place] = set()
        self._by_secret: Index[Place] = Index()
        self._by_service: Index[Place] = Index()
        self._by_addresses: Index[Place] = Index()

    def apply(self, events: Iterable[ObjectEvent]) -> Change:
        """Takes events in and returns what is different now; the same event again gives an empty Change."""
        stale: set[Place] = set()
        classes_changed = False
        for event in events:
            before = self._store.before(event)
            if not self._store.put(event):
                continue
            stale |= self._concerned(event)
            classes_changed |= event.kind == INGRESS_CLASS
            for place in address_places(event, before):
                stale |= self._by_addresses.of(place)
                self._bases.addresses_changed(place)
        if classes_changed:
            stale |= self._moved_by_class()
        holder = self._default_holder()
        for place in stale:
            self._translate(place)
        self._settle_default(holder, stale)
        self._touched |= stale
        return self._publish()

    def take_touched(self) -> Set[Place]:
        """The Ingresses translated anew since this was last asked."""
        touched, self._touched = self._touched, set()
        return touched

    def ingress(self, place: Place) -> Ingress | None:
        """An Ingress, ours or not."""
        return self._store.ingress(place)

    def service(self, namespace: str, name: str) -> Service | None:
        """A service."""
        return self._store.service(namespace, name)

    def places(self) -> Iterable[Place]:
        """(namespace, name) of our Ingresses."""
        return list(self._translations)

    @property
    def dynamic(self) -> Dynamic:
        """Everything, as it is now."""
        return Dynamic(
            frontends=dict(sorted(self._bases.frontends.values.items())),
            backends=dict(sorted(self._bases.backends.values.items())),
            tls=dict(sorted(self._certificates.entries.values.items())),
            problems=tuple(problem for _, found in sorted(self._problems.values.items()) for problem in found),
        )

    @property
    def secrets(self) -> Set[Place]:
        """(namespace, name) of every secret that an Ingress in force names; no other secret is needed."""
        return self._by_secret.places

    def is_accepted(self, place: Place) -> bool:
        """Whether an Ingress is ours and wasn't skipped as a whole (its status is written)."""
        made = self._translations.get(place)
        if made is None or made.skipped:
            return False
        return not made.claims_default or place == self._default_holder()

    def meant(self, host: str, path: str) -> Iterable[Meant]:
        """Ingresses that a request may have been meant for, ours or not; from any thread."""
        return map(self._meant, for_request(tuple(self._store.ingresses().values()), host, path))

    def kept_away(self) -> Iterable[Meant]:
        """Ingresses that are not ours; from any thread."""
        return (self._meant(one) for one in tuple(self._store.ingresses().values()) if not self._is_ours(one))

    def _meant(self, ingress: Ingress) -> Meant:
        reason, remedy = "", ""
        if not self._is_ours(ingress):
            reason, remedy = why_not_ours(ingress, self._store.classes, self._options.ingress_class)
        return Meant(object=f"{INGRESS} {ingress.namespace}/{ingress.name}", kept_away=reason, remedy=remedy)

    def _concerned(self, event: ObjectEvent) -> Set[Place]:
        """The Ingresses that must be translated again because of an object (addresses apart)."""
        place = (event.namespace, event.name)
        if event.kind == INGRESS:
            return {place}
        if event.kind == SECRET:
            return self._by_secret.of(place)
        if event.kind == SERVICE:
            self._bases.service_changed(place)
            return self._by_service.of(place)
        return frozenset()

    def _moved_by_class(self) -> set[Place]:
        """Ingresses that are ours now and weren't, or the other way round."""
        return {
            place
            for place, ingress in self._store.ingresses().items()
            if self._is_ours(ingress) != (place in self._translations)
        }

    def _is_ours(self, ingress: Ingress) -> bool:
        try:
            return is_ours(ingress, self._store.classes, self._options.ingress_class)
        except ClassError:
            return True

    def _translate(self, place: Place) -> None:
        ingress = self._store.ingress(place)
        if ingress is None or not self._is_ours(ingress):
            self._forget(place)
            return
        recorder = Recorder(self._store)
        made = self._made(ingress, recorder)
        self._by_secret.replace(place, recorder.secrets)
        self._by_service.replace(place, recorder.services)
        self._by_addresses.replace(place, recorder.with_addresses)
        self._translations[place] = made
        if made.claims_default:
            self._claims[place] = ingress.order
        else:
            self._claims.pop(place, None)

    def _made(self, ingress: Ingress, recorder: Recorder) -> Translation:
        try:
            is_ours(ingress, self._store.classes, self._options.ingress_class)
        except ClassError as error:
            report = Report("Ingress", ingress.namespace, ingress.name)
            value = ingress.annotations.get(str(error), "")
            report.error(
                "the class holds a quote, a line break or a bad escape: the Ingress is skipped",
                key=str(error),
                value=value,
                remedy="write a plain name",
            )
            return Translation(problems=tuple(report.problems), skipped=True)
        return translate(ingress, recorder, self._defaults)

    def _forget(self, place: Place) -> None:
        self._translations.pop(place, None)
        self._claims.pop(place, None)
        for index in (self._by_secret, self._by_service, self._by_addresses):
            index.replace(place, ())

    def _default_holder(self) -> Place | None:
        """The Ingress whose default backend counts: the first in order."""
        return min(self._claims, key=self._claims.__getitem__, default=None)

    def _settle_default(self, before: Place | None, stale: set[Place]) -> None:
        """Hands on what each translated Ingress contributes; only the holder of the default backend keeps its rules."""
        holder = self._default_holder()
        moved = set(stale)
        if before != holder:
            moved |= self._claims.keys() | ({before} if before else set())
        for place in moved:
            self._hand_on(place, holder)

    def _hand_on(self, place: Place, holder: Place | None) -> None:
        made, ingress = self._translations.get(place), self._store.ingress(place)
        key = f"Ingress {place[0]}/{place[1]}"
        if made is None or ingress is None:
            self._bases.contribute(place, ("", "", ""), ())
            self._certificates.contribute(place, ())
            self._problems.put(key, None)
            return
        loses = made.claims_default and place != holder
        self._bases.contribute(place, ingress.order, () if loses else made.contributions)
        self._certificates.contribute(place, made.certificates)
        problems = (*made.problems, *_duplicate_default(ingress, holder)) if loses else made.problems
        self._problems.put(key, problems or None)

    def _publish(self) -> Change:
        self._bases.settle()
        return Change(
            frontends=self._bases.frontends.take(),
            backends=self._bases.backends.take(),
            tls=self._certificates.entries.take(),
            problems={key: found or () for key, found in self._problems.take().items()},
        )


def _duplicate_default(ingress: Ingress, holder: Place | None) -> tuple[Problem, ...]:
    report = Report("Ingress", ingress.namespace, ingress.name)
    name = "/".join(holder) if holder else ""
    report.error(
        f"Ingress {name} already has the default backend: this Ingress is skipped with all its rules",
        key="spec.defaultBackend",
        remedy="keep one default backend in the cluster",
    )
    return tuple(report.problems)
