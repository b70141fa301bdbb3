"""The kubelet's port: GET /containerLogs/NAMESPACE/POD/CONTAINER, which is what `kubectl logs` reaches."""

import asyncio
import logging
import socket
import ssl
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from support.cluster.node import logs, sockets
from support.cluster.node.pods import Pods

log = logging.getLogger("node.kubelet")
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\nConnection: close\r\n\r\nnot found\n"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"


class Kubelet:
    """Listens on the host's loopback interface, where the API server is."""

    def __init__(self, pods: Pods, directory: Path) -> None:
        self.pods, self.directory = pods, directory

    async def serve(self, host_fd: int) -> int:
        """Starts to listen; returns the port."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.directory / "api.crt", self.directory / "api.key")
        listening = sockets.bound(socket.SOCK_STREAM, ("127.0.0.1", 0), host_fd)
        await asyncio.start_server(self._connection, sock=listening, ssl=context)
        return int(listening.getsockname()[1])

    async def _connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            target = (await reader.readline()).split()[1].decode()
            while (await reader.readline()).strip():
                pass
            await self._answer(target, writer)
        except (OSError, IndexError, ValueError) as error:
            log.info("request: %r", error)
        finally:
            writer.close()

    async def _answer(self, target: str, writer: asyncio.StreamWriter) -> None:
        parts = urlsplit(target)
        words = [unquote(word) for word in parts.path.split("/")[1:]]
        options = {key: values[0] for key, values in parse_qs(parts.query).items()}
        container = None
        if words[0] == "containerLogs" and len(words) == 4:
            container = self.pods.container(words[1], words[2], words[3])
        if container is None:
            writer.write(NOT_FOUND)
            return
        writer.write(HEAD)
        path = container.log_path(container.restarts - (options.get("previous") == "true"))
        async for data in logs.read(path, options, lambda: container.running):
            writer.write(b"%x\r\n%s\r\n" % (len(data), data))
            await writer.drain()
        writer.write(b"0\r\n\r\n")
        await writer.drain()
