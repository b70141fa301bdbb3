import re

import msgspec
import pytest

from pointsman.api import health
from pointsman.model.plan import RecentError, Stats

ERROR = RecentError(
    unix_us=1_700_000_000_123_000,
    status=502,
    method="GET",
    host="a.test",
    path="/a%20b",
    route="r",
    server="http://10.0.0.1:80",
    reason="connect_failed",
    micros=5,
)
NUMBERS = Stats(
    pid=9,
    uptime_ms=3_723_500,
    open=0,
    in_flight=0,
    retries=0,
    codes={0: 1, 200: 3, 502: 1},
    micros=6_000,
    bytes=401,
    durations=(),
    routes={},
    errors=(ERROR, msgspec.structs.replace(ERROR, status=499)),
)


def test_the_document_has_the_keys_of_1_7_in_their_order() -> None:
    shown = health.document(NUMBERS, {200: 2}, pid=7, recent_errors=None)
    assert list(shown) == [
        *("pid", "hostname", "uptime", "uptime_sec", "time", "unixtime", "status_code_count"),
        *("total_status_code_count", "count", "total_count", "total_response_time", "total_response_time_sec"),
        *("total_response_size", "average_response_size", "average_response_time", "average_response_time_sec"),
        *("total_metrics_counts", "average_metrics_timers"),
    ]
    assert (shown["pid"], shown["hostname"], shown["uptime"], shown["uptime_sec"]) == (7, "", "1h2m3.5s", 3723.5)
    assert shown["status_code_count"] == {"200": 2}
    assert shown["total_status_code_count"] == {"200": 3, "502": 1}
    assert (shown["count"], shown["total_count"]) == (2, 4)
    assert (shown["total_response_time"], shown["average_response_time"]) == ("6ms", "1.5ms")
    assert (shown["total_response_size"], shown["average_response_size"]) == (401, 100)
    pattern = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})? [+-]\d{4} \S+ m=\+3723\.500000000"
    assert re.fullmatch(pattern, shown["time"])


def test_recent_errors_are_there_only_when_asked_for() -> None:
    shown = health.document(NUMBERS, {}, pid=7, recent_errors=1)["recent_errors"]
    assert len(shown) == 1
    assert {key: value for key, value in shown[0].items() if key != "time"} == {
        "status_code": 502,
        "status": "Bad Gateway",
        "method": "GET",
        "host": "a.test",
        "path": "/a b",
    }
    assert re.fullmatch(r"2023-11-1\dT\d\d:\d\d:20\.123(Z|[+-]\d\d:\d\d)", shown[0]["time"])
    none = msgspec.structs.replace(NUMBERS, errors=())
    assert health.document(none, {}, pid=7, recent_errors=10)["recent_errors"] == []


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "0s"),
        (1, "1ns"),
        (1_500, "1.5µs"),
        (2_000_000, "2ms"),
        (1_000_000_000, "1s"),
        (61_010_000_000, "1m1.01s"),
        (3_600_000_000_000, "1h0m0s"),
        (90_061_000_000_001, "25h1m1.000000001s"),
    ],
)
def test_durations_are_written_as_go_does(nanoseconds: int, text: str) -> None:
    assert health.duration(nanoseconds) == text


def test_whole_seconds_have_no_point() -> None:
    assert (health.seconds(2_000_000_000), health.seconds(1_500_000_000)) == (2, 1.5)


def test_what_was_gained_is_all_of_it_when_the_proxy_is_another() -> None:
    assert health.since(NUMBERS, {200: 1}) == {200: 2, 502: 1}
    assert health.since(NUMBERS, {200: 10}) == {200: 3, 502: 1}
