"""The client: errors in words, the second try after a 401, lines of a stream however they are cut."""

import asyncio
import itertools
import ssl
from collections.abc import AsyncIterator

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

from pointsman.providers.kubernetes import client as module
from pointsman.providers.kubernetes.access import Access, trust
from pointsman.providers.kubernetes.client import ApiError, Client, Unreachable, _split
from pointsman.providers.kubernetes.tokens import NoToken, StaticToken
from support.oldapi import OldApi


class Renewable:
    """A token source that gives a better token when the first was refused."""

    async def authorization(self, *, refused: bool = False) -> str:
        return "Bearer good" if refused else "Bearer stale"


async def test_a_401_is_answered_once_with_a_renewed_token() -> None:
    async with OldApi() as api:
        api.token = "good"
        client = Client(Access(server=api.url, tls=trust(None, ""), token=Renewable(), origin=""))
        await client.get("/api/v1/services")
        assert [r.headers["authorization"] for r in api.requests] == ["Bearer stale", "Bearer good"]
        api.token = "another"
        with pytest.raises(ApiError) as caught:
            await client.get("/api/v1/services")
        assert caught.value.status == 401
        assert len(api.requests) == 4
        await client.close()


async def test_errors_carry_status_message_and_retry_after_but_no_token() -> None:
    async with OldApi() as api:
        api.fail(lambda r: True, 429, Retry_After="3")
        client = Client(Access(server=api.url, tls=trust(None, ""), token=StaticToken("hunter2", ""), origin=""))
        with pytest.raises(ApiError) as caught:
            await client.get("/api/v1/services")
        assert (caught.value.status, caught.value.retry_after_s, str(caught.value)) == (429, 3.0, "429: ordered")
        await client.close()


async def test_nobody_there() -> None:
    async with OldApi() as api:
        await api.stop()
        client = Client(Access(server=api.url, tls=trust(None, ""), token=NoToken(), origin=""))
        with pytest.raises(Unreachable, match=api.url):
            await client.get("/api")
        await client.close()


async def test_tls_is_verified_against_the_given_authority_and_name() -> None:
    authority = trustme.CA()
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("kubernetes").configure_cert(serving)
    trusted = ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())
    async with OldApi(tls=serving) as api:
        for context, name, good in ((trusted, "kubernetes", True), (trusted, "", False), (trust(None, ""), "", False)):
            client = Client(Access(server=api.url, tls=context, tls_name=name, token=NoToken(), origin=""))
            if good:
                assert b"items" in await client.get("/api/v1/services")
            else:
                with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
                    await client.get("/api/v1/services")
            await client.close()


async def test_a_silent_stream_ends() -> None:
    async with OldApi() as api:
        client = Client(Access(server=api.url, tls=trust(None, ""), token=NoToken(), origin=""))

        async def read() -> None:
            async with client.lines("/api/v1/services", {"watch": 1}, idle_s=0.1) as lines:
                async for _ in lines:
                    pass

        with pytest.raises(Unreachable, match="in time"):
            await read()
        await client.close()


async def chunked(data: bytes, cuts: list[int]) -> AsyncIterator[bytes]:
    places = sorted({min(cut, len(data)) for cut in cuts} | {0, len(data)})
    for start, end in itertools.pairwise(places):
        yield data[start:end]


@given(st.lists(st.binary().map(lambda b: b.replace(b"\n", b" ")), max_size=8), st.lists(st.integers(0, 200)))
def test_lines_are_the_same_however_they_arrive(lines: list[bytes], cuts: list[int]) -> None:
    async def read() -> list[bytes]:
        return [line async for line in _split(chunked(b"".join(line + b"\n" for line in lines), cuts))]

    assert asyncio.run(read()) == [line for line in lines if line]


async def test_an_endless_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINE_BYTES", 10)
    with pytest.raises(Unreachable, match="longer than"):
        [line async for line in _split(chunked(b"x" * 100, list(range(0, 100, 5))))]
