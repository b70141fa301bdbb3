"""Figures pushed to StatsD, Datadog and InfluxDB: what came on top since the last page, under 1.7's names."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from pointsman.model.static import Datadog, Influxdb, Metrics, Statsd
from pointsman.observability.push import formats, sending
from pointsman.observability.push.samples import Differences, Sample, parse

LABELS = 'backend="a/\\"b",code="200",method="GET",protocol="http"'


def page(requests: int, seconds: float, up: int = 1) -> str:
    return (
        "# HELP x y\n"
        f"traefik_backend_requests_total{{{LABELS}}} {requests}\n"
        f'traefik_backend_request_duration_seconds_bucket{{{LABELS},le="+Inf"}} {requests}\n'
        f"traefik_backend_request_duration_seconds_sum{{{LABELS}}} {seconds}\n"
        f"traefik_backend_request_duration_seconds_count{{{LABELS}}} {requests}\n"
        f'traefik_backend_server_up{{backend="a",url="http://10.0.0.1:80"}} {up}\n'
        "traefik_config_reloads_failure_total 1\n"
        "go_goroutines 7\n"
    )


def test_samples_are_read_with_their_escapes() -> None:
    found = next(parse(page(1, 0.5)))
    labels = (("backend", 'a/"b'), ("code", "200"), ("method", "GET"), ("protocol", "http"))
    assert found == Sample("traefik_backend_requests_total", labels, 1.0)


def test_only_what_came_on_top_is_pushed() -> None:
    differences = Differences()
    first = {point.name: point for point in differences.of(page(3, 0.6), formats.STATSD)}
    assert first["backend.request.total"].value == 3
    assert (first["backend.request.duration"].count, round(first["backend.request.duration"].value, 9)) == (3, 0.2)
    again = [point.name for point in differences.of(page(3, 0.6), formats.STATSD)]
    assert again == ["backend.server.up"]
    restarted = {point.name: point.value for point in differences.of(page(2, 0.2, up=0), formats.STATSD)}
    assert restarted["backend.request.total"] == 2
    assert restarted["backend.server.up"] == 0


def lines(names: dict[str, tuple[str, str]], line: sending.Line) -> list[str]:
    return [line(point) for point in Differences().of(page(4, 1.0), names)]


def test_every_destination_has_its_own_names_and_form() -> None:
    assert lines(formats.STATSD, formats.statsd) == [
        "traefik.backend.request.total:4|c",
        "traefik.backend.request.duration:0.25|ms|@0.25",
        "traefik.backend.server.up:1|g",
        "traefik.config.reload.total.failure:1|c",
    ]
    tags = 'backend:a/"b,code:200,method:GET,protocol:http'
    assert lines(formats.DATADOG, formats.datadog) == [
        f"traefik.backend.request.total:4|c|#{tags}",
        f"traefik.backend.request.duration:0.25|h|@0.25|#{tags}",
        "traefik.backend.server.up:1|g|#backend:a,url:http://10.0.0.1:80",
        "traefik.config.reload.total:1|c|#failure:true",
    ]
    tags = 'backend=a/"b,code=200,method=GET,protocol=http'
    assert lines(formats.INFLUXDB, formats.influxdb) == [
        f"traefik.backend.requests.total,{tags} count=4.0",
        f"traefik.backend.request.duration,{tags} mean=0.25,count=4i",
        "traefik.backend.server.up,backend=a,url=http://10.0.0.1:80 value=1.0",
        "traefik.config.reload.total.failure count=1.0",
    ]


def test_lines_are_gathered_into_datagrams_that_a_network_passes_on() -> None:
    found = list(sending.datagrams([f"line {number} {'x' * 100}" for number in range(100)]))
    assert b"\n".join(found).count(b"line") == 100
    assert max(map(len, found)) <= 1_432
    assert 7 < len(found) < 12


async def pushed(metrics: Metrics) -> AsyncIterator[None]:
    async def read() -> str:
        return page(4, 1.0)

    tasks = [asyncio.create_task(task) for task in sending.tasks(metrics, read)]
    yield
    for task in tasks:
        task.cancel()


@pytest.mark.parametrize("section", ["statsd", "datadog", "influxdb"])
def test_datagrams_arrive(section: str) -> None:
    async def scenario() -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
            server.bind(("127.0.0.1", 0))
            server.setblocking(False)
            address = f"127.0.0.1:{server.getsockname()[1]}"
            metrics = {
                "statsd": Metrics(statsd=Statsd(address=address, push_interval=1)),
                "datadog": Metrics(datadog=Datadog(address=address, push_interval=1)),
                "influxdb": Metrics(influxdb=Influxdb(address=address, push_interval=1)),
            }[section]
            running = pushed(metrics)
            await anext(running)
            data = await asyncio.wait_for(asyncio.get_running_loop().sock_recv(server, 4_096), 20)
            await running.aclose()
            return data

    assert asyncio.run(scenario()).startswith(b"traefik.backend.request")


def test_influxdb_is_written_to_by_http() -> None:
    async def scenario() -> bytes:
        heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
            await writer.drain()
            writer.close()
            if not heard.done():
                heard.set_result(head)

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        influx = Influxdb(
            address=f"http://127.0.0.1:{port}",
            protocol="http",
            push_interval=1,
            database="d",
            username="u",
            password="p",
        )
        running = pushed(Metrics(influxdb=influx))
        await anext(running)
        head = await asyncio.wait_for(heard, 20)
        await running.aclose()
        server.close()
        return head

    head = asyncio.run(scenario())
    assert head.startswith(b"POST /write?db=d&precision=s HTTP/1.1\r\n")
    assert b"authorization: basic dtpw" in head.lower()
