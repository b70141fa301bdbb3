"""Modes, ranges and defaults of the access log and of metrics."""

from pointsman.compiler.observability import compile_access_log, compile_metrics
from pointsman.model import static
from pointsman.model.plan import AccessLog, Metrics

REDACTED = dict.fromkeys(("Authorization", "Cookie", "Proxy-Authorization", "Set-Cookie"), "redact")


def test_an_empty_section_is_a_common_log_without_credentials() -> None:
    assert compile_access_log(None) is None
    assert compile_access_log(static.AccessLog()) == AccessLog(headers=REDACTED)


def test_modes_are_resolved() -> None:
    headers = static.FieldHeaders(default_mode="nonsense", names={"Cookie": "keep", "X-A": "drop", "X-B": "?"})
    fields = static.AccessLogFields(
        default_mode="drop", names={"A": "keep", "B": "drop", "C": "redact"}, headers=headers
    )
    compiled = compile_access_log(static.AccessLog(format="json", fields=fields, buffering_size=9))
    assert compiled is not None
    assert compiled.drop_fields
    assert compiled.fields == {"A": True, "B": False}
    assert compiled.headers_mode == "keep"
    assert compiled.headers == {**REDACTED, "Cookie": "keep", "X-A": "drop"}
    assert (compiled.format, compiled.buffered_lines) == ("json", 9)


def test_what_drops_all_headers_drops_credentials_too() -> None:
    fields = static.AccessLogFields(headers=static.FieldHeaders(default_mode="drop", names={"X-A": "keep"}))
    compiled = compile_access_log(static.AccessLog(fields=fields))
    assert compiled is not None
    assert compiled.headers == {"X-A": "keep"}


def test_one_bad_range_turns_the_filter_by_status_off() -> None:
    def statuses(*codes: str) -> tuple[tuple[int, int], ...]:
        compiled = compile_access_log(static.AccessLog(filters=static.AccessLogFilters(status_codes=codes)))
        assert compiled is not None
        return compiled.statuses

    assert statuses("404", "500-599") == ((404, 404), (500, 599))
    assert statuses("404", "x") == ()


def test_buckets_are_rising_nanoseconds() -> None:
    assert compile_metrics(None) is None
    assert compile_metrics(static.Metrics(), ("namespace",)) == Metrics(
        buckets_ns=(100_000_000, 300_000_000, 1_200_000_000, 5_000_000_000), labels=("namespace", "host")
    )
    prometheus = static.Prometheus(buckets=(5.0, 0.1, 0.1, float("inf"), -1.0))
    compiled = compile_metrics(static.Metrics(prometheus=prometheus))
    assert compiled == Metrics(buckets_ns=(100_000_000, 5_000_000_000), labels=("host",))
