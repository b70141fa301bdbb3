"""Trees to structs: values, mistakes, suggestions."""

import msgspec
import pytest

from pointsman.config.decode import decode
from pointsman.config.toml import parse
from pointsman.model.dynamic import Dynamic
from pointsman.model.problem import Problem, Severity
from pointsman.model.static import Static

S = 1_000_000_000


def static(text: str) -> tuple[Static, list[Problem]]:
    return decode(parse(text, "traefik.toml"), Static)


def clean(text: str) -> Static:
    decoded, problems = static(text)
    assert problems == []
    return decoded


def one(text: str) -> Problem:
    _, problems = static(text)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def test_keys_match_in_any_letter_case_and_names_keep_theirs() -> None:
    decoded = clean('LOGLEVEL = "INFO"\n[EntryPoints.Http]\nADDRESS = ":80"\n[KUBERNETES]\nenablepasstlscert = true')
    assert decoded.log_level == "INFO"
    assert list(decoded.entry_points) == ["Http"]
    assert decoded.entry_points["Http"].address == ":80"
    assert decoded.kubernetes is not None
    assert decoded.kubernetes.enable_pass_tls_cert


@pytest.mark.parametrize(("text", "expected"), [("5", 5 * S), ('"5"', 5 * S), ('"5ms"', 5_000_000), ("0", 0)])
def test_durations_are_text_or_seconds(text: str, expected: int) -> None:
    assert clean(f"[lifeCycle]\ngraceTimeOut = {text}").life_cycle.grace_time_out == expected


def test_empty_sections_have_their_defaults_and_others_stay_off() -> None:
    decoded = clean("[api]\n[metrics]")
    assert decoded.api is not None
    assert decoded.api.entry_point == "traefik"
    assert decoded.api.statistics is None
    assert decoded.metrics is not None
    assert decoded.metrics.prometheus is None
    assert decoded.ping is None


def test_maps_and_lists() -> None:
    decoded = clean(
        '[accessLog.fields.names]\n"A" = "drop"\n[metrics.prometheus]\nbuckets = [1, 2.5]\n'
        '[entryPoints.s.tls]\n[[entryPoints.s.tls.certificates]]\ncertFile = "c"\nkeyFile = "k"'
    )
    assert decoded.access_log is not None
    assert decoded.access_log.fields is not None
    assert decoded.access_log.fields.names == {"A": "drop"}
    assert decoded.metrics is not None
    assert decoded.metrics.prometheus is not None
    assert decoded.metrics.prometheus.buckets == (1.0, 2.5)
    assert decoded.entry_points["s"].tls is not None
    assert decoded.entry_points["s"].tls.certificates[0].key_file == "k"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("logLevel = 5", "is a whole number, but must be a string"),
        ("debug = 1", "is a whole number, but must be `true` or `false`"),
        ('debug = "true"', "is a string, but must be `true` or `false`"),
        ('threads = "4"', "is a string, but must be a whole number"),
        ("threads = 1.5", "is a number with a fraction, but must be a whole number"),
        ("threads = true", "is a boolean, but must be a whole number"),
        ("threads = 99999999999999999999", "does not fit into 64 bits"),
        ("threads = 2020-01-01", "is a date or time, but must be a whole number"),
        ("logLevel = []", "is a list, but must be a string"),
        ("[logLevel]", "is a table, but must be a string"),
        ('defaultEntryPoints = "http"', "is a string, but must be a list"),
        ("defaultEntryPoints = [1]", "is a whole number, but must be a string"),
        ("api = true", "is a boolean, but must be a table"),
        ('idleTimeout = "5 minutes"', "is not a duration"),
        ("idleTimeout = 1.5", "is a number with a fraction, but must be a duration"),
        ("idleTimeout = -1", "must not be negative"),
        ('security = "paranoid"', "must be one of `default`, `strict`"),
        ("[metrics.prometheus]\nbuckets = [inf]", "is not a number"),
        ('logLevel = "a"\nloglevel = "b"', "is given twice, first as `logLevel` at traefik.toml:1:1"),
        ("[limits]\nheadBytes = 1.5", "is a number with a fraction, but must be a size"),
    ],
)
def test_wrong_types_are_told_exactly(text: str, message: str) -> None:
    problem = one(text)
    assert problem.severity is Severity.ERROR
    assert problem.message.startswith(message)


def test_a_wrong_value_leaves_the_default() -> None:
    decoded, _ = static("maxIdleConnsPerHost = true\nthreads = 3")
    assert decoded.max_idle_conns_per_host == 200
    assert decoded.threads == 3


def test_every_mistake_of_a_file_is_found_at_once_where_it_is() -> None:
    _, problems = static(
        'loglevl = "INFO"\ndebug = 1\n\n[entryPoints]\n  [entryPoints.http]\n  adress = ":80"\n  compress = "yes"\n'
        '[[kubernetes]]\n[file]\nwatch = "x"'
    )
    assert [(problem.origin, problem.object) for problem in problems] == [
        ("traefik.toml:1:1", "loglevl"),
        ("traefik.toml:2:9", "debug"),
        ("traefik.toml:6:3", "entryPoints.http.adress"),
        ("traefik.toml:7:14", "entryPoints.http.compress"),
        ("traefik.toml:8:1", "kubernetes"),
        ("traefik.toml:10:9", "file.watch"),
    ]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("loglevl = 1", "did you mean `logLevel`?"),
        ("[entryPoint.http]", "did you mean `entryPoints`?"),
        ("[entryPoints.http]\nadress = 1", "did you mean `address`?"),
        ("[api]\ningressClas = 1", "did you mean `kubernetes.ingressClass`?"),
        ("dialTimeout = 1", "did you mean `forwardingTimeouts.dialTimeout`?"),
        ("zzzzzzz = 1", ""),
    ],
)
def test_unknown_keys_are_warnings_with_a_suggestion(text: str, remedy: str) -> None:
    problem = one(text)
    assert problem.severity is Severity.WARNING
    assert problem.remedy == remedy


@pytest.mark.parametrize(
    "text",
    [
        "[kubernetes]\ntoken = 12345",
        '[entryPoints.h.auth.basic]\nusers = "alice:12345"',
        "[entryPoints.h.auth.basic]\nusers = [12345]",
        "[[entryPoints.h.tls.certificates]]\nkeyFile = 12345",
    ],
)
def test_secrets_are_not_shown(text: str) -> None:
    assert "12345" not in str(one(text))


def test_long_values_are_cut() -> None:
    assert len(one(f'idleTimeout = "{"x" * 1000}"').value) == 200


def dynamic(text: str) -> tuple[Dynamic, list[Problem]]:
    return decode(parse(text, "rules.toml"), Dynamic)


def test_rules_of_the_file_provider() -> None:
    decoded, problems = dynamic(
        """
        [backends.b1.servers.s1]
        url = "http://1.2.3.4"
        weight = 3
        [frontends.f1]
        backend = "b1"
        passTLSCert = true
        [frontends.f1.routes.r]
        rule = "Host:a"
        [frontends.f1.ratelimit.rateset.r]
        period = "3s"
        average = 5
        [[tls]]
        entryPoints = ["https"]
        [tls.certificate]
        certFile = "c"
        """
    )
    assert problems == []
    assert decoded.backends["b1"].servers["s1"].weight == 3
    frontend = decoded.frontends["f1"]
    assert frontend.routes["r"].rule == "Host:a"
    assert frontend.pass_tls_cert
    assert frontend.rate_limit is not None
    assert frontend.rate_limit.rate_set["r"].period == 3 * S
    assert [entry.entry_points for entry in decoded.tls.values()] == [("https",)]


def test_mistakes_name_the_frontend_or_backend() -> None:
    _, problems = dynamic('[frontends.web]\npriority = "high"\n[backends.b.servers.s]\nweight = 1\n')
    assert [(p.object, p.key, p.origin) for p in problems] == [
        ("frontend web", "priority", "rules.toml:2:12"),
        ("backend b", "servers.s.url", "rules.toml:3:1"),
    ]
    assert problems[1].message == "is required and missing"


@pytest.mark.parametrize("key", ["origin", "refuse", "tie", "computedPriority"])
def test_what_the_program_sets_cannot_be_given(key: str) -> None:
    decoded, problems = dynamic(f'[frontends.web]\n{key} = "1"')
    assert [problem.message for problem in problems] == ["is not an option and is ignored"]
    assert decoded.frontends["web"].origin == ""


def test_any_struct_decodes() -> None:
    class Pair(msgspec.Struct, frozen=True):
        left: int
        right: str = "r"

    assert decode(parse("LEFT = 1", "x"), Pair) == (Pair(left=1), [])
