"""Sends lines: in datagrams no larger than a network passes on whole, or by HTTP to InfluxDB."""

import asyncio
import base64
import logging
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping

import msgspec

from pointsman.model.static import Influxdb, Metrics
from pointsman.observability.push import formats
from pointsman.observability.push.samples import Differences, Point

_LOG = logging.getLogger("pointsman")
_DATAGRAM_BYTES = 1_432
_SHORTEST_S = 0.1
_SECOND = 1_000_000_000
_SEND_S = 10.0
_ANSWER_BYTES = 65_536

Read = Callable[[], Awaitable[str | None]]
"""The proxy's page of figures; None when it cannot be had."""
Send = Callable[[list[str]], Awaitable[None]]
Line = Callable[[Point], str]


class Pusher(msgspec.Struct, frozen=True, kw_only=True):
    """One destination."""

    name: str
    names: Mapping[str, tuple[str, str]]
    """Kind and name to push, by name on the page."""
    line: Line
    send: Send
    interval_s: float

    async def run(self, read: Read) -> None:
        """Pushes for ever; a destination that is away is told of once, until it is back."""
        differences, away = Differences(), False
        while True:
            await asyncio.sleep(max(_SHORTEST_S, self.interval_s))
            page = await read()
            if page is None:
                continue
            try:
                async with asyncio.timeout(_SEND_S):
                    await self.send([self.line(point) for point in differences.of(page, self.names)])
                away = False
            except (OSError, ValueError, TimeoutError) as error:
                if not away:
                    _LOG.warning("Metrics cannot be pushed to %s: %s", self.name, error)
                away = True


def pushers(metrics: Metrics | None) -> Iterator[Pusher]:
    """One for each destination that is configured."""
    if metrics is None:
        return
    statsd, datadog = metrics.statsd, metrics.datadog
    if statsd is not None:
        yield _pusher("StatsD", (formats.STATSD, formats.statsd), udp(statsd.address), statsd.push_interval)
    if datadog is not None:
        yield _pusher("Datadog", (formats.DATADOG, formats.datadog), udp(datadog.address), datadog.push_interval)
    if (influx := metrics.influxdb) is not None:
        send = http(influx) if influx.protocol == "http" else udp(influx.address)
        yield _pusher("InfluxDB", (formats.INFLUXDB, formats.influxdb), send, influx.push_interval)


def _pusher(name: str, form: tuple[Mapping[str, tuple[str, str]], Line], send: Send, interval_ns: int) -> Pusher:
    return Pusher(name=name, names=form[0], line=form[1], send=send, interval_s=interval_ns / _SECOND)


def datagrams(lines: list[str]) -> Iterator[bytes]:
    """The lines in as few datagrams as they fit into."""
    held: list[bytes] = []
    size = 0
    for line in (text.encode() for text in lines):
        if held and size + len(line) + 1 > _DATAGRAM_BYTES:
            yield b"\n".join(held)
            held, size = [], 0
        held.append(line)
        size += len(line) + 1
    if held:
        yield b"\n".join(held)


def udp(address: str) -> Send:
    """To `host:port`, whose name is looked up anew each time."""
    host, _, port = address.rpartition(":")

    async def send(lines: list[str]) -> None:
        loop = asyncio.get_running_loop()
        where = (host.strip("[]") or "localhost", int(port))
        transport, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, remote_addr=where)
        for datagram in datagrams(lines):
            transport.sendto(datagram)
        transport.close()

    return send


def http(influx: Influxdb) -> Send:
    """To the write endpoint of InfluxDB 1."""
    base = influx.address if "://" in influx.address else f"http://{influx.address}"
    query = {"db": influx.database, "rp": influx.retention_policy, "precision": "s"}
    url = f"{base.rstrip('/')}/write?{urllib.parse.urlencode({name: value for name, value in query.items() if value})}"
    credentials = base64.b64encode(f"{influx.username}:{influx.password}".encode()).decode()
    headers = {"Authorization": f"Basic {credentials}"} if influx.username else {}

    def post(body: bytes) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(url, body, headers), timeout=_SEND_S) as answer:  # noqa: S310
            answer.read(_ANSWER_BYTES)

    async def send(lines: list[str]) -> None:
        if lines:
            await asyncio.to_thread(post, "\n".join(lines).encode())

    return send


def tasks(metrics: Metrics | None, read: Read) -> Iterator[Coroutine[None, None, None]]:
    """What is to run for as long as the controller does."""
    for pusher in pushers(metrics):
        yield pusher.run(read)
