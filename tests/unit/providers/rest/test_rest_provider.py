"""What is PUT as JSON, and what the provider publishes of it."""

import asyncio
import contextlib
import json
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.dynamic import Backend, Change, Dynamic, Frontend, Rate, RateLimit, ResponseForwarding, Server
from pointsman.providers.rest import Inbox, Refused, RestProvider
from pointsman.providers.rest.decoding import decode_configuration


def decoded(**sections: object) -> Dynamic:
    found = decode_configuration(json.dumps(sections).encode())
    assert found is not None
    return found


def limited(period: object) -> Dynamic:
    rates = {"r": {"period": period, "average": 1, "burst": 2}}
    return decoded(frontends={"f": {"ratelimit": {"rateset": rates, "extractorFunc": "client.ip"}}})


@pytest.mark.parametrize(("period", "ns"), [(3_000_000_000, 3_000_000_000), ("3s", 3_000_000_000), (5, 5)])
def test_durations_are_nanoseconds_or_have_a_unit(period: object, ns: int) -> None:
    rate = Rate(period=ns, average=1, burst=2)
    assert limited(period).frontends["f"].rate_limit == RateLimit(rate_set={"r": rate}, extractor_func="client.ip")


@pytest.mark.parametrize("period", ["3", "soon", 1.5, True, -1])
def test_other_durations_are_refused(period: object) -> None:
    with pytest.raises(Refused):
        limited(period)


def test_names_are_those_of_the_api_in_any_case() -> None:
    found = decoded(
        BACKENDS={"b": {"Servers": {"s": {"URL": "http://a"}}, "forwardingResponse": {"flushInterval": "1s"}}}
    )
    expected = Backend(
        servers={"s": Server(url="http://a")}, response_forwarding=ResponseForwarding(flush_interval="1s")
    )
    assert found == Dynamic(backends={"b": expected})


def test_null_is_as_good_as_absent() -> None:
    assert decoded(frontends={"f": {"backend": "b", "auth": None, "basicAuth": None}}, backends=None) == Dynamic(
        frontends={"f": Frontend(backend="b")}
    )


@pytest.mark.parametrize("body", [b"null", b"{}", b'{"frontends": null}', b'{"other": 1}'])
def test_without_any_section_there_is_no_configuration(body: bytes) -> None:
    assert decode_configuration(body) is None


def test_an_empty_section_is_one() -> None:
    assert decode_configuration(b'{"frontends": {}}') == Dynamic()


def test_unknown_keys_are_told_and_the_rest_is_taken() -> None:
    found = decoded(frontends={"f": {"backend": "b", "prioritty": 3}})
    assert found.frontends == {"f": Frontend(backend="b")}
    (problem,) = found.problems
    assert (problem.object, problem.key) == ("frontend f", "prioritty")
    assert problem.remedy == "did you mean `priority`?"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.sampled_from(["frontends", "f", "auth"]), below),
)


@given(JSON)
def test_no_document_does_harm(document: object) -> None:
    found: object = None
    with contextlib.suppress(Refused):
        found = decode_configuration(json.dumps(document).encode())
    assert found is None or isinstance(found, Dynamic)


async def test_the_provider_reports_at_once_and_then_every_difference() -> None:
    inbox, said = Inbox(), asyncio.Queue[Change]()
    running = asyncio.create_task(RestProvider(inbox).run(said.put_nowait))
    assert not await asyncio.wait_for(said.get(), 10)
    await inbox.put(b'{"frontends": {"f": {"backend": "b"}}}')
    assert (await asyncio.wait_for(said.get(), 10)).frontends == {"f": Frontend(backend="b")}
    await inbox.put(b"{}")
    await inbox.put(b'{"backends": {"b": {}}}')
    last = await asyncio.wait_for(said.get(), 10)
    assert last.frontends == {"f": None}
    assert last.backends == {"b": Backend()}
    running.cancel()


async def test_what_was_put_outlives_the_process(tmp_path: Path) -> None:
    kept = tmp_path / "rest.json"
    await Inbox(kept).put(b'{"frontends": {"f": {"backend": "b"}}}')
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert Inbox(kept).current.frontends == {"f": Frontend(backend="b")}
    kept.write_bytes(b"{")
    assert Inbox(kept).current == Dynamic()


async def test_a_full_disk_does_not_refuse_a_put(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "missing" / "rest.json")
    await inbox.put(b'{"frontends": {"f": {"backend": "b"}}}')
    assert list(inbox.current.frontends) == ["f"]
