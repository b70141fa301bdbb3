"""Flags, environment and file together: what is in force, what is told, what forbids the start."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pointsman.config.load import Loaded, load
from pointsman.model.entry_points import EntryPoint

S = 1_000_000_000
GUIDE = """
defaultEntryPoints = ["http"]

[entryPoints]
  [entryPoints.http]
  address = ":80"

[accessLog]
filePath = "/logs/traefik.access.log"
format = "json"
"""


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def from_file(text: str, *argv: str, environ: Mapping[str, str] = {}) -> Loaded:
    Path("main.toml").write_text(text)
    return load(["--configFile=main.toml", *argv], environ)


def told(loaded: Loaded) -> list[str]:
    return [str(problem) for problem in loaded.problems]


def refused(loaded: Loaded) -> list[str]:
    return [str(problem) for problem in loaded.fatal]


def test_the_guide_runs_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "traefik.toml").write_text(GUIDE)
    loaded = load([f"--configfile={tmp_path}/traefik.toml", "--api", "--kubernetes", "--logLevel=INFO"], {})
    assert loaded.fatal == ()
    static = loaded.static
    assert static.config_file == f"{tmp_path}/traefik.toml"
    assert static.log_level == "INFO"
    assert static.entry_points == {"http": EntryPoint(address=":80"), "traefik": EntryPoint(address=":8080")}
    assert static.default_entry_points == ("http",)
    assert static.kubernetes is not None
    assert static.api is not None
    assert static.ping is None
    assert static.access_log is not None
    assert static.access_log.format == "json"
    assert (loaded.command, loaded.arguments, loaded.help) == ("", (), False)


def test_nothing_given() -> None:
    loaded = load([], {})
    assert (loaded.fatal, loaded.problems) == ((), ())
    assert loaded.static.config_file == ""
    assert loaded.static.entry_points == {"http": EntryPoint(address=":80")}
    assert loaded.static.default_entry_points == ("http",)


def test_flags_win_over_environment_over_file_over_defaults_key_by_key() -> None:
    loaded = from_file(
        '[kubernetes]\nendpoint = "file"\ningressClass = "file"\nlabelSelector = "file"',
        "--KUBERNETES.endpoint=flag",
        environ={"POINTSMAN_KUBERNETES__ENDPOINT": "env", "POINTSMAN_KUBERNETES__INGRESSCLASS": "env"},
    )
    kubernetes = loaded.static.kubernetes
    assert kubernetes is not None
    assert (kubernetes.endpoint, kubernetes.ingress_class, kubernetes.label_selector) == ("flag", "env", "file")
    assert kubernetes.throttle_duration == 0


def test_lists_and_maps_of_flags_replace_those_of_the_file() -> None:
    loaded = from_file(
        'defaultEntryPoints = ["a", "b"]\n[entryPoints.a]\naddress = ":1"\n[entryPoints.b]\naddress = ":2"\n'
        '[accessLog.fields.names]\nA = "drop"\nB = "drop"',
        "--defaultEntryPoints=c",
        "--entryPoints=Name:c Address::3",
        "--accessLog.fields.names=C=drop",
    )
    assert loaded.fatal == ()
    assert loaded.static.default_entry_points == ("c",)
    assert list(loaded.static.entry_points) == ["c"]
    assert loaded.static.access_log is not None
    assert loaded.static.access_log.fields is not None
    assert loaded.static.access_log.fields.names == {"C": "drop"}


def test_a_bare_section_flag_keeps_what_the_file_says() -> None:
    loaded = from_file('[api]\nentryPoint = "http"', "--api")
    assert loaded.static.api is not None
    assert loaded.static.api.entry_point == "http"


def test_a_section_of_the_file_can_be_switched_off() -> None:
    assert from_file("[retry]\nattempts = 2", "--retry=false").static.retry is None


@pytest.mark.parametrize(
    "variable",
    ["POINTSMAN_LOGLEVEL", "POINTSMAN_LOG_LEVEL", "POINTSMAN_logLevel"],
)
def test_environment(variable: str) -> None:
    assert load([], {variable: "WARN"}).static.log_level == "WARN"


def test_environment_sections_lists_and_entry_points() -> None:
    static = load(
        [],
        {
            "POINTSMAN_API": "true",
            "POINTSMAN_KUBERNETES__NAMESPACES": "a,b",
            "POINTSMAN_ENTRY_POINTS": "Name:http Address::81",
        },
    ).static
    assert static.api is not None
    assert static.kubernetes is not None
    assert static.kubernetes.namespaces == ("a", "b")
    assert static.entry_points["http"].address == ":81"


def test_variables_that_name_no_option_are_not_looked_at() -> None:
    loaded = load(
        [],
        {
            "POINTSMAN_PORT": "tcp://10.0.0.1:80",
            "POINTSMAN_SERVICE_HOST": "10.0.0.1",
            "POINTSMAN_API_PORT_80_TCP": "x",
            "POINTSMAN_CONTROL_FD": "3",
            "POINTSMAN_": "",
            "LOGLEVEL": "DEBUG",
        },
    )
    assert loaded == load([], {})


def test_a_mistake_in_the_environment_names_the_variable() -> None:
    loaded = load([], {"POINTSMAN_THREADS": "many"})
    assert refused(loaded) == ["POINTSMAN_THREADS: threads ('many'): is not a whole number"]


# --- which file ------------------------------------------------------------------------------------------------------


def test_config_file_may_be_a_directory_and_hold_variables(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "traefik.toml").write_text("debug = true")
    for argument in ("etc", "$PLACE/etc", "${PLACE}/etc/traefik.toml"):
        loaded = load(["-c", argument], {"PLACE": str(tmp_path)})
        assert loaded.static.debug, argument
    assert load([], {"POINTSMAN_CONFIGFILE": "etc"}).static.config_file == "etc/traefik.toml"


def test_home_comes_before_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / ".traefik").mkdir()
    (tmp_path / "traefik.toml").write_text('logLevel = "INFO"')
    assert load([], {}).static.log_level == "INFO"
    (tmp_path / ".traefik" / "traefik.toml").write_text('logLevel = "WARN"')
    assert load([], {"HOME": str(tmp_path)}).static.log_level == "WARN"


def test_a_named_file_that_is_missing_forbids_the_start() -> None:
    assert refused(load(["--configFile=nowhere.toml"], {})) == [
        "--configFile: nowhere.toml: cannot be read: it does not exist"
    ]


def test_what_only_seems_wrong_without_the_file_is_not_told() -> None:
    loaded = load(["--configFile=nowhere.toml", "--file", "--api.entryPoint=admin"], {})
    assert (len(loaded.fatal), loaded.problems) == (1, ())


# --- mistakes --------------------------------------------------------------------------------------------------------


def test_unknown_keys_warn_and_strict_refuses_them() -> None:
    text = '[entryPoints.http]\naddress = ":80"\nadress = ":81"'
    message = "main.toml:3:1: entryPoints.http.adress: is not an option and is ignored; did you mean `address`?"
    loaded = from_file(text)
    assert (loaded.fatal, told(loaded)) == ((), [message])
    assert refused(from_file(text, "--security=strict")) == [message.replace(" and is ignored", "")]


def test_unknown_flags_forbid_the_start() -> None:
    assert refused(load(["--apii", "--kubernetess.endpoint=x"], {})) == [
        "--apii: is not a flag; did you mean `--api`?",
        "--kubernetess.endpoint: is not a flag; did you mean `--kubernetes.endpoint`?",
    ]


def test_syntax_errors_show_the_line() -> None:
    loaded = from_file('debug = true\n[entryPoints\n  address = ":80"')
    assert len(loaded.fatal) == 1
    assert str(loaded.fatal[0]).startswith("main.toml:2:13: TOML syntax ('[entryPoints'): expected ']'")


def test_syntax_errors_do_not_show_secrets() -> None:
    assert "s3cret" not in str(from_file('[kubernetes]\ntoken = "s3cret" x').fatal[0])


def test_all_type_errors_of_a_file_are_told_at_once() -> None:
    loaded = from_file('debug = 1\n[entryPoints.http]\naddress = 80\n[retry]\nattempts = "x"\ntypo = 1')
    assert [problem.origin for problem in loaded.fatal] == ["main.toml:1:9", "main.toml:3:11", "main.toml:5:12"]
    assert [problem.origin for problem in loaded.problems] == ["main.toml:6:1"]


def test_options_without_effect_are_named() -> None:
    loaded = from_file(
        '[acme]\nemail = "a@b"\nstorage = "x"\n[docker]\n[entryPoints.http]\n'
        'address = ":80"\n[entryPoints.http.tls]\n[zookeeper]\nendpoint = "z"',
        "--consul.endpoint=x",
    )
    assert loaded.fatal == ()
    named = [problem.object for problem in loaded.problems]
    assert named == [
        "acme.email",
        "acme.storage",
        "docker",
        "zookeeper.endpoint",
        "consul.endpoint",
        "entryPoints.http.tls",
    ]
    assert (
        told(loaded)[0]
        == "main.toml:2:1: acme.email: is an option of Traefik 1.7 that is not supported yet and has no effect"
    )


def test_options_in_force_are_not_named() -> None:
    argv = ["--api", "--api.dashboard", "--api.statistics", "--metrics.prometheus.buckets=1", "--metrics.statsd"]
    assert load(argv, {}).problems == ()


def test_templates_are_named_too() -> None:
    loaded = from_file('[kubernetes]\nfilename = "my.tmpl"\n[file]\ndebugLogGeneratedTemplate = true')
    assert loaded.fatal == ()
    assert [problem.object for problem in loaded.problems] == ["kubernetes.filename", "file.debugLogGeneratedTemplate"]


def test_what_is_off_needs_no_mention() -> None:
    loaded = from_file(
        "checkNewVersion = false\n[api]\ndashboard = false\n[entryPoints.http]\naddress = ':80'\ncompress = false"
    )
    assert told(loaded) == []


def test_the_keys_of_the_file_provider_are_not_ours_to_judge() -> None:
    loaded = from_file("[file]\n[frontends.f]\nanything = 1\n[backends.b]\n[[tls]]")
    assert (loaded.fatal, told(loaded)) == ((), [])
    assert told(from_file("[backends.b]")) == [
        "main.toml:1:2: backends: has no effect without the section `[file]`; add `[file]`"
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200))
def test_no_file_makes_it_fail(content: bytes) -> None:
    Path("main.toml").write_bytes(content)
    load(["--configFile=main.toml"], {})


def test_help_reads_nothing() -> None:
    loaded = load(["check", "--help", "--configFile=nowhere", "--x"], {})
    assert (loaded.help, loaded.command, loaded.fatal) == (True, "check", ())


def test_the_access_log_s_mistakes_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    filters, fields = '[accessLog.filters]\nstatusCodes = ["200", "5xx"]', '[accessLog.fields.names]\nA = "x"'
    Path("t.toml").write_text(f'[accessLog]\nformat = "xml"\n{filters}\n{fields}\n')
    loaded = load(["-ct.toml"], {})
    assert loaded.fatal == ()
    told = {(problem.object, problem.value) for problem in loaded.problems}
    wanted = {("accessLog.format", "xml"), ("accessLog.filters.statusCodes", "5xx"), ("accessLog.fields.names.A", "x")}
    assert wanted <= told
