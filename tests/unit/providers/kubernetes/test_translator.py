"""What a change costs and says."""

from collections.abc import Iterator

import pytest

from pointsman.model.dynamic import Server
from pointsman.providers.kubernetes import bases, translator
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
    ObjectEvent,
    Secret,
    Service,
    ServicePort,
    SliceEndpoint,
    gone,
    seen,
)
from pointsman.providers.kubernetes.translator import Translator, TranslatorOptions


def ingress(number: int, path: str = "/", **more: object) -> Ingress:
    backend = IngressBackend(service=f"s{number}", port=80)
    rule = IngressRule(host=f"h{number}", paths=(IngressPath(path=path, backend=backend),))
    return Ingress(namespace="n", name=f"i{number}", rules=(rule,), **more)  # type: ignore[arg-type]


def service(number: int, **more: object) -> Service:
    return Service(namespace="n", name=f"s{number}", ports=(ServicePort(port=80),), **more)  # type: ignore[arg-type]


def endpoints(number: int, *ips: str) -> Endpoints:
    addresses = tuple(EndpointAddress(ip=ip) for ip in ips)
    subset = EndpointSubset(addresses=addresses, ports=(EndpointPort(port=8080),))
    return Endpoints(namespace="n", name=f"s{number}", subsets=(subset,))


def everything(count: int) -> Iterator[ObjectEvent]:
    for number in range(count):
        yield seen(ingress(number))
        yield seen(service(number))
        yield seen(endpoints(number, "1.1.1.1"))


class Counter:
    """Counts the calls of a function without replacing it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: object, name: str) -> None:
        self.calls = 0
        original = getattr(module, name)

        def counting(*arguments: object, **named: object) -> object:
            self.calls += 1
            return original(*arguments, **named)

        monkeypatch.setattr(module, name, counting)


def loaded(count: int = 100) -> Translator:
    made = Translator(TranslatorOptions())
    made.apply(everything(count))
    return made


def test_the_first_change_holds_everything() -> None:
    made = Translator(TranslatorOptions())
    change = made.apply(everything(3))
    assert change.frontends == made.dynamic.frontends
    assert change.backends == made.dynamic.backends
    assert len(change.frontends) == 3


def test_new_addresses_translate_no_ingress_and_touch_one_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    made = loaded()
    translated = Counter(monkeypatch, translator, "translate")
    selected = Counter(monkeypatch, bases, "select")
    filled = Counter(monkeypatch, bases, "merge_backend")
    change = made.apply([seen(endpoints(7, "2.2.2.2"))])
    assert (translated.calls, selected.calls, filled.calls) == (0, 0, 1)
    assert not change.frontends
    assert not change.problems
    backend = change.backends["h7/"]
    assert backend is not None
    assert backend.servers == {"http://2.2.2.2:8080": Server(url="http://2.2.2.2:8080")}


def test_one_ingress_translates_itself_and_merges_what_it_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    made = loaded()
    translated = Counter(monkeypatch, translator, "translate")
    selected = Counter(monkeypatch, bases, "select")
    change = made.apply([seen(ingress(7, "/new"))])
    assert (translated.calls, selected.calls) == (1, 1)
    assert set(change.frontends) == {"h7/", "h7/new"}
    assert change.frontends["h7/"] is None
    assert set(change.backends) == {"h7/", "h7/new"}


def test_a_service_translates_no_plain_ingress(monkeypatch: pytest.MonkeyPatch) -> None:
    made = loaded()
    translated = Counter(monkeypatch, translator, "translate")
    change = made.apply([seen(service(7, annotations={"ingress.kubernetes.io/affinity": "true"}))])
    assert translated.calls == 0
    assert set(change.backends) == {"h7/"}


def test_events_that_change_nothing_cost_a_comparison(monkeypatch: pytest.MonkeyPatch) -> None:
    made = loaded()
    translated = Counter(monkeypatch, translator, "translate")
    filled = Counter(monkeypatch, bases, "merge_backend")
    assert not made.apply(everything(100))
    assert (translated.calls, filled.calls) == (0, 0)


def test_a_class_moves_only_those_it_concerns(monkeypatch: pytest.MonkeyPatch) -> None:
    made = loaded()
    made.apply([seen(ingress(500, class_name="ours")), seen(service(500))])
    assert "h500/" not in made.dynamic.frontends
    translated = Counter(monkeypatch, translator, "translate")
    ours = IngressClass(name="ours", controller="pointsman.io/ingress-controller")
    assert set(made.apply([seen(ours)]).frontends) == {"h500/"}
    assert translated.calls == 1
    assert made.apply([gone(ours)]).frontends == {"h500/": None}


def test_a_service_that_goes_takes_its_frontend_and_comes_back_with_it() -> None:
    made = loaded(2)
    change = made.apply([gone(service(1))])
    assert change.frontends == {"h1/": None}
    assert [one.object for found in change.problems.values() for one in found] == ["Ingress n/i1"]
    back = made.apply([seen(service(1))])
    assert set(back.frontends) == {"h1/"}
    assert all(found == () for found in back.problems.values())


def test_a_change_and_its_opposite_in_one_batch_are_nothing() -> None:
    made = loaded(2)
    assert not made.apply([gone(service(1)), seen(service(1)), seen(endpoints(1)), seen(endpoints(1, "1.1.1.1"))])


def test_a_problem_that_stays_is_not_told_again() -> None:
    made = Translator(TranslatorOptions())
    odd = {"traefik.odd": "x"}
    first = made.apply([seen(ingress(1)), seen(service(1, annotations=odd)), seen(endpoints(1, "1.1.1.1"))])
    assert [one.object for found in first.problems.values() for one in found] == ["Service n/s1"]
    change = made.apply([seen(service(1, annotations={**odd, "ingress.kubernetes.io/affinity": "true"}))])
    assert set(change.backends) == {"h1/"}
    assert not change.problems


def test_problems_of_a_service_go_with_the_last_ingress_that_names_it() -> None:
    made = Translator(TranslatorOptions())
    odd = service(1, annotations={"traefik.odd": "x"})
    made.apply([seen(ingress(1)), seen(odd), seen(endpoints(1, "1.1.1.1"))])
    assert made.dynamic.problems
    change = made.apply([gone(ingress(1))])
    assert change.problems == {"Service n/s1": ()}
    assert not made.dynamic.problems


def test_a_service_that_prefers_another_family_moves_its_servers() -> None:
    made = Translator(TranslatorOptions())
    slices = [
        EndpointSlice(
            namespace="n",
            name=family,
            service="s1",
            address_type=family,
            endpoints=(SliceEndpoint(ip=ip),),
            ports=(EndpointPort(port=8080),),
        )
        for family, ip in (("IPv4", "1.1.1.1"), ("IPv6", "::1"))
    ]
    made.apply([seen(ingress(1)), seen(service(1)), *map(seen, slices)])
    assert set(made.dynamic.backends["h1/"].servers) == {"http://1.1.1.1:8080"}
    made.apply([seen(service(1, ip_families=("IPv6",)))])
    assert set(made.dynamic.backends["h1/"].servers) == {"http://[::1]:8080"}


@pytest.mark.parametrize(
    ("broken", "served"),
    [
        ({"annotations": {"ingress.kubernetes.io/auth-realm": "other"}}, {"e1.com"}),
        ({"tls": (IngressTls(secret="none"),)}, {"e1.com"}),
        ({"annotations": {"ingress.kubernetes.io/auth-type": "odd"}}, {"e1.com", "e2.com"}),
    ],
    ids=["realm", "tls", "auth"],
)
def test_a_later_ingress_with_a_broken_access_rule_leaves_the_first_alone(
    broken: dict[str, object], served: set[str]
) -> None:
    first = ingress(1, created="1")
    other = IngressBackend(service="s2", port=80)
    rule = IngressRule(host="h1", paths=(IngressPath(path="/", backend=other),))
    later = Ingress(namespace="n", name="later", created="2", rules=(rule,), **broken)  # type: ignore[arg-type]
    names = [service(number, type="ExternalName", external_name=f"e{number}.com") for number in (1, 2)]
    made = Translator(TranslatorOptions())
    made.apply([seen(first), seen(later), *map(seen, names)])
    frontend = made.dynamic.frontends["h1/"]
    assert (frontend.origin, frontend.refuse) == ("Ingress n/i1", "")
    assert {key.removeprefix("http://") for key in made.dynamic.backends["h1/"].servers} == served
    assert any(problem.object == "Ingress n/later" for problem in made.dynamic.problems)


def test_the_default_backend_passes_on() -> None:
    default = IngressBackend(service="s0", port=80)
    first = ingress(1, default_backend=default, created="1")
    second = ingress(2, default_backend=default, created="2")
    third = ingress(3, default_backend=default, created="3")
    made = Translator(TranslatorOptions())
    made.apply([*everything(4), seen(third), seen(second), seen(first)])
    assert set(made.dynamic.frontends) == {"global-default-frontend", "h0/", "h1/"}
    assert {place for place in made.places() if made.is_accepted(place)} == {("n", "i0"), ("n", "i1")}
    change = made.apply([gone(first)])
    assert set(made.dynamic.frontends) == {"global-default-frontend", "h0/", "h2/"}
    told = [one.message for found in change.problems.values() for one in found]
    assert told == ["Ingress n/i2 already has the default backend: this Ingress is skipped with all its rules"]


def test_secrets_that_are_named() -> None:
    made = Translator(TranslatorOptions())
    made.apply([seen(ingress(1, tls=(IngressTls(secret="pair"),)))])
    assert set(made.secrets) == {("n", "pair")}
    made.apply([seen(ingress(1))])
    assert not made.secrets


def test_a_secret_that_goes_refuses_and_comes_back() -> None:
    made = Translator(TranslatorOptions())
    users = Secret(namespace="n", name="users", encoded={"auth": "YTpi"})
    auth = {"ingress.kubernetes.io/auth-type": "basic", "ingress.kubernetes.io/auth-secret": "users"}
    made.apply([seen(ingress(1, annotations=auth)), seen(service(1)), seen(endpoints(1, "1.1.1.1")), seen(users)])
    for _ in range(2):
        assert made.dynamic.frontends["h1/"].auth is not None
        refused = made.apply([gone(users)]).frontends["h1/"]
        assert refused is not None
        assert refused.refuse
        assert refused.routes == made.dynamic.frontends["h1/"].routes
        assert not made.dynamic.backends["h1/"].servers
        made.apply([seen(users)])


def test_problems_never_show_a_secret() -> None:
    made = Translator(TranslatorOptions())
    broken = Secret(namespace="n", name="pair", encoded={"tls.crt": "aHVudGVyMg==", "tls.key": "aHVudGVyMg=="})
    made.apply([seen(ingress(1, tls=(IngressTls(secret="pair"),))), seen(service(1)), seen(broken)])
    assert made.dynamic.problems
    assert "hunter2" not in repr(made.dynamic)
