"""Chapters 7 and 8 of the walk-through: white lists and headers."""

import pytest

from support.folder import PREFIX, Folder, ingress, service
from support.upstream import Upstream

RANGE = "traefik.ingress.kubernetes.io/whitelist-source-range"
FORWARDED = "ingress.kubernetes.io/whitelist-x-forwarded-for"
REQUEST = "ingress.kubernetes.io/custom-request-headers"
RESPONSE = "ingress.kubernetes.io/custom-response-headers"


@pytest.fixture
def game(upstreams: list[Upstream]) -> Upstream:
    upstreams.append(Upstream("gm-v1"))
    return upstreams[0]


def played(folder: Folder, game: Upstream, annotations: dict[str, str], **fields: str):  # type: ignore[no-untyped-def]
    folder.apply(
        ingress("dm0-gm", {"localhost": {"/dm0/gm": "gm-v1"}}, PREFIX),
        ingress("dm1-gm", {"localhost": {"/dm1/gm": "gm-v1"}}, {**PREFIX, **annotations}),
        service("gm-v1", game),
    )
    assert folder.running is not None
    assert folder.running.get("/dm0/gm/call").status == 200
    game.received.clear()
    return folder.running.get("/dm1/gm/call", **fields)


@pytest.mark.parametrize(
    ("ranges", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.0/8", 200),
        ("1.2.3.0/24, fe80::/16", 403),
        ("1.2.3.0/24, 127.0.0.1", 200),
        ("10.0.0.1", 403),
    ],
)
def test_a_white_list_lets_its_addresses_in(folder: Folder, game: Upstream, ranges: str, status: int) -> None:
    answer = played(folder, game, {RANGE: ranges})
    assert answer.status == status
    if status == 403:
        assert answer.text == "Forbidden"
        assert game.received == []


@pytest.mark.parametrize(("client", "status"), [("10.0.0.7", 200), ("11.0.0.7", 403)])
def test_a_white_list_may_look_at_x_forwarded_for(folder: Folder, game: Upstream, client: str, status: int) -> None:
    annotations = {RANGE: "10.0.0.0/8", FORWARDED: "true"}
    assert played(folder, game, annotations, X_Forwarded_For=client).status == status


def test_a_broken_white_list_lets_nobody_in(folder: Folder, game: Upstream) -> None:
    assert played(folder, game, {RANGE: "127.0.0.1/99"}).status == 404
    assert game.received == []


def test_headers_are_added_replaced_and_removed_on_the_way_in(folder: Folder, game: Upstream) -> None:
    played(folder, game, {REQUEST: "X-Custom-Id: test||X-Other: b||X-Gone:"}, X_Gone="1", X_Other="a")
    (request,) = game.received
    assert request.values("X-Custom-Id") == ["test"]
    assert request.values("X-Other") == ["b"]
    assert request.values("X-Gone") == []


def test_headers_are_added_and_removed_on_the_way_back(folder: Folder, game: Upstream) -> None:
    game.answer = lambda request: b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: secret\r\n\r\n"
    answer = played(folder, game, {RESPONSE: "X-Out: yes||Server:"})
    assert answer.value("X-Out") == "yes"
    assert answer.value("Server") is None


def test_every_request_says_where_it_came_from(folder: Folder, game: Upstream) -> None:
    played(folder, game, {})
    (request,) = game.received
    assert request.values("X-Forwarded-For") == ["127.0.0.1"]
    assert request.values("X-Real-Ip") == ["127.0.0.1"]
    assert request.values("X-Forwarded-Host") == ["localhost"]
    assert request.values("X-Forwarded-Proto") == ["http"]
    assert request.values("X-Forwarded-Port") == ["80"]
    assert len(request.values("X-Forwarded-Server")) == 1
