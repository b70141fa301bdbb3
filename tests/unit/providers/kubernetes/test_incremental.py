"""Whatever happens to the objects, in whatever order: the result is that of the objects as they are now."""

from collections.abc import Mapping
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointsman.model.dynamic import Change, Dynamic
from pointsman.providers.kubernetes.objects import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSlice,
    EndpointSubset,
    Ingress,
    IngressBackend,
    IngressClass,
    IngressPath,
    IngressRule,
    IngressTls,
    KubernetesObject,
    ObjectEvent,
    Secret,
    Service,
    ServicePort,
    SliceEndpoint,
    gone,
    seen,
)
from pointsman.providers.kubernetes.translator import Translator, TranslatorOptions

NAMESPACES = st.sampled_from(["a", "b"])
SERVICES = st.sampled_from(["s", "s", "t", "missing"])
NAMES = st.sampled_from(["x", "y", "z"])
PAIR = {
    "tls.crt": "LS0tLS1CRUdJTiBYLS0tLS0KWVdFPQotLS0tLUVORCBYLS0tLS0K",
    "tls.key": "LS0tLS1CRUdJTiBYLS0tLS0KWVdFPQotLS0tLUVORCBYLS0tLS0K",
}
ANNOTATIONS = {
    "kubernetes.io/ingress.class": ["traefik", "nginx", 'bad"'],
    "traefik.ingress.kubernetes.io/priority": ["2", "x"],
    "ingress.kubernetes.io/frontend-entry-points": ["http", "http,https"],
    "ingress.kubernetes.io/auth-type": ["basic", "odd"],
    "ingress.kubernetes.io/auth-secret": ["users"],
    "ingress.kubernetes.io/auth-realm": ["other"],
    "traefik.ingress.kubernetes.io/rule-type": ["PathPrefixStrip", "Odd"],
    "traefik.ingress.kubernetes.io/service-weights": ["s: 40%", "s: 40%\nt: 60%", "s: 200%"],
}
PAIRS = [(key, value) for key, values in ANNOTATIONS.items() for value in values]
BACKENDS = st.builds(IngressBackend, service=SERVICES, port=st.sampled_from([80, "http", 81]))
PATHS = st.builds(
    IngressPath,
    path=st.sampled_from(["", "/", "/", "/p", '/"']),
    path_type=st.sampled_from(["", "Prefix", "Exact"]),
    backend=BACKENDS,
)
RULES = st.builds(
    IngressRule,
    host=st.sampled_from(["", "h", "*.h"]),
    paths=st.none() | st.lists(PATHS, max_size=3).map(tuple),
)
INGRESSES = st.builds(
    Ingress,
    namespace=NAMESPACES,
    name=NAMES,
    created=st.sampled_from(["", "2020", "2021"]),
    annotations=st.lists(st.sampled_from(PAIRS), max_size=2).map(dict),
    class_name=st.sampled_from([None, None, "x", "traefik"]),
    default_backend=st.sampled_from([False, False, True]).flatmap(lambda here: BACKENDS if here else st.none()),
    rules=st.lists(RULES, max_size=2).map(tuple),
    tls=st.sampled_from([(), (), (IngressTls(secret="pair"),), (IngressTls(secret="users"), IngressTls())]),
)
SERVICE_OBJECTS = st.builds(
    Service,
    namespace=NAMESPACES,
    name=st.sampled_from(["s", "t"]),
    type=st.sampled_from(["", "ExternalName"]),
    external_name=st.just("e.com"),
    ports=st.sampled_from([(ServicePort(name="http", port=80),), (ServicePort(port=81),)]),
    annotations=st.sampled_from([{}, {"ingress.kubernetes.io/affinity": "true"}, {"traefik.odd": "x"}]),
    ip_families=st.sampled_from([(), ("IPv6", "IPv4")]),
)
ADDRESSES = st.lists(
    st.builds(EndpointAddress, ip=st.sampled_from(["1.1.1.1", "2.2.2.2"]), pod=st.sampled_from(["", "p"])), max_size=2
).map(tuple)
PORTS = st.sampled_from([(), (EndpointPort(name="http", port=8080),), (EndpointPort(port=8081),)])
ENDPOINTS = st.builds(
    Endpoints,
    namespace=NAMESPACES,
    name=st.sampled_from(["s", "t"]),
    subsets=st.lists(st.builds(EndpointSubset, addresses=ADDRESSES, ports=PORTS), max_size=2).map(tuple),
)
SLICES = st.builds(
    EndpointSlice,
    namespace=NAMESPACES,
    name=st.sampled_from(["s-1", "s-2"]),
    service=st.sampled_from(["s", "t"]),
    address_type=st.sampled_from(["IPv4", "IPv6"]),
    endpoints=st.lists(
        st.builds(SliceEndpoint, ip=st.sampled_from(["3.3.3.3", "4.4.4.4"]), ready=st.booleans()), max_size=2
    ).map(tuple),
    ports=PORTS,
)
SECRETS = st.builds(
    Secret,
    namespace=NAMESPACES,
    name=st.sampled_from(["pair", "users"]),
    encoded=st.sampled_from([PAIR, {"auth": "YTpi"}, {}]),
)
CLASSES = st.builds(
    IngressClass,
    name=st.sampled_from(["x", "traefik"]),
    controller=st.sampled_from(["traefik.io/ingress-controller", "other"]),
    is_default=st.booleans(),
)
OBJECTS = INGRESSES | INGRESSES | SERVICE_OBJECTS | ENDPOINTS | SLICES | SECRETS | CLASSES
EVENTS = st.builds(
    lambda thing, here: seen(thing) if here else gone(thing), OBJECTS, st.sampled_from([True, True, False])
)
OPTIONS = st.builds(TranslatorOptions, ingress_class=st.sampled_from(["", "x"]), strict=st.booleans())


def final(events: list[ObjectEvent]) -> list[ObjectEvent]:
    """One event for each object that is left at the end."""
    left: dict[tuple[str, str, str], KubernetesObject | None] = {}
    for event in events:
        left[event.kind, event.namespace, event.name] = event.object
    return [seen(thing) for thing in left.values() if thing is not None]


class Follower:
    """Keeps a Dynamic by Changes alone, as the aggregator does."""

    def __init__(self) -> None:
        self.parts: dict[str, dict[str, Any]] = {"frontends": {}, "backends": {}, "tls": {}, "problems": {}}

    def take(self, change: Change) -> None:
        for part, held in self.parts.items():
            changes: Mapping[str, Any] = getattr(change, part)
            for key, value in changes.items():
                assert held.get(key) != value, "a Change tells only what is different"
                if value is None or value == ():
                    del held[key]
                else:
                    held[key] = value

    def matches(self, dynamic: Dynamic) -> bool:
        problems = [one for _, found in sorted(self.parts["problems"].items()) for one in found]
        return (
            self.parts["frontends"] == dynamic.frontends
            and self.parts["backends"] == dynamic.backends
            and self.parts["tls"] == dynamic.tls
            and tuple(problems) == dynamic.problems
        )


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(options=OPTIONS, batches=st.lists(st.lists(EVENTS, min_size=1, max_size=6), min_size=1, max_size=12))
def test_incremental_equals_full(options: TranslatorOptions, batches: list[list[ObjectEvent]]) -> None:
    translator, follower = Translator(options), Follower()
    events: list[ObjectEvent] = []
    for batch in batches:
        follower.take(translator.apply(batch))
        events += batch
        fresh = Translator(options)
        fresh.apply(final(events))
        assert translator.dynamic == fresh.dynamic
        assert accepted(translator) == accepted(fresh)
        assert set(translator.secrets) == set(fresh.secrets)
        assert follower.matches(fresh.dynamic)


@settings(max_examples=50, deadline=None)
@given(events=st.lists(EVENTS, max_size=15))
def test_the_same_again_changes_nothing(events: list[ObjectEvent]) -> None:
    translator = Translator(TranslatorOptions())
    translator.apply(events)
    assert not translator.apply(final(events))


@settings(max_examples=50, deadline=None)
@given(events=st.lists(EVENTS, max_size=15))
def test_when_everything_is_gone_nothing_is_left(events: list[ObjectEvent]) -> None:
    translator = Translator(TranslatorOptions())
    translator.apply(events)
    translator.apply([gone(event.object) for event in events if event.object is not None])
    assert translator.dynamic == Dynamic()
    assert not translator.secrets
    assert msgspec.json.encode(translator.dynamic)


def accepted(translator: Translator) -> set[tuple[str, str]]:
    return {place for place in translator.places() if translator.is_accepted(place)}
