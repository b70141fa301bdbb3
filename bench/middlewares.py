"""What each option costs a request: the user instructions it adds to those of a route without any.

    python bench/middlewares.py PROXY [NAME ...]

Counted by callgrind, so neither the machine nor its neighbours matter; 3,000 instructions are about a microsecond.
Writes results/middlewares.json; exits 1 when one costs more. Each count is the difference of a long and a short run, by
`tools/budget.py`.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools")]

import budget  # noqa: E402
from budget import PLAIN, Case  # noqa: E402

MOST = 3_000
DIGESTS = {"basic authentication, known password": 7_000}
"""What computes a digest may cost more instructions: they take a third of the time of others."""
RESULTS = ROOT / "bench" / "results" / "middlewares.json"
_HUGE = {"period_ns": 1_000_000_000, "average": 1_000_000, "burst": 1_000_000}
_ERRORS = {"figure": "network_error_ratio", "operator": ">", "value_millionths": 500_000}
_SLOW = {"figure": "latency_at_quantile_ms", "arguments": [50_000], "operator": ">", "value_millionths": 10**15}

_USER = "test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/"
_CREDENTIALS = "Authorization: Basic dGVzdDp0ZXN0\r\n"


def _chain(*middlewares: dict[str, Any], fields: str = "") -> Case:
    return Case(route={"middlewares": list(middlewares)}, fields=fields)


def _edit(name: str, value: str = "") -> dict[str, str]:
    return {"name": name, "value": value} if value else {"name": name}


CASES = {
    "white list": _chain({"type": "ip_allow_list", "source_range": ["10.0.0.0/8", "127.0.0.0/8"]}),
    "custom headers": _chain(
        {"type": "headers", "request": [_edit("X-One", "1"), _edit("X-Two")], "response": [_edit("Server")]}
    ),
    "redirection that does not apply": _chain(
        {"type": "redirect_regex", "regex": "^http://other.test/(.*)", "replacement": "https://other.test/$1"}
    ),
    "security headers": _chain(
        {
            "type": "security_headers",
            "allowed_hosts": ["budget.test"],
            "sts": "max-age=60",
            "force_sts": True,
            "response": [_edit("X-Frame-Options", "DENY"), _edit("X-Content-Type-Options", "nosniff")],
        }
    ),
    "basic authentication, known password": _chain(
        {"type": "basic_auth", "users": [_USER], "header_field": "X-User", "remove_header": True}, fields=_CREDENTIALS
    ),
    "error pages that do not apply": _chain(
        {"type": "error_pages", "pages": [{"statuses": [{"first": 500, "last": 599}], "pool": "p", "query": "/"}]}
    ),
    "rate limit": Case(route={"rate_limit": {"source": "client.ip", "rates": [_HUGE]}}),
    "rate limit, by header, two rates": Case(
        route={"rate_limit": {"source": "request.header.X-Key", "rates": [_HUGE, {**_HUGE, "period_ns": 60 * 10**9}]}},
        fields="X-Key: some-customer\r\n",
    ),
    "max connections": Case(pool={"options": {"max_connections": {"amount": 100_000, "source": "client.ip"}}}),
    "circuit breaker, errors": Case(pool={"options": {"breaker": {"type": "compare", **_ERRORS}}}),
    "circuit breaker, latency": Case(pool={"options": {"breaker": {"type": "compare", **_SLOW}}}),
    "sticky, new client": Case(pool={"options": {"sticky": {"cookie": "_76eb3"}}}),
    "sticky, known client": Case(
        pool={"options": {"sticky": {"cookie": "_76eb3"}}}, fields="Cookie: _76eb3=http://127.0.0.1:{port}\r\n"
    ),
    "health check": Case(pool={"options": {"health_check": {"path": "/", "interval_ms": 3_600_000}}}),
}


def most(name: str) -> int:
    """What a case may add."""
    return DIGESTS.get(name, MOST)


def main() -> int:
    """Counts and compares."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proxy", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help="; ".join(CASES))
    given = parser.parse_args()
    names = given.names or list(CASES)
    if unknown := set(names) - set(CASES):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    proxy = str(given.proxy.resolve())
    plain = budget.per_request(budget.instructions, proxy, PLAIN)
    print(f"{'a route without options':<36}{plain:>8,.0f}", flush=True)
    added = {}
    for name in names:
        added[name] = round(budget.per_request(budget.instructions, proxy, CASES[name]) - plain)
        print(f"{name:<36}{added[name]:>+8,}{'  ABOVE' if added[name] > most(name) else ''}", flush=True)
    if set(added) == set(CASES):
        RESULTS.write_text(json.dumps({"plain": round(plain), "added": added}, indent=1) + "\n")
    return int(any(cost > most(name) for name, cost in added.items()))


if __name__ == "__main__":
    sys.exit(main())
