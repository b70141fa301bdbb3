"""Requests from URLs, curl's options and access-log lines."""

import pytest

from pointsman.explain.requests import RequestError, from_log, from_logs, from_url
from pointsman.model.plan import Question


def asked(url: str, *headers: str) -> Question:
    return from_url(url, method="get", headers=headers, entry_point="http")


@pytest.mark.parametrize(
    ("url", "headers", "host", "path", "query"),
    [
        ("http://a.test/x?y=%20z", (), "a.test", "/x", "y=%20z"),
        ("a.test:8000", (), "a.test:8000", "/", ""),
        ("/x", ("Host: b.test",), "b.test", "/x", ""),
        ("http://user:pw@a.test/x#f", (), "a.test", "/x", ""),
        ("https://[::1]:443/%2F", (), "[::1]:443", "/%2F", ""),
    ],
)
def test_urls(url: str, headers: tuple[str, ...], host: str, path: str, query: str) -> None:
    made = asked(url, *headers, "X-A:  b ")
    assert (made.method, made.host, made.path, made.query) == ("GET", host, path, query)
    assert made.headers == (("x-a", "b"),)


@pytest.mark.parametrize(("url", "header"), [("http://[::1/", "A: b"), ("/", "nonsense"), ("/", ": empty")])
def test_what_is_no_request_is_told(url: str, header: str) -> None:
    with pytest.raises(RequestError):
        asked(url, header)


def test_a_line_of_the_access_log() -> None:
    line = '{"RequestMethod":"POST","RequestAddr":"a.test:80","RequestPath":"/x?y=1","request_X-A":"b","Duration":5}'
    assert from_log(line, "http") == Question(
        entry_point="http", method="POST", host="a.test:80", path="/x", query="y=1", headers=(("x-a", "b"),)
    )
    found = list(from_logs([line, "", "{", "[]", '{"a":1}'], "http"))
    assert [(number, type(one)) for number, one in found] == [
        (1, Question),
        (3, RequestError),
        (4, RequestError),
        (5, RequestError),
    ]
