"""The command line, as Traefik 1.7 reads it."""

import pytest
from hypothesis import given as given_
from hypothesis import strategies as st

from pointsman.config.decode import decode
from pointsman.config.flags import Words, parse
from pointsman.config.given import by_name
from pointsman.model.static import Static

S = 1_000_000_000


def static(*argv: str) -> Static:
    words = parse(argv)
    assert words.problems == ()
    decoded, problems = decode(words.tree, Static)
    assert problems == []
    return decoded


def refused(*argv: str) -> str:
    problems = parse(argv).problems
    assert len(problems) == 1
    return str(problems[0])


@pytest.mark.parametrize(
    "argv",
    [
        ["--logLevel=INFO"],
        ["--logLevel", "INFO"],
        ["--LOGLEVEL=INFO"],
        ["--loglevel", "INFO"],
        ["-l", "INFO"],
        ["-lINFO"],
        ["-l=INFO"],
        ["--logLevel=DEBUG", "--loglevel=INFO"],
    ],
)
def test_a_text(argv: list[str]) -> None:
    assert static(*argv).log_level == "INFO"


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["--debug"], True),
        (["--debug=true"], True),
        (["--debug=T"], True),
        (["--debug=false"], False),
        (["--debug=0"], False),
        (["-d"], True),
        (["-d=false"], False),
        (["--debug", "--debug=false"], False),
    ],
)
def test_a_switch(argv: list[str], expected: bool) -> None:
    assert static(*argv).debug is expected


def test_short_switches_can_be_joined() -> None:
    decoded = static("-dl", "INFO")
    assert decoded.debug
    assert decoded.log_level == "INFO"
    assert static("-g5").grace_time_out == 5 * S
    assert static("-c", "x.toml").config_file == "x.toml"


def test_a_switch_takes_no_word() -> None:
    words = parse(["--debug", "version"])
    assert words.arguments == ("version",)


@pytest.mark.parametrize(
    "argv",
    [
        ["--kubernetes.namespaces=a,b"],
        ["--kubernetes.namespaces=a;b"],
        ["--kubernetes.namespaces", "a", "--kubernetes.Namespaces", "b"],
        ["--kubernetes.namespaces= a , b ,"],
    ],
)
def test_lists(argv: list[str]) -> None:
    kubernetes = static(*argv).kubernetes
    assert kubernetes is not None
    assert kubernetes.namespaces == ("a", "b")


def test_a_bare_section_is_switched_on_with_its_defaults() -> None:
    decoded = static("--api", "--kubernetes", "--ping=true", "--rest=false")
    assert decoded.api is not None
    assert decoded.api.dashboard
    assert decoded.kubernetes is not None
    assert decoded.ping is not None
    assert decoded.rest is None


@pytest.mark.parametrize(
    "argv", [["--api", "--api.entryPoint=x"], ["--api.entryPoint=x", "--api"], ["--api.entrypoint", "x"]]
)
def test_an_option_switches_its_section_on(argv: list[str]) -> None:
    api = static(*argv).api
    assert api is not None
    assert api.entry_point == "x"


def test_maps_are_pairs_between_blanks() -> None:
    log = static("--accessLog.fields.names=A=drop B=keep", "--accesslog.fields.names", "C=drop").access_log
    assert log is not None
    assert log.fields is not None
    assert log.fields.names == {"A": "drop", "B": "keep", "C": "drop"}


def test_values_may_hold_anything() -> None:
    kubernetes = static("--kubernetes.labelSelector=a=b,c!=d", "--kubernetes.token", "--x=y").kubernetes
    assert kubernetes is not None
    assert kubernetes.label_selector == "a=b,c!=d"
    assert kubernetes.token == "--x=y"


@pytest.mark.parametrize(("text", "expected"), [("10", 10 * S), ("10s", 10 * S), ("1m30s", 90 * S)])
def test_durations(text: str, expected: int) -> None:
    assert static(f"--lifeCycle.graceTimeOut={text}").life_cycle.grace_time_out == expected


def test_sizes_and_numbers() -> None:
    decoded = static("--limits.headBytes=64KiB", "--retry.attempts=3", "--metrics.prometheus.buckets=0.1,5")
    assert decoded.limits.head_bytes == 65_536
    assert decoded.retry is not None
    assert decoded.retry.attempts == 3
    assert decoded.metrics is not None
    assert decoded.metrics.prometheus is not None
    assert decoded.metrics.prometheus.buckets == (0.1, 5.0)


def test_commands_and_what_they_work_on() -> None:
    assert parse(["check", "--debug", "file", "--", "--help"]).arguments == ("check", "file", "--help")


@pytest.mark.parametrize("argv", [["--help"], ["-h"], ["version", "--HELP"], ["-dh"]])
def test_help(argv: list[str]) -> None:
    assert parse(argv).help


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--apii"], "--apii: is not a flag; did you mean `--api`?"),
        (
            ["--kubernetes.namespace=x"],
            "--kubernetes.namespace: is not a flag; did you mean `--kubernetes.namespaces`?",
        ),
        (["--ingressClass=x"], "--ingressClass: is not a flag; did you mean `--kubernetes.ingressClass`?"),
        (["--qqqqqq"], "--qqqqqq: is not a flag"),
        (["--logLevel"], "--logLevel: needs a value; write `--logLevel=VALUE`"),
        (["-l"], "-l: needs a value; write `-l=VALUE`"),
        (["-x"], "-x: is not a flag"),
        (["-api"], "-a: is not a flag; did you mean `--api`?"),
    ],
)
def test_what_is_refused(argv: list[str], message: str) -> None:
    assert refused(*argv) == message


def test_a_wrong_value_names_the_flag() -> None:
    _, problems = decode(parse(["--retry.attempts=many"]).tree, Static)
    assert [str(problem) for problem in problems] == [
        "--retry.attempts: retry.attempts ('many'): is not a whole number"
    ]


def test_every_option_of_every_section_is_a_flag() -> None:
    for name, named in by_name().items():
        argv = [f"--{name}"] if named.bare else [f"--{name}", "Name:1"]
        assert parse(argv).problems == ()
        assert parse(argv).arguments == ()


@given_(st.lists(st.one_of(st.text(max_size=12), st.sampled_from(sorted(by_name())).map("--{}".format))))
def test_no_command_line_makes_the_parser_fail(argv: list[str]) -> None:
    words = parse(argv)
    assert isinstance(words, Words)
    decode(words.tree, Static)


@given_(
    st.sampled_from(["kubernetes.endpoint", "file.filename", "statedir", "API.entryPoint"]),
    st.text(),
    st.booleans(),
)
def test_any_text_arrives_as_it_is(name: str, text: str, joined: bool) -> None:
    words = parse([f"--{name}={text}"] if joined else [f"--{name}", text])
    node = words.tree
    for part in name.split("."):
        entry = node.find(part)  # type: ignore[union-attr]
        assert entry is not None
        node = entry.node  # type: ignore[assignment]
    assert node.value == text  # type: ignore[attr-defined]
