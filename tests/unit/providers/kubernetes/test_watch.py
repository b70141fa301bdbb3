"""Whatever an API server sends, list and watch answer with objects or with one of two errors."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.providers.kubernetes.client import ApiError, Unreachable
from pointsman.providers.kubernetes.discovery import ADDRESSES, INGRESS_CLASSES, INGRESSES, SECRETS, SERVICES, Discovery
from pointsman.providers.kubernetes.informer import Informer, Interest
from pointsman.providers.kubernetes.watch import LIFE_S, Listing, Malformed, Where, watch
from support.recorder import Recorder

WHERE = Where(resource=SERVICES[0], namespace="a", labels="x=y")
KINDS = [*INGRESSES[:1], *SERVICES, *ADDRESSES, *SECRETS, *INGRESS_CLASSES[:1]]

WORDS = """metadata spec name namespace annotations labels rules http paths path backend service port number tls ports
data endpoints addresses conditions ready subsets targetRef type controller ip defaultBackend resourceVersion"""
words = st.sampled_from(WORDS.split())
anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=4),
    max_leaves=20,
)
objects = st.dictionaries(words, anything, max_size=4).map(lambda d: d | {"metadata": {"name": "n", "namespace": "a"}})


class Canned:
    """The parts of the client that list and watch use, with answers made before."""

    def __init__(self, *answers: bytes) -> None:
        self.answers, self.asked = list(answers), []  # type: ignore[var-annotated]

    async def get(self, path: str, query: Mapping[str, str | int]) -> bytes:
        self.asked.append((path, dict(query)))
        return self.answers.pop(0)

    @asynccontextmanager
    async def lines(
        self, path: str, query: Mapping[str, str | int], idle_s: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        self.asked.append((path, dict(query)))

        async def each() -> AsyncIterator[bytes]:
            for answer in self.answers:
                yield answer

        yield each()


async def followed(*lines: bytes) -> list[Any]:
    canned = Canned(*lines)
    return [event async for event in watch(canned, WHERE, "5", lambda: None)]  # type: ignore[arg-type]


@given(st.binary(max_size=60) | anything.map(lambda value: json.dumps(value).encode()))
def test_any_line_is_an_event_or_a_refusal(line: bytes) -> None:
    with suppress(ApiError, Unreachable):
        asyncio.run(followed(line))


@given(st.sampled_from(KINDS), objects)
def test_an_object_of_any_shape_is_taken_or_a_problem(resource: Any, document: dict[str, Any]) -> None:
    sink = Recorder()
    informer = Informer(Interest(name="any", candidates=(resource,)), Discovery(None), sink)  # type: ignore[arg-type]
    informer._take((resource.kind, "a", "n"), json.dumps(document).encode())
    assert bool(sink.objects) != bool(sink.problems)


async def test_what_a_watch_asks_for() -> None:
    canned = Canned()
    [event async for event in watch(canned, WHERE, "5", lambda: None)]  # type: ignore[arg-type]
    ((path, query),) = canned.asked
    assert path == "/api/v1/namespaces/a/services"
    assert LIFE_S[0] <= query.pop("timeoutSeconds") <= LIFE_S[1]
    assert query == {"watch": 1, "allowWatchBookmarks": "true", "resourceVersion": "5", "labelSelector": "x=y"}


async def test_an_error_event_carries_its_code() -> None:
    line = {"type": "ERROR", "object": {"kind": "Status", "code": 410, "message": "too old"}}
    with pytest.raises(ApiError, match="too old") as caught:
        await followed(json.dumps(line).encode())
    assert caught.value.status == 410


async def test_pages_are_asked_for_until_the_last() -> None:
    item = {"metadata": {"name": "n", "namespace": "a"}}
    canned = Canned(
        json.dumps({"metadata": {"resourceVersion": "8", "continue": "more"}, "items": [item]}).encode(),
        json.dumps({"metadata": {"resourceVersion": "8"}, "items": None}).encode(),
    )
    listing = Listing(canned, WHERE)  # type: ignore[arg-type]
    names = [meta.name async for page in listing.pages() for meta, _ in page]
    assert (names, listing.version) == (["n"], "8")
    assert [query.get("continue") for _, query in canned.asked] == [None, "more"]


@pytest.mark.parametrize(
    "answer", [b"<html>", b"[]", b'{"metadata": {}, "items": [5]}', b'{"metadata": {}, "items": [{}]}']
)
async def test_a_list_that_is_none_is_malformed(answer: bytes) -> None:
    with pytest.raises(Malformed):
        [list(page) async for page in Listing(Canned(answer), WHERE).pages()]  # type: ignore[arg-type]
