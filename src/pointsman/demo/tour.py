"""What to try in the demo, and what must be seen: one list for the printed curl lines and for `demo --check`."""

import collections
import http.client
import shlex
from collections.abc import Callable

import msgspec


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to try: a request (sent `times` times) and the judgement of its answers."""

    title: str
    host: str
    path: str
    expected: str
    """In words."""
    judge: Callable[[list[tuple[int, str]]], bool]
    times: int = 1

    def curl(self, port: int) -> str:
        """The shell line that sends the request."""
        if self.host == "localhost":
            line = f"curl {shlex.quote(f'http://localhost:{port}{self.path}')}"
        else:
            line = f"curl -H 'Host: {self.host}' {shlex.quote(f'http://127.0.0.1:{port}{self.path}')}"
        if self.times == 1:
            return line
        loop = f"for i in $(seq {self.times}); do {line.replace('curl', 'curl -s', 1)}; done"
        return f"{loop} | grep -Eo '^(cheddar|wensleydale|gm-v.)' | sort | uniq -c"

    def ask(self, port: int) -> list[tuple[int, str]]:
        """Sends the request `times` times over one connection; (status, body) of each. Raises OSError."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            answers = []
            for _ in range(self.times):
                connection.request("GET", self.path, headers={"Host": self.host})
                response = connection.getresponse()
                answers.append((response.status, response.read().decode("latin-1")))
            return answers
        except http.client.HTTPException as error:
            raise OSError(f"no HTTP answer: {error!r}") from error
        finally:
            connection.close()


def _is(status: int, start: str, *within: str) -> Callable[[list[tuple[int, str]]], bool]:
    def judge(answers: list[tuple[int, str]]) -> bool:
        return all(
            code == status and body.startswith(start) and all(text in body for text in within) for code, body in answers
        )

    return judge


def _shares(**wanted: int) -> Callable[[list[tuple[int, str]]], bool]:
    def judge(answers: list[tuple[int, str]]) -> bool:
        return shares(answers) == {name.replace("_", "-"): count for name, count in wanted.items()}

    return judge


def shares(answers: list[tuple[int, str]]) -> dict[str, int]:
    """How many answers each service gave; replicas of a cheese count together."""
    counts: collections.Counter[str] = collections.Counter()
    for status, body in answers:
        name = body.partition(":")[0]
        counts[name if name.startswith("gm-") else name.rpartition("-")[0] if status == 200 else str(status)] += 1
    return dict(counts)


STOPS = (
    Stop(
        title="A host of its own",
        host="stilton.minikube",
        path="/",
        expected="stilton answers and sees GET /",
        judge=_is(200, "stilton-", "GET / HTTP/1.1"),
    ),
    Stop(
        title="A path of a shared host, cut off for the service",
        host="cheeses.minikube",
        path="/cheddar/call",
        expected="cheddar answers and sees GET /call, with X-Forwarded-Prefix: /cheddar",
        judge=_is(200, "cheddar-", "GET /call HTTP/1.1", "X-Forwarded-Prefix: /cheddar"),
    ),
    Stop(
        title="Another path; queries stay as they are",
        host="cheeses.minikube",
        path="/wensleydale/x?y=%20z",
        expected="wensleydale answers and sees GET /x?y=%20z",
        judge=_is(200, "wensleydale-", "GET /x?y=%20z HTTP/1.1"),
    ),
    Stop(
        title="No route",
        host="cheeses.minikube",
        path="/brie",
        expected="404 page not found",
        judge=_is(404, "404 page not found"),
    ),
    Stop(
        title="Priorities: the shorter rule wins because it says so",
        host="priority.minikube",
        path="/cheddar/wensleydale/xxx",
        expected="cheddar answers and sees GET /wensleydale/xxx",
        judge=_is(200, "cheddar-", "GET /wensleydale/xxx HTTP/1.1"),
    ),
    Stop(
        title="Weights: 75 % and 25 %",
        host="weights.minikube",
        path="/",
        times=40,
        expected="30 answers of cheddar, 10 of wensleydale",
        judge=_shares(cheddar=30, wensleydale=10),
    ),
    Stop(
        title="A canary release: a quarter goes to the new version",
        host="localhost",
        path="/dm0/gm/call",
        times=40,
        expected="30 times gm-v1, 10 times gm-v2",
        judge=_shares(gm_v1=30, gm_v2=10),
    ),
    Stop(
        title="White list: you may",
        host="localhost",
        path="/dm1/gm/call",
        expected="gm-v1: game dm1",
        judge=_is(200, "gm-v1: game dm1"),
    ),
    Stop(
        title="White list: you may not",
        host="localhost",
        path="/dm3/gm/call",
        expected="403 Forbidden",
        judge=_is(403, "Forbidden"),
    ),
    Stop(
        title="Headers added for the service",
        host="localhost",
        path="/dm2/gm/call",
        expected="gm-v1: game dm2, which got X-Custom-Id: test",
        judge=_is(200, "gm-v1: game dm2", "X-Custom-Id: test"),
    ),
)
