"""`pointsman healthcheck`: asks the running instance's `/ping`, as a container's health check does."""

import http.client
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence

from pointsman.cli import start
from pointsman.compiler.entrypoints import entry_points, wanted_internal

_TIMEOUT_S = 5.0


def healthcheck(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """HEAD to the ping URL of this configuration; 0 and `OK: URL`, or 1 and why not."""
    loaded = start.read(arguments, environ)
    if loaded is None:
        return 1
    name = wanted_internal(loaded.static).get("ping")
    if name is None:
        print("Please enable `ping` to use health check", file=sys.stderr)
        return 1
    point = entry_points(loaded.static).get(name)
    if point is None:
        print(f"The entry point of ping, {name!r}, is not configured", file=sys.stderr)
        return 1
    url = f"{'https' if point.tls is not None else 'http'}://{_dialled(point.address)}/ping"
    return _ask(url)


def _dialled(address: str) -> str:
    """`:8080` and wildcard addresses are asked on this machine."""
    host, _, port = address.rpartition(":")
    return f"127.0.0.1:{port}" if host in {"", "0.0.0.0", "[::]"} else address  # noqa: S104 – compared, not bound


def _ask(url: str) -> int:
    unverified = ssl.create_default_context()
    unverified.check_hostname = False
    unverified.verify_mode = ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=unverified)
    )
    try:
        with opener.open(urllib.request.Request(url, method="HEAD"), timeout=_TIMEOUT_S):  # noqa: S310 – ours
            print(f"OK: {url}")
            return 0
    except urllib.error.HTTPError as error:
        print(f"Bad healthcheck status: {error.code} {error.reason}", file=sys.stderr)
    except (OSError, http.client.HTTPException) as error:
        print(f"Error calling healthcheck: {error}", file=sys.stderr)
    return 1
