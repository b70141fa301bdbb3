"""What follows from the options: implicit entry points, older spellings, and names that lead nowhere."""

from pathlib import Path

import pytest

from pointsman.config.load import Loaded, load
from pointsman.model.entry_points import ClientCa
from pointsman.model.static import AccessLog

S = 1_000_000_000


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def of(text: str, *argv: str) -> Loaded:
    Path("t.toml").write_text(text)
    return load(["-ct.toml", *argv], {})


def addresses(loaded: Loaded) -> dict[str, str]:
    assert loaded.fatal == ()
    return {name: point.address for name, point in loaded.static.entry_points.items()}


# --- implicit entry points -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "argv", [["--api"], ["--ping"], ["--rest"], ["--metrics.prometheus"], ["--api.entryPoint=traefik"]]
)
def test_the_internal_entry_point_comes_with_who_needs_it(argv: list[str]) -> None:
    assert addresses(of("", *argv)) == {"http": ":80", "traefik": ":8080"}


@pytest.mark.parametrize("argv", [[], ["--metrics"], ["--api.entryPoint=http"], ["--kubernetes"]])
def test_and_only_then(argv: list[str]) -> None:
    assert addresses(of("", *argv)) == {"http": ":80"}


def test_a_configured_internal_entry_point_stays() -> None:
    loaded = of('[api]\n[entryPoints.traefik]\naddress = ":9000"')
    assert addresses(loaded) == {"traefik": ":9000"}


def test_without_entry_points_the_default_is_http_whatever_is_given() -> None:
    loaded = of('defaultEntryPoints = ["https"]')
    assert loaded.static.default_entry_points == ("http",)
    assert addresses(loaded) == {"http": ":80"}


def test_the_default_entry_point_is_http_unless_given() -> None:
    loaded = of('[entryPoints.web]\naddress = ":80"')
    assert loaded.static.default_entry_points == ("http",)
    assert [str(problem) for problem in loaded.problems] == [
        "defaultEntryPoints ('http'): is not an entry point; there are `web`; set `defaultEntryPoints`"
    ]


# --- older spellings -------------------------------------------------------------------------------------------------


def test_older_timeouts_win() -> None:
    loaded = of(
        'graceTimeOut = 3\nidleTimeout = "4s"\n[lifeCycle]\ngraceTimeOut = 30\n[respondingTimeouts]\nidleTimeout = 40'
    )
    assert loaded.static.life_cycle.grace_time_out == 3 * S
    assert loaded.static.responding_timeouts.idle_timeout == 4 * S


def test_older_log_files() -> None:
    static = of('accessLogsFile = "a"\ntraefikLogsFile = "t"\n[accessLog]\nformat = "json"').static
    assert static.access_log == AccessLog(file_path="a")
    assert static.traefik_log is not None
    assert static.traefik_log.file_path == "t"
    newer = of('traefikLogsFile = "t"\n[traefikLog]\nfilePath = "n"\nformat = "json"').static.traefik_log
    assert newer is not None
    assert (newer.file_path, newer.format) == ("n", "json")


def test_web_is_api_ping_and_metrics() -> None:
    loaded = of('[web]\naddress = ":9999"\n[web.metrics.prometheus]')
    assert addresses(loaded) == {"http": ":80", "traefik": ":9999"}
    assert loaded.static.api is not None
    assert loaded.static.ping is not None
    assert loaded.static.metrics is not None
    assert loaded.static.metrics.prometheus is not None


def test_web_gives_way_to_what_replaced_it() -> None:
    loaded = of('[web]\naddress = ":9999"\n[ping]')
    assert addresses(loaded) == {"http": ":80", "traefik": ":8080"}
    assert loaded.static.api is None


def test_older_entry_point_options() -> None:
    listed = 'address = ":1"\nwhitelistSourceRange = ["10.0.0.1"]\n'
    point = of(f'[entryPoints.http]\n{listed}[entryPoints.http.tls]\nclientCAFiles = ["ca"]').static.entry_points[
        "http"
    ]
    assert point.white_list is not None
    assert point.white_list.source_range == ("10.0.0.1",)
    assert point.tls is not None
    assert point.tls.client_ca == ClientCa(files=("ca",))


# --- what is wrong ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", [":80", ":0", "127.0.0.1:80", "localhost:8080", "[::1]:443", "[::]:80", "0.0.0.0:65535"]
)
def test_addresses(address: str) -> None:
    assert of(f'[entryPoints.http]\naddress = "{address}"').fatal == ()


@pytest.mark.parametrize(
    "address", ["80", "http", ":", ":http", ":65536", "::1:80x", "[::1:80", "[zz]:80", "a b:80", ":-1", ":٨"]
)
def test_bad_addresses_forbid_the_start(address: str) -> None:
    fatal = of(f'[entryPoints.http]\naddress = "{address}"').fatal
    assert len(fatal) == 1
    assert str(fatal[0]).startswith("t.toml:2:1: entryPoints.http.address (")


def test_a_missing_address_forbids_the_start() -> None:
    fatal = of("[entryPoints.http]").fatal
    assert [str(problem) for problem in fatal] == [
        't.toml:1:14: entryPoints.http.address: is missing; write an address such as `":80"`'
    ]


def test_two_entry_points_on_one_address_forbid_the_start() -> None:
    fatal = of('[entryPoints.a]\naddress = ":1"\n[entryPoints.b]\naddress = ":1"').fatal
    assert [str(problem) for problem in fatal] == [
        "t.toml:4:1: entryPoints.b.address (':1'): is the address of entry point a too"
    ]
    assert of('[entryPoints.a]\naddress = ":0"\n[entryPoints.b]\naddress = ":0"').fatal == ()


@pytest.mark.parametrize(
    ("text", "fatal", "problem"),
    [
        (
            "[entryPoints.http.redirect]\nentryPoint = 'https'",
            True,
            "t.toml:4:1: entryPoints.http.redirect.entryPoint ('https'): is not an entry point; there are `http`",
        ),
        (
            "[entryPoints.http.redirect]\nentryPoint = 'http'",
            True,
            "t.toml:4:1: entryPoints.http.redirect.entryPoint ('http'): is the entry point itself",
        ),
        (
            "[entryPoints.http.forwardedHeaders]",
            False,
            "t.toml:3:19: entryPoints.http.forwardedHeaders: trusts nobody, and no frontend works on this entry point",
        ),
        ("[entryPoints.http.proxyProtocol]", True, "t.toml:3:19: entryPoints.http.proxyProtocol: trusts nobody"),
        (
            "[entryPoints.http.forwardedHeaders]\ntrustedIPs = ['10.0.0.0/8', 'x']",
            False,
            "t.toml:4:1: entryPoints.http.forwardedHeaders.trustedIPs ('x'): is neither an address nor a CIDR range",
        ),
        (
            "[entryPoints.http.whiteList]\nsourceRange = ['10.0.0.0/99']",
            True,
            "t.toml:4:1: entryPoints.http.whiteList.sourceRange ('10.0.0.0/99'): is neither",
        ),
        (
            "[api]\nentryPoint = 'x'",
            False,
            "t.toml:4:1: api.entryPoint ('x'): is not an entry point, and `api` is served",
        ),
        ("[file]\n[file.x]", False, "t.toml:4:7: file.x: is not an option and is ignored"),
    ],
)
def test_mistakes(text: str, fatal: bool, problem: str) -> None:
    loaded = of('[entryPoints.http]\naddress = ":80"\n' + text)
    told = [str(each) for each in (loaded.fatal if fatal else loaded.problems)]
    assert [each for each in told if each.startswith(problem)], told
    assert bool(loaded.fatal) is fatal


def test_an_unknown_log_level_is_told_and_not_silent() -> None:
    loaded = load(["--logLevel=LOUD"], {})
    assert loaded.static.log_level == "ERROR"
    assert str(loaded.problems[0]).startswith("--logLevel: logLevel ('LOUD'): is not a log level, and ERROR is used")


@pytest.mark.parametrize("level", ["debug", "Info", "WARN", "warning", "ERROR", "fatal", "PANIC", ""])
def test_log_levels(level: str) -> None:
    loaded = load([f"--logLevel={level}"], {})
    assert (loaded.static.log_level, loaded.problems) == (level, ())


def test_a_file_provider_without_a_file() -> None:
    loaded = load(["--file"], {})
    assert [str(problem) for problem in loaded.problems] == [
        "--file: file: names no file, and there is no main file to read frontends from;"
        " set `file.filename` or `file.directory`"
    ]
    assert of("[file]\n[frontends.f]").problems == ()


def test_rules_beside_a_rule_file_have_no_effect() -> None:
    loaded = of('[file]\nfilename = "rules.toml"\n[frontends.f]')
    assert [str(problem) for problem in loaded.problems] == [
        "t.toml:3:2: frontends: has no effect, because `[file]` names another place; move it there"
    ]


def test_an_ingress_endpoint_that_names_nothing_is_told() -> None:
    told = of("[kubernetes.ingressEndpoint]").problems
    assert [str(problem) for problem in told] == [
        "t.toml:1:13: kubernetes.ingressEndpoint: names nothing, and no status is written;"
        " set `ip`, `hostname` or `publishedService`"
    ]
    assert of('[kubernetes.ingressEndpoint]\nip = "192.0.2.1"').problems == ()


def test_threads() -> None:
    assert load(["--threads=4"], {}).static.threads == 4
    assert load(["--threads=-1"], {}).fatal != ()
