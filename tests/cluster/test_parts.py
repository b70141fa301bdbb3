"""Parts of the test cluster's node that need no cluster."""

import asyncio
import struct
from pathlib import Path
from typing import Any

import pytest

from support.cluster.node import logs, relay, sockets
from support.cluster.node.client import Cache, Client
from support.cluster.node.dns import answer
from support.cluster.node.environment import expand
from support.cluster.node.facts import Facts, Missing
from support.cluster.node.known import Known
from support.cluster.node.published import publish
from support.cluster.node.relay import Listener, Target
from support.cluster.node.services import Place, Services
from support.cluster.node.settings import Image, Settings


def query(name: str, kind: int = 1) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return b"\x12\x34" + struct.pack("!HHHHH", 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!HH", kind, 1)


def test_dns_answers_services_and_denies_all_else() -> None:
    def look_up(namespace: str, name: str) -> list[str] | None:
        return ["10.96.0.7"] if (namespace, name) == ("default", "web") else None

    found = answer(query("Web.default.svc.cluster.local"), look_up)
    assert found[:2] == b"\x12\x34"
    assert found.endswith(b"\0\4\x0a\x60\0\7")
    assert answer(query("web.default.svc.cluster.local", 28), look_up)[3] & 15 == 0
    assert answer(query("brie.default.svc.cluster.local"), look_up)[3] & 15 == 3
    assert answer(query("example.org"), look_up)[3] & 15 == 3
    with pytest.raises(IndexError):
        answer(query("web.default")[:20], look_up)


def test_published_files_are_swapped_in_one_step(tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    publish(volume, {"a": (b"1", 0o600), "below/b": (b"2", 0o644)})
    first = (volume / "..data").resolve()
    assert (volume / "a").read_bytes() + (volume / "below" / "b").read_bytes() == b"12"
    publish(volume, {"a": (b"1", 0o600), "below/b": (b"2", 0o644)})
    assert (volume / "..data").resolve() == first
    publish(volume, {"a": (b"3", 0o600)})
    assert (volume / "a").read_bytes() == b"3"
    assert not (volume / "below").exists()
    assert not first.exists()


def test_words_are_expanded_as_kubernetes_does() -> None:
    assert expand("$(A)-$(B)-$$(A)-$A", {"A": "1"}) == "1-$(B)-$(A)-$A"


async def test_logs_are_read_back_as_asked(tmp_path: Path) -> None:
    path = tmp_path / "log"
    writer = logs.LogWriter(path)
    writer.data_received(b"one\ntw")
    writer.data_received(b"o\nthree")
    writer.connection_lost(None)

    async def read(**options: str) -> bytes:
        return b"".join([data async for data in logs.read(path, options, lambda: False)])

    assert await read() == b"one\ntwo\nthree\n"
    assert await read(tailLines="1") == b"three\n"
    assert await read(sinceTime="2999-01-01T00:00:00Z") == b""
    assert await read(limitBytes="2") == b"on"
    assert (await read(timestamps="true", tailLines="1")).endswith(b"Z three\n")


def known(tmp_path: Path) -> Known:
    settings = Settings(
        directory=str(tmp_path),
        namespace="n",
        host_address="127.0.9.1",
        api_port=1,
        pods_api_port=2,
        token="",
        images={"web:*": Image(entrypoint=("/web",))},
    )
    return Known(settings, Client.__new__(Client), 9)


def test_images_are_found_by_pattern(tmp_path: Path) -> None:
    assert known(tmp_path).image("web").entrypoint == ("/web",)
    assert known(tmp_path).image("web:1@sha256:0").entrypoint == ("/web",)
    with pytest.raises(Missing, match="image brie is not one"):
        known(tmp_path).image("brie")


def test_services_lead_to_ready_endpoints_and_to_leaving_ones_only_without(tmp_path: Path) -> None:
    node = known(tmp_path)
    services, slices = (Cache(node.client, "", lambda *_: None) for _ in range(2))
    spec = {"type": "NodePort", "clusterIP": "10.96.0.7", "ports": [{"name": "http", "port": 80, "nodePort": 30036}]}
    services.apply("ADDED", {"metadata": {"namespace": "default", "name": "web"}, "spec": spec})

    def endpoints(*ready: bool) -> dict[str, Any]:
        labels = {"kubernetes.io/service-name": "web"}
        return {
            "metadata": {"namespace": "default", "name": "web-1", "labels": labels},
            "addressType": "IPv4",
            "ports": [{"name": "http", "port": 8080}],
            "endpoints": [
                {"addresses": [f"10.244.0.{number}"], "conditions": {"ready": one, "serving": True}}
                for number, one in enumerate(ready)
            ],
        }

    made = Services(node, services, slices)
    assert Place("10.96.0.7", 80) not in made.wanted()
    slices.apply("ADDED", endpoints(False, True))
    one = [Target("10.244.0.1", 8080)]
    assert made.wanted()[Place("10.96.0.7", 80)] == one
    assert made.wanted()[Place("127.0.9.1", 30036, True)] == one
    slices.apply("MODIFIED", endpoints(False, False))
    assert len(made.wanted()[Place("0.0.0.0", 30036)]) == 2
    assert made.addresses("default", "web") == ["10.96.0.7"]
    assert made.addresses("default", "brie") is None


def test_a_pods_own_fields_are_known(tmp_path: Path) -> None:
    meta = {"namespace": "default", "name": "web", "uid": "1", "labels": {"app": "web"}}
    facts = Facts({"metadata": meta, "spec": {}}, tmp_path)
    assert facts.field("metadata.labels['app']") == "web"
    assert facts.field("metadata.labels") == 'app="web"'
    with pytest.raises(Missing):
        facts.field("status.brie")


async def test_the_relay_keeps_half_close_and_passes_targets_that_refuse() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read())[::-1])
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    free = sockets.bound(relay.socket.SOCK_STREAM, ("127.0.0.1", 0))
    listener = Listener([Target("127.0.0.1", free.getsockname()[1]), Target("127.0.0.1", port)])
    await listener.open(("127.0.0.1", 0), None)
    assert listener.server is not None
    for _ in range(2):
        reader, writer = await asyncio.open_connection(*listener.server.sockets[0].getsockname())
        writer.write(b"abc")
        writer.write_eof()
        assert await reader.read() == b"cba"
        writer.close()
    listener.close()
    server.close()
    free.close()
