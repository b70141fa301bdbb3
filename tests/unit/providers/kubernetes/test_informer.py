"""The informer against an API server that fails in every way it can."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pointsman.providers.kubernetes import client as client_module
from pointsman.providers.kubernetes import informer as module
from pointsman.providers.kubernetes.access import Access, trust
from pointsman.providers.kubernetes.backoff import Backoff
from pointsman.providers.kubernetes.client import Client
from pointsman.providers.kubernetes.discovery import ADDRESSES, INGRESSES, SECRETS, SERVICES, Discovery
from pointsman.providers.kubernetes.informer import Informer, Interest
from pointsman.providers.kubernetes.objects import Endpoints, Ingress, Secret, Service
from pointsman.providers.kubernetes.tokens import NoToken, TokenFile, TokenSource
from support.oldapi import OldApi
from support.recorder import Recorder

pytestmark = pytest.mark.timeout(30)


def service(name: str, port: int = 80, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, **more}, "spec": {"ports": [{"port": port}]}}


def ingress(name: str) -> dict[str, Any]:
    backend = {"serviceName": "web", "servicePort": 80}
    return {"metadata": {"name": name}, "spec": {"rules": [{"host": "a.b", "http": {"paths": [{"backend": backend}]}}]}}


@asynccontextmanager
async def informing(
    api: OldApi, interest: Interest | None = None, token: TokenSource | None = None
) -> AsyncIterator[tuple[Informer, Recorder]]:
    """An informer at work on this API server; services unless told otherwise."""
    access = Access(server=api.url, tls=trust(None, ""), token=token or NoToken(), origin="test")
    client, sink = Client(access), Recorder()
    interest = interest or Interest(name="services", candidates=SERVICES)
    informer = Informer(interest, Discovery(client), sink, backoff=Backoff(0.02, 0.1))
    task = asyncio.create_task(informer.run())
    try:
        yield informer, sink
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.close()


async def test_lists_then_follows_every_change() -> None:
    async with OldApi() as api:
        await api.put("services", service("a"))
        async with informing(api) as (informer, sink):
            await informer.synced.wait()
            assert sink.objects.keys() == {"a"}
            await api.watched("services")
            await api.put("services", service("b", 81))
            await sink.until(lambda s: "b" in s.objects)
            await api.put("services", service("b", 82))
            await sink.until(lambda s: s.objects["b"].ports[0].port == 82)  # type: ignore[union-attr]
            await api.delete("services", "a")
            await sink.until(lambda s: s.objects.keys() == {"b"})
            assert len(api.asked("services", watch=True)) == 1


async def test_reads_all_pages_of_a_list() -> None:
    async with OldApi() as api:
        api.page_size = 3
        for number in range(10):
            await api.put("services", service(f"s{number}"))
        async with informing(api) as (informer, sink):
            await informer.synced.wait()
            assert len(sink.objects) == 10
            pages = [r for r in api.asked("services", watch=False) if r.query["limit"] == "500"]
            assert len(pages) == 4


async def test_a_list_that_expires_between_pages_is_read_in_one_piece() -> None:
    async with OldApi() as api:
        api.page_size = 3
        for number in range(10):
            await api.put("services", service(f"s{number}"))
        api.fail(lambda r: "continue" in r.query, 410)
        async with informing(api) as (informer, sink):
            await informer.synced.wait()
            assert len(sink.objects) == 10


async def test_a_change_that_does_not_matter_says_nothing() -> None:
    async with OldApi() as api:
        await api.put("services", service("a"))
        async with informing(api) as (_, sink):
            await api.watched("services")
            await api.put("services", service("a", resourceVersion="7", managedFields=[{"manager": "kubectl"}]))
            await api.put("services", service("b"))
            await sink.until(lambda s: "b" in s.objects)
            assert [event.name for event in sink.events] == ["a", "b"]


async def test_a_cut_stream_goes_on_where_it_was() -> None:
    async with OldApi() as api, informing(api) as (informer, sink):
        await informer.synced.wait()
        await api.watched("services")
        await api.put("services", service("a"))
        await sink.until(lambda s: "a" in s.objects)
        api.cut("services")
        await api.put("services", service("b"))
        await sink.until(lambda s: "b" in s.objects)
        lists = [r for r in api.asked("services", watch=False) if r.query["limit"] == "500"]
        assert len(lists) == 1
        assert not sink.outages


async def test_after_expiry_only_real_differences_are_told() -> None:
    async with OldApi() as api:
        for name in ("same", "changed", "lost"):
            await api.put("services", service(name))
        async with informing(api) as (_, sink):
            await api.watched("services")
            told = len(sink.events)
            api.cut("services")
            api.forget("services", "lost")
            await api.put("services", service("changed", 90))
            await api.put("services", service("new"))
            api.compact()
            await sink.until(lambda s: "new" in s.objects and "lost" not in s.objects)
            after = {(event.name, event.object is None) for event in sink.events[told:]}
            assert after == {("lost", True), ("changed", False), ("new", False)}


async def test_a_bookmark_moves_the_place_to_go_on_from() -> None:
    async with OldApi() as api:
        await api.put("services", service("a"))
        async with informing(api) as (_, sink):
            await api.watched("services")
            await api.put("endpoints", {"metadata": {"name": "other"}})
            await api.bookmark("services")
            await api.put("services", service("b"))
            await sink.until(lambda s: "b" in s.objects)
            await api.put("endpoints", {"metadata": {"name": "other"}})
            await api.bookmark("services")
            expected = str(api.version)
            api.finish("services")
            await api.until(lambda: len(api.asked("services", watch=True)) == 2)
            assert api.asked("services", watch=True)[-1].query["resourceVersion"] == expected


@pytest.mark.parametrize("line", [b"{not json\n", b'{"type":"ADDED","object":{"metadata":{"name":5}}}\n', b"[]\n"])
async def test_a_malformed_line_leads_to_a_new_list(line: bytes) -> None:
    async with OldApi() as api:
        await api.put("services", service("a"))
        async with informing(api) as (_, sink):
            await api.watched("services")
            api.send("services", line)
            await api.until(lambda: len(api.asked("services", watch=True)) == 2)
            await api.watched("services")
            await api.put("services", service("b"))
            await sink.until(lambda s: s.objects.keys() == {"a", "b"})


async def test_an_object_of_the_wrong_shape_is_a_problem_and_keeps_its_last_state() -> None:
    async with OldApi() as api:
        await api.put("services", service("a", 80))
        async with informing(api) as (_, sink):
            await api.watched("services")
            await api.put("services", {"metadata": {"name": "a"}, "spec": {"ports": "many"}})
            await sink.until(lambda s: "Service default/a" in s.problems)
            await api.put("services", service("b"))
            await sink.until(lambda s: "b" in s.objects)
            assert sink.objects["a"].ports[0].port == 80  # type: ignore[union-attr]
            await api.put("services", service("a", 81))
            await sink.until(lambda s: not s.problems)
            assert sink.objects["a"].ports[0].port == 81  # type: ignore[union-attr]


async def test_a_rotated_token_is_read_after_a_401(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("first\n")
    async with OldApi() as api:
        api.token = "first"
        await api.put("services", service("a"))
        async with informing(api, token=TokenFile(token)) as (informer, sink):
            await informer.synced.wait()
            await api.watched("services")
            api.token = "second"
            api.cut("services")
            await sink.until(lambda s: s.away_now)
            token.write_text("second\n")
            await sink.until(lambda s: not s.away_now)
            await api.put("services", service("b"))
            await sink.until(lambda s: s.objects.keys() == {"a", "b"})
            assert "first" not in " ".join(sink.outages)


async def test_retry_after_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = asyncio.sleep

    async def remember(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    async with OldApi() as api:
        api.fail(lambda r: r.plural == "services", 429, times=2, Retry_After="7")
        monkeypatch.setattr(module.asyncio, "sleep", remember)
        async with informing(api) as (informer, _):
            await informer.synced.wait()
            assert waits[:2] == [7, 7]


async def test_no_retry_after_keeps_it_away_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_ASKED_S", 0.05)
    async with OldApi() as api:
        api.fail(lambda r: r.plural == "services", 503, Retry_After="86400")
        async with informing(api) as (informer, _):
            await informer.synced.wait()


async def test_an_answer_that_never_comes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "READ_S", 0.2)
    async with OldApi() as api:
        api.fail(lambda r: r.plural == "services", 0, times=2)
        async with informing(api) as (informer, sink):
            await informer.synced.wait()
            assert "did not answer in time" in sink.outages[0]


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_server_errors_are_survived_and_told(status: int) -> None:
    async with OldApi() as api:
        fault = api.fail(lambda r: r.plural == "services", status, times=1000)
        async with informing(api) as (informer, sink):
            await sink.until(lambda s: s.away_now)
            assert not informer.synced.is_set()
            assert str(status) in sink.outages[0]
            fault.times = 0
            await informer.synced.wait()
            await sink.until(lambda s: not s.away_now)


async def test_the_last_state_holds_while_the_api_server_is_down_and_is_brought_up_to_date_after() -> None:
    async with OldApi() as api:
        await api.put("services", service("a"))
        await api.put("services", service("b"))
        async with informing(api) as (informer, sink):
            await api.watched("services")
            await api.stop()
            await sink.until(lambda s: s.away_now)
            assert informer.synced.is_set()
            assert sink.objects.keys() == {"a", "b"}
            await api.delete("services", "b")
            api.compact()
            await api.start()
            await sink.until(lambda s: s.objects.keys() == {"a"} and not s.away_now)


async def test_an_api_server_restored_from_a_backup_is_listed_again() -> None:
    async with OldApi() as api:
        await api.put("services", service("a"))
        await api.put("services", service("b"))
        async with informing(api) as (_, sink):
            await api.watched("services")
            await api.stop()
            await sink.until(lambda s: s.away_now)
            api.forget("services", "b")
            api.version = 1
            await api.start()
            await sink.until(lambda s: s.objects.keys() == {"a"})


async def test_started_before_the_api_server_it_becomes_ready_with_it() -> None:
    async with OldApi() as api:
        await api.put("services", service("a"))
        await api.stop()
        async with informing(api) as (informer, sink):
            await sink.until(lambda s: s.away_now)
            assert not informer.synced.is_set()
            await api.start()
            await informer.synced.wait()
            assert sink.objects.keys() == {"a"}


async def test_old_clusters_are_read_by_their_old_versions() -> None:
    async with OldApi() as api:
        await api.put("ingresses", ingress("cheese"))
        await api.put("endpoints", {"metadata": {"name": "web"}, "subsets": [{"addresses": [{"ip": "10.0.0.1"}]}]})
        for name, candidates, kind in (("ingresses", INGRESSES, Ingress), ("endpoints", ADDRESSES, Endpoints)):
            async with informing(api, Interest(name=name, candidates=candidates)) as (informer, sink):
                await informer.synced.wait()
                (thing,) = sink.objects.values()
                assert isinstance(thing, kind)


async def test_without_permission_an_optional_kind_is_done_without_until_it_is_permitted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETRY_FORBIDDEN_S", 0.1)
    async with OldApi() as api:
        api.forbidden.add("secrets")
        await api.put("secrets", {"metadata": {"name": "tls"}, "data": {"tls.crt": "YQ=="}})
        async with informing(api, Interest(name="secrets", candidates=SECRETS, required=False)) as (informer, sink):
            await informer.synced.wait()
            assert "done without" in sink.problems["secrets"].message
            api.forbidden.clear()
            await sink.until(lambda s: "tls" in s.objects and not s.problems)


async def test_without_permission_a_required_kind_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RETRY_FORBIDDEN_S", 0.1)
    async with OldApi() as api:
        api.forbidden.add("services")
        async with informing(api) as (informer, sink):
            await sink.until(lambda s: "services" in s.problems)
            assert not informer.synced.is_set()
            api.forbidden.clear()
            await informer.synced.wait()


async def test_only_wanted_objects_are_kept() -> None:
    wanted = {("default", "tls")}
    interest = Interest(name="secrets", candidates=SECRETS, keep=lambda *key: key in wanted)
    async with OldApi() as api:
        for name in ("tls", "other", "later"):
            await api.put("secrets", {"metadata": {"name": name}, "data": {"k": "MQ=="}})
        async with informing(api, interest) as (informer, sink):
            await api.watched("secrets")
            assert sink.objects.keys() == {"tls"}
            await api.put("secrets", {"metadata": {"name": "other"}, "data": {"k": "Mg=="}})
            wanted.add(("default", "later"))
            await informer.fetch("default", "later")
            assert sink.objects.keys() == {"tls", "later"}
            await api.put("secrets", {"metadata": {"name": "later"}, "data": {"k": "Mw=="}})
            await sink.until(lambda s: isinstance(x := s.objects["later"], Secret) and x.get("k") == b"3")
            wanted.remove(("default", "tls"))
            informer.drop("default", "tls")
            assert sink.objects.keys() == {"later"}
            assert len(informer.state) == 1


async def test_what_the_watch_brings_is_newer_than_what_was_fetched_meanwhile() -> None:
    wanted: set[tuple[str, str]] = set()
    interest = Interest(name="secrets", candidates=SECRETS, keep=lambda *key: key in wanted)
    async with OldApi() as api:
        await api.put("secrets", {"metadata": {"name": "tls"}, "data": {"k": "MQ=="}})
        async with informing(api, interest) as (informer, sink):
            await api.watched("secrets")
            wanted.add(("default", "tls"))
            old = await informer._client.get("/api/v1/namespaces/default/secrets/tls")
            get: Callable[..., Awaitable[bytes]] = informer._client.get

            async def slow(path: str, query: Any = None) -> bytes:
                if not path.endswith("/tls"):
                    return await get(path, query)
                await api.put("secrets", {"metadata": {"name": "tls"}, "data": {"k": "Mg=="}})
                await sink.until(lambda s: "tls" in s.objects)
                return old

            informer._client.get = slow  # type: ignore[assignment, method-assign]
            await informer.fetch("default", "tls")
            thing = sink.objects["tls"]
            assert isinstance(thing, Secret)
            assert thing.get("k") == b"2"


async def test_a_namespace_is_asked_for_alone() -> None:
    async with OldApi() as api:
        await api.put("services", service("mine", namespace="a"))
        await api.put("services", service("other", namespace="b"))
        interest = Interest(name="services", candidates=SERVICES, namespace="a")
        async with informing(api, interest) as (informer, sink):
            await informer.synced.wait()
            assert sink.objects == {"mine": Service(namespace="a", name="mine", ports=sink.objects["mine"].ports)}  # type: ignore[union-attr]
