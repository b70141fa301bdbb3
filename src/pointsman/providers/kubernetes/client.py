"""HTTP towards the API server: whole documents, and streams of lines. Knows status codes, not objects."""

import contextlib
import socket
from collections.abc import AsyncIterator, Mapping

import httpx2
import msgspec

from pointsman.providers.kubernetes.access import Access
from pointsman.providers.kubernetes.tokens import TokenError

CONNECT_S = 5.0
READ_S = 60.0
"""Longest silence within an answer that is read whole: a list of thousands of objects takes a while to begin."""
WRITE_S = 10.0
"""Longest wait for the answer to something written."""
LINE_BYTES = 64 * 1024 * 1024
"""Longest line of a stream; the API server itself refuses objects far below this."""
_KEEPALIVE = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 15),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
]


class ApiError(Exception):
    """The API server answered, but not with success."""

    def __init__(self, status: int, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(f"{status}: {message}" if status else message)
        self.status = status
        self.retry_after_s = retry_after_s


class Unreachable(Exception):
    """The API server did not answer, or stopped in the middle; says how."""


class _Status(msgspec.Struct):
    message: str = ""


class _Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One request."""

    method: str = "GET"
    path: str
    query: Mapping[str, str | int] = {}
    body: bytes | None = None
    content_type: str = ""
    read_s: float | None = None
    """Longest silence within the answer; None: `READ_S`."""


class Client:
    """Requests to one API server. A 401 is answered once with a renewed token."""

    def __init__(self, access: Access) -> None:
        self._access = access
        transport = httpx2.AsyncHTTPTransport(
            verify=access.tls,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=8),
            socket_options=_KEEPALIVE,
        )
        self._http = httpx2.AsyncClient(base_url=access.server, transport=transport, trust_env=False)
        self._extensions = {"sni_hostname": access.tls_name} if access.tls_name else {}

    async def close(self) -> None:
        """Closes every connection."""
        await self._http.aclose()

    async def get(self, path: str, query: Mapping[str, str | int] | None = None) -> bytes:
        """The whole body of a 200. Raises ApiError, Unreachable."""
        async with self._open(_Ask(path=path, query=query or {})) as response:
            return await response.aread()

    async def write(self, method: str, path: str, document: object) -> bytes:
        """Sends a document (`PATCH`: as a merge patch); the whole body of the answer. Raises ApiError, Unreachable."""
        ask = _Ask(
            method=method,
            path=path,
            body=msgspec.json.encode(document),
            content_type="application/merge-patch+json" if method == "PATCH" else "application/json",
            read_s=WRITE_S,
        )
        async with self._open(ask) as response:
            return await response.aread()

    @contextlib.asynccontextmanager
    async def lines(
        self, path: str, query: Mapping[str, str | int], idle_s: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Opens a stream that yields lines as they come; `idle_s` of silence ends it. Raises ApiError, Unreachable."""
        async with self._open(_Ask(path=path, query=query, read_s=idle_s)) as response:
            yield _split(response.aiter_raw())

    @contextlib.asynccontextmanager
    async def _open(self, ask: _Ask) -> AsyncIterator[httpx2.Response]:
        try:
            response = await self._send(ask, refused=False)
            if response.status_code == 401:
                await response.aclose()
                response = await self._send(ask, refused=True)
            try:
                if not 200 <= response.status_code < 300:
                    raise _error(response, await response.aread())
                yield response
            finally:
                await response.aclose()
        except httpx2.TimeoutException as error:
            raise Unreachable(f"{self._access.server} did not answer in time ({type(error).__name__})") from error
        except httpx2.HTTPError as error:
            raise Unreachable(f"{self._access.server}: {error or type(error).__name__}") from error
        except TokenError as error:
            raise Unreachable(str(error)) from error

    async def _send(self, ask: _Ask, *, refused: bool) -> httpx2.Response:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", "User-Agent": "pointsman"}
        if ask.content_type:
            headers["Content-Type"] = ask.content_type
        if authorization := await self._access.token.authorization(refused=refused):
            headers["Authorization"] = authorization
        request = self._http.build_request(
            ask.method,
            ask.path,
            params=dict(ask.query),
            content=ask.body,
            headers=headers,
            timeout=httpx2.Timeout(READ_S, connect=CONNECT_S, read=READ_S if ask.read_s is None else ask.read_s),
            extensions=dict(self._extensions),
        )
        return await self._http.send(request, stream=True)


async def _split(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in chunks:
        rest += chunk
        if b"\n" in chunk:
            *lines, rest = rest.split(b"\n")
            for line in lines:
                if line:
                    yield line
        if len(rest) > LINE_BYTES:
            raise Unreachable(f"a line of the stream is longer than {LINE_BYTES} bytes")


def _error(response: httpx2.Response, body: bytes) -> ApiError:
    try:
        message = msgspec.json.decode(body, type=_Status).message
    except msgspec.MsgspecError:
        message = ""
    try:
        retry_after = max(0.0, float(response.headers.get("Retry-After", "0")))
    except ValueError:  # The HTTP-date form: the API server does not use it.
        retry_after = 0.0
    return ApiError(response.status_code, message[:500] or response.reason_phrase, retry_after)
