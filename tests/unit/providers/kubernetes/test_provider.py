"""The provider's own part: what is held together, what is held back, what is told."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from pointsman.model.dynamic import Backend, Change
from pointsman.model.problem import Problem, Severity
from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes import informer, session
from pointsman.providers.kubernetes import provider as module
from pointsman.providers.kubernetes.access import StartError
from pointsman.providers.kubernetes.news import News
from pointsman.providers.kubernetes.objects import SERVICE, ObjectEvent, Service
from pointsman.providers.kubernetes.provider import KubernetesProvider, prepare
from pointsman.providers.kubernetes.session import joined
from support.logged import Logged
from support.oldapi import OldApi
from support.published import Published

pytestmark = pytest.mark.timeout(30)


PEM = base64.b64encode(b"-----BEGIN ANY-----\nYQ==\n-----END ANY-----\n").decode()


def ingress(name: str, host: str, *, tls: str = "") -> dict[str, Any]:
    path = {"path": "/", "backend": {"serviceName": "web", "servicePort": 80}}
    spec: dict[str, Any] = {"rules": [{"host": host, "http": {"paths": [path]}}]}
    if tls:
        spec["tls"] = [{"secretName": tls}]
    return {"metadata": {"name": name, "creationTimestamp": "2020-01-01T00:00:00Z"}, "spec": spec}


async def cheese(api: OldApi) -> None:
    """An Ingress, its service and its endpoints."""
    subset = {"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 8080}]}
    await api.put("services", {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}})
    await api.put("endpoints", {"metadata": {"name": "web"}, "subsets": [subset]})
    await api.put("ingresses", ingress("one", "a.test"))


@asynccontextmanager
async def providing(api: OldApi, **options: Any) -> AsyncIterator[Published]:
    """The provider at work on this API server."""
    published = Published()
    task = asyncio.create_task(KubernetesProvider(Kubernetes(endpoint=api.url, **options)).run(published))
    try:
        yield published
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_first_change_is_whole() -> None:
    async with OldApi() as api:
        await cheese(api)
        async with providing(api) as published:
            await published.ready()
            first = published.changes[0]
            assert first.frontends.keys() == first.backends.keys() == {"a.test/"}
            assert published.urls("a.test/") == {"http://10.0.0.1:8080"}


@pytest.mark.parametrize("slow", ["ingresses", "services", "endpoints", "secrets"])
async def test_nothing_is_published_before_every_list_is_complete(slow: str) -> None:
    async with OldApi() as api:
        await cheese(api)
        fault = api.fail(lambda r: r.plural == slow, 500, times=1000)
        async with providing(api) as published:
            await api.until(lambda: len(api.asked(slow, watch=False)) >= 2)
            assert not published.changes
            fault.times = 0
            await published.until(lambda p: p.urls("a.test/"))
            assert published.changes[0].backends.keys() == {"a.test/"}


async def test_a_burst_is_one_change() -> None:
    async with OldApi() as api:
        await cheese(api)
        async with providing(api) as published:
            await published.ready()
            await api.watched()
            count = len(published.changes)
            for number in range(50):
                await api.put("ingresses", ingress(f"i{number}", f"h{number}.test"))
            await published.until(lambda p: "h49.test/" in p.frontends)
            assert len(published.changes) - count <= 5
            assert len(published.frontends) == 51


async def test_throttle_duration_spaces_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def remember(seconds: float) -> None:
        pauses.append(seconds)
        await sleep(min(seconds, 0.01))

    async with OldApi() as api:
        await cheese(api)
        monkeypatch.setattr(session.asyncio, "sleep", remember)
        async with providing(api, throttle_duration=7_000_000_000) as published:
            await published.ready()
            await api.watched()
            await api.put("ingresses", ingress("two", "b.test"))
            await published.until(lambda p: "b.test/" in p.frontends)
            await api.put("ingresses", ingress("three", "c.test"))
            await published.until(lambda p: "c.test/" in p.frontends)
            assert 7.0 in pauses


async def test_an_outage_changes_no_route_and_its_end_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # Ingress classes are not served here: asking for them often makes that informer take part in the outage.
    monkeypatch.setattr(informer, "RETRY_FORBIDDEN_S", 0.05)
    monkeypatch.setattr(informer, "PATIENCE", 0)
    async with OldApi() as api:
        await cheese(api)
        async with providing(api) as published:
            await published.ready()
            await api.watched()
            count = len(published.changes)
            await api.stop()
            await published.until(lambda p: "the last known state holds" in p.told())
            await api.start()
            await published.until(lambda p: "Kubernetes API server" not in p.told())
            later = published.changes[count:]
            assert all(not change.frontends and not change.backends for change in later)
            assert published.urls("a.test/") == {"http://10.0.0.1:8080"}


async def test_an_ingress_waits_for_its_secret_but_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FETCH_S", 0.2)
    monkeypatch.setattr(session, "REREAD_S", 0.1)
    async with OldApi() as api:
        await cheese(api)
        async with providing(api) as published:
            await published.ready()
            await api.watched()
            await api.put("secrets", {"metadata": {"name": "pair"}, "data": {"tls.crt": PEM, "tls.key": PEM}})
            fault = api.fail(lambda r: r.path.endswith("/secrets/pair"), 500, times=1000)
            await api.put("ingresses", ingress("two", "b.test", tls="pair"))
            await published.until(lambda p: "b.test/" in p.frontends and p.frontends["b.test/"].refuse)
            await api.put("ingresses", ingress("three", "c.test"))
            await published.until(lambda p: "c.test/" in p.frontends)
            fault.times = 0
            await published.until(lambda p: not p.frontends["b.test/"].refuse)
            assert "default/pair" in published.tls


async def test_options_that_cannot_work_are_told_once_and_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "START_RETRY_S", 0.01)
    tries = 0

    def failing(options: Kubernetes) -> Any:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise StartError("kubernetes.kubeconfig: cannot read /none")
        return prepare(options)

    monkeypatch.setattr(module, "prepare", failing)
    logged = Logged()
    module._LOG.addHandler(logged)
    try:
        async with OldApi() as api:
            await cheese(api)
            async with providing(api) as published:
                await published.until(lambda p: p.urls("a.test/"))
        assert len([line for line in logged.lines if "cannot read /none" in line]) == 1
    finally:
        module._LOG.removeHandler(logged)


def test_a_bad_label_selector_is_refused_by_name() -> None:
    with pytest.raises(StartError, match=r"kubernetes\.labelSelector: .*a b"):
        prepare(Kubernetes(endpoint="http://localhost", label_selector="a b"))


def test_news_keep_the_latest_word_on_each_object() -> None:
    news, thing = News(), Service(namespace="a", name="b")
    news.event(ObjectEvent(kind=SERVICE, namespace="a", name="b", object=thing))
    news.event(ObjectEvent(kind=SERVICE, namespace="a", name="b", object=None))
    news.event(ObjectEvent(kind=SERVICE, namespace="a", name="c", object=None))
    assert [(event.name, event.object) for event in news.take_events()] == [("b", None), ("c", None)]
    assert news.take_events() == []


def test_news_tell_an_outage_when_the_first_is_away_and_its_end_when_the_last_is_back() -> None:
    news = News()
    news.away("services", ValueError("refused"))
    news.away("ingresses", ValueError("refused too"))
    (told,) = news.take_problems().values()
    assert "refused)" in str(told[0])
    assert told[0].severity is Severity.ERROR
    news.back("services")
    assert news.take_problems() == {}
    news.back("ingresses")
    assert list(news.take_problems().values()) == [()]


def test_the_second_of_joined_changes_has_the_last_word() -> None:
    problem = Problem(object="x", message="m")
    first = Change(backends={"a": Backend(), "b": Backend()}, problems={"x": (problem,)})
    second = Change(backends={"a": None}, problems={"x": ()})
    assert joined(first, second) == Change(backends={"a": None, "b": Backend()}, problems={"x": ()})
