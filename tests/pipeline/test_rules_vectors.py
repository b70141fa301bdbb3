"""Traefik 1.7's rule vectors as real requests: every case is a frontend of its own, told apart by a header."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from support.client import Answer, Connection
from support.running import Running
from support.upstream import Received, Upstream
from support.waiting import until

MODIFIERS = [
    # rule, request path, path that the upstream gets, X-Forwarded-Prefix, X-Replaced-Path
    ("PathPrefixStrip:/stat", "/stat", "/", "/stat", None),
    ("PathPrefixStrip:/stat", "/stat/", "/", "/stat", None),
    ("PathPrefixStrip:/stat", "/status", "/us", "/stat", None),
    ("PathPrefixStrip:/stat", "/stat?a=b%20c", "/?a=b%20c", "/stat", None),
    ("PathPrefixStrip:/stat/", "/stat/us", "/us", "/stat/", None),
    ("PathPrefixStrip:/stat/", "/status", None, None, None),
    ("PathPrefixStrip:/", "/", "/", "/", None),
    ("PathPrefixStrip:/stat", "/stat/a%2Fb", "/a%2Fb", "/stat", None),
    ("PathPrefixStrip:/stat,/stat/us", "/stat/us", "/", "/stat/us", None),
    ("PathPrefixStrip:/a/{x}", "/a/b", None, None, None),
    ("PathPrefixStrip:/a;PathPrefixStrip:/a/b", "/a/b/c", "/c", "/a/b", None),
    ("PathStrip:/stat", "/stat", "/", "/stat", None),
    ("PathPrefixStripRegex:/b/{x}/", "/b/api2/test2", "/test2", "/b/api2/", None),
    ("PathPrefixStripRegex:/c/api/{id:[0-9]+}/", "/c/api/123/test3", "/test3", "/c/api/123/", None),
    ("PathPrefixStripRegex:/c/api/{id:[0-9]+}/", "/c/api/abc/test4", None, None, None),
    (
        "PathPrefixStripRegex:/one/{two}/{three:[0-9]+};AddPrefix:/zero",
        "/one/some/12345/four",
        "/zero/four",
        "/one/some/12345",
        None,
    ),
    ("AddPrefix:/blah", "/baz", "/blah/baz", None, None),
    ("AddPrefix:/blah;ReplacePath:/baz", "/hello", "/baz", None, "/blah/hello"),
    ("PathPrefixStrip:/management;ReplacePath:/health", "/management", "/health", "/management", "/"),
    ("ReplacePath:/p", "/a?b=c", "/p?b=c", None, "/a"),
    (
        "ReplacePathRegex: ^/whoami/(.*) /who-am-i/$1",
        "/whoami/and/whoami",
        "/who-am-i/and/whoami",
        None,
        "/whoami/and/whoami",
    ),
    ("ReplacePathRegex: /whoami /who-am-i", "/whoami/and/whoami", "/who-am-i/and/who-am-i", None, "/whoami/and/whoami"),
    ("ReplacePathRegex: ^/no(t /x", "/not", "/not", None, None),
    ("ReplacePathRegex: /other /x", "/not", "/not", None, None),
]

MATCHING = [
    # rule, host, target, other header fields, matches
    ("Host: Foo.Bar ; Path:/FOObar", "foo.bar", "/FOObar", "", True),
    ("Host: Foo.Bar ; Path:/FOObar", "FOO.BAR:1234", "/FOObar", "", True),
    ("Host: Foo.Bar ; Path:/FOObar", "foo.bar", "/foobar", "", False),
    ("PathPrefix:/bar", "a", "/bar", "", True),
    ("PathPrefix:/bar", "a", "/bar/", "", True),
    ("PathPrefix:/bar", "a", "/barx", "", True),
    ("PathPrefix:/bar", "a", "/ba%72", "", True),
    ("PathPrefix:/bar/", "a", "/bar", "", False),
    ("PathPrefix:bar", "a", "/bar", "", False),
    ("PathPrefix:/b,/c", "a", "/c", "", True),
    ("PathPrefix:/a/b", "a", "/a%2Fb", "", True),
    ("HostRegexp:{sub:(foo\\.)?bar\\.com}", "foo.bar.com", "/", "", True),
    ("HostRegexp:{sub:(foo\\.)?bar\\.com}", "bar.com", "/", "", True),
    ("HostRegexp:{sub:(foo\\.)?bar\\.com}", "fooubar.com", "/", "", False),
    ("HostRegexp:{sub:(foo\\.)?bar\\.com}", "barcom", "/", "", False),
    ("HostRegexp:foo.bar.com", "FOO.bar.com", "/", "", True),
    ("HostRegexp:{subdomain:[A-Za-z0-9-_]+}.foo.com", "a_B-1.Foo.com", "/", "", True),
    ("HostRegexp:{subdomain:[A-Za-z0-9-_]+}.foo.com", "a.b.foo.com", "/", "", False),
    ("HostRegexp:{subdomain:[A-Za-z0-9-_]+}.foo.com", "foo.com", "/", "", False),
    ("HostRegexp:{x}.foo.com", "a.foo.com", "/", "", True),
    ("Path: /path1;Query:param_one=true, /path2", "a", "/path1?param_one=true", "", False),
    ("Path:/{id:[0-9]{3}}", "a", "/123", "", True),
    ("Path:/{id:[0-9]{3}}", "a", "/1234", "", False),
    ("PathPrefix:/{x:a**}", "a", "/a", "", False),
    ("Method:get", "a", "/", "", True),
    ("Method:POST,PUT", "a", "/", "", False),
    ("Query:a=1,b=", "a", "/?b=x&a=1&a=2", "", True),
    ("Query:a=1,b=", "a", "/?b=x&a=2&a=1", "", False),
    ("Query:a=1,b=", "a", "/?a=1", "", False),
    ("Query:foo,bar", "a", "/?foo=bar", "", True),
    ("Query:n={n:[0-9]+}", "a", "/?n=12", "", True),
    ("Query:n={n:[0-9]+}", "a", "/?n=12x", "", False),
    ("Headers:x-version,2", "a", "/", "X-Version: 1\r\nX-VERSION: 2\r\n", True),
    ("Headers:x-version,2", "a", "/", "X-Version: 22\r\n", False),
    ("HeadersRegexp:x-version,^2", "a", "/", "X-Version: 22\r\n", True),
    ("HeadersRegexp:x-version,^2", "a", "/", "X-Version: 12\r\n", False),
    ("AddPrefix:/x", "a", "/anything", "", True),
]

SLASHES = [
    # rule, target, Location (None: no match, "": proceeds)
    ("Path:/p", "/p/?a=b", "/p?a=b"),
    ("Path:/p/", "/p", "/p/"),
    ("Path:/p", "/p", ""),
    ("Path:/p/", "/p/", ""),
    ("Path:/p/{x}", "/p/1/", "/p/1"),
    ("PathStrip:/p", "/p/", "/p"),
    ("PathPrefix:/p/", "/p", None),
]

PRIORITIES = [
    # frontends as (name, rule, priority), the one that answers /first/second on host p.test
    ([("short", "PathPrefix:/first", 0), ("long", "PathPrefix:/first/second", 0)], "long"),
    ([("short", "PathPrefix:/first", 9), ("long", "PathPrefix:/first/second", 8)], "short"),
    ([("configured", "PathPrefix:/first", 3), ("computed", "PathPrefix:/", 0)], "computed"),
    ([("negative", "PathPrefix:/first", -9), ("computed", "PathPrefix:/", 0)], "negative"),
    ([("b", "PathPrefix:/first", 0), ("a", "PathPrefix:/first", 0)], "a"),
    ([("broken", "PathPrefix:/first/second;Nonsense:x", 0), ("whole", "PathPrefix:/", 0)], "whole"),
]


class Cases:
    """Frontends in one rule file; each is reached only with its own `X-Case`."""

    def __init__(self) -> None:
        self.text = ""
        self._numbers = count()

    def add(self, rule: str, *, backend: str, priority: int = 0, case: str = "", name: str = "") -> str:
        case = case or f"c{next(self._numbers)}"
        frontend = f"{case}-{name}"
        self.text += (
            f'[frontends.{frontend}]\nbackend = "{backend}"\npriority = {priority}\n'
            f"[frontends.{frontend}.routes.rule]\nrule = '''{rule}'''\n"
            f'[frontends.{frontend}.routes.case]\nrule = "Headers:X-Case,{case}"\n'
        )
        return case

    def backend(self, name: str, upstream: Upstream) -> None:
        self.text += f'[backends.{name}.servers.s]\nurl = "http://{upstream.address}"\n'


class Product:
    """The running product on all cases."""

    def __init__(self, running: Running, upstream: Upstream, cases: dict[tuple[str, int], str]) -> None:
        self.running, self.upstream, self.cases = running, upstream, cases

    def get(self, table: str, index: int, target: str, *, host: str = "a", fields: str = "") -> Answer:
        with Connection(self.running.port()) as connection:
            case = self.cases[table, index]
            connection.send(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nX-Case: {case}\r\n{fields}\r\n".encode())
            return connection.read()

    def forwarded(self) -> Received | None:
        received = list(self.upstream.received)
        self.upstream.received.clear()
        assert len(received) < 2
        return received[0] if received else None


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    rules, cases, numbers = tmp_path_factory.mktemp("rules") / "rules.toml", Cases(), {}
    named = {name for frontends, _ in PRIORITIES for name, _, _ in frontends}
    with Upstream("vector") as upstream:
        upstreams = {name: Upstream(name) for name in named}
        cases.backend("vector", upstream)
        for name, each in upstreams.items():
            cases.backend(name, each)
        for table, rows in (("modifiers", MODIFIERS), ("matching", MATCHING), ("slashes", SLASHES)):
            for index, (rule, *_) in enumerate(rows):
                numbers[table, index] = cases.add(rule, backend="vector")
        for index, (frontends, _) in enumerate(PRIORITIES):
            numbers["priorities", index] = f"p{index}"
            for name, rule, priority in frontends:
                cases.add(rule, backend=name, priority=priority, case=f"p{index}", name=name)
        rules.write_text(cases.text)
        with Running(f"--file.filename={rules}") as running:
            yield Product(running.ready(), upstream, numbers)
        for each in upstreams.values():
            each.close()


@pytest.mark.parametrize(
    "index", range(len(MODIFIERS)), ids=lambda index: f"{MODIFIERS[index][0]} {MODIFIERS[index][1]}"
)
def test_path_modifiers(product: Product, index: int) -> None:
    _, path, target, prefix, replaced = MODIFIERS[index]
    answer = product.get("modifiers", index, path)
    request = product.forwarded()
    if target is None:
        assert (answer.status, answer.text) == (404, "404 page not found\n")
        assert request is None
        return
    assert answer.status == 200
    assert request is not None
    assert request.target == target
    assert request.values("X-Forwarded-Prefix") == ([prefix] if prefix else [])
    assert request.values("X-Replaced-Path") == ([replaced] if replaced else [])


@pytest.mark.parametrize("index", range(len(MATCHING)), ids=lambda index: " ".join(map(str, MATCHING[index])))
def test_matching(product: Product, index: int) -> None:
    _, host, target, fields, matches = MATCHING[index]
    answer = product.get("matching", index, target, host=host, fields=fields)
    assert answer.status == (200 if matches else 404)
    assert (product.forwarded() is not None) is matches


@pytest.mark.parametrize("index", range(len(SLASHES)), ids=lambda index: " ".join(map(str, SLASHES[index])))
def test_trailing_slashes(product: Product, index: int) -> None:
    _, target, location = SLASHES[index]
    answer = product.get("slashes", index, target)
    product.forwarded()
    expected = {None: 404, "": 200}.get(location, 301)
    assert answer.status == expected
    if location:
        assert answer.value("Location") == location


@pytest.mark.parametrize("index", range(len(PRIORITIES)), ids=lambda index: PRIORITIES[index][1] + str(index))
def test_priorities(product: Product, index: int) -> None:
    answer = product.get("priorities", index, "/first/second")
    assert answer.text == f"{PRIORITIES[index][1]}\n"


def test_a_regex_that_only_the_proxy_can_judge_is_told_as_a_problem_of_its_frontend(product: Product) -> None:
    index = next(index for index, (rule, *_) in enumerate(MATCHING) if "a**" in rule)
    frontend = f"frontend {product.cases['matching', index]}-"
    until(lambda: frontend in product.running.admin("/api/v2/problems").text, what=f"a problem of {frontend}")


def test_without_redirects_a_slash_makes_a_difference(tmp_path: Path) -> None:
    with Upstream("vector") as upstream:
        cases = Cases()
        cases.backend("vector", upstream)
        case = cases.add("Path:/p", backend="vector")
        rules = tmp_path / "rules.toml"
        rules.write_text(cases.text)
        with Running(f"--file.filename={rules}", "--keepTrailingSlash") as running:
            running.ready()
            assert running.get("/p", X_Case=case).status == 200
            assert running.get("/p/", X_Case=case).status == 404
