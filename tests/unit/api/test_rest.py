"""PUT of a configuration: 1.7's answers, and what reaches the provider."""

import json

import pytest

from pointsman.api import rest
from pointsman.api.server import Request, Response
from pointsman.providers.rest import Inbox

DOCUMENT = {
    "frontends": {
        "f": {
            "backend": "b",
            "routes": {"r": {"rule": "Host:a"}},
            "auth": {"basic": {"users": ["ann:{SHA}x"], "usersFile": "/users"}},
        }
    },
    "backends": {"b": {"servers": {"s": {"url": "http://10.0.0.1:80"}}}},
}
ECHO = {
    "backends": {"b": {"servers": {"s": {"url": "http://10.0.0.1:80", "weight": 1}}}},
    "frontends": {
        "f": {
            "backend": "b",
            "routes": {"r": {"rule": "Host:a"}},
            "priority": 0,
            "basicAuth": None,
            "auth": {"basic": {"usersFile": "/users"}},
        }
    },
}


async def put(inbox: Inbox, body: bytes, name: str = "rest") -> Response:
    return await rest.put(inbox, Request(method="PUT", path=f"/api/providers/{name}", body=body))


@pytest.mark.parametrize("name", ["rest", "web"])
async def test_what_was_understood_comes_back_without_secrets(name: str) -> None:
    inbox = Inbox()
    answer = await put(inbox, json.dumps(DOCUMENT).encode(), name)
    assert (answer.status, answer.content_type) == (200, "application/json; charset=UTF-8")
    assert json.loads(answer.body) == ECHO
    assert inbox.current.frontends["f"].auth is not None


async def test_other_providers_cannot_be_told() -> None:
    answer = await put(Inbox(), b"{}", "file")
    assert (answer.status, answer.content_type) == (400, "text/plain; charset=utf-8")
    assert answer.body == b"Only 'rest' provider can be updated through the REST API"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"frontends": {"f": {"backend": 1}}}', b"\xff", b"[" * 100_000])
async def test_what_is_no_configuration_changes_nothing(body: bytes) -> None:
    inbox = Inbox()
    await put(inbox, json.dumps(DOCUMENT).encode())
    before = inbox.current
    answer = await put(inbox, body)
    assert answer.status == 400
    assert answer.body.endswith(b"\n")
    assert answer.headers == {"X-Content-Type-Options": "nosniff"}
    assert inbox.current is before


async def test_a_secret_of_the_wrong_type_is_not_told() -> None:
    answer = await put(Inbox(), b'{"frontends": {"f": {"auth": {"basic": {"users": "s3cr3t"}}}}}')
    assert answer.status == 400
    assert b"s3cr3t" not in answer.body


def test_only_puts_below_providers_are_for_us() -> None:
    assert rest.is_put(Request(method="PUT", path="/api/providers/x"))
    assert not rest.is_put(Request(method="PUT", path="/api"))
    assert not rest.is_put(Request(method="GET", path="/api/providers/rest"))
