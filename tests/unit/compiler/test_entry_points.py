"""Static configuration to entry points, conditions and settings."""

import pytest

from pointsman.compiler import (
    compile_settings,
    conditions_of,
    entry_points,
    log_level,
    start_errors,
    static_problems,
)
from pointsman.model.dynamic import Auth, BasicAuth, ClientTls, ForwardAuth, Redirect, WhiteList
from pointsman.model.entry_points import EntryPoint, ForwardedHeaders, ProxyProtocol, Tls
from pointsman.model.plan import ForwardedHeaders as Trust
from pointsman.model.plan import Retry as PlanRetry
from pointsman.model.plan import Settings
from pointsman.model.static import (
    Api,
    ForwardingTimeouts,
    LifeCycle,
    Limits,
    Metrics,
    Ping,
    Prometheus,
    RespondingTimeouts,
    Rest,
    Retry,
    Static,
    TraefikLog,
    Web,
)

SECOND = 1_000_000_000


def settings_of(static: Static, *, in_cluster: bool = False) -> Settings:
    return compile_settings(static, threads=2, hostname="here", in_cluster=in_cluster)


def static_with(point: EntryPoint) -> Static:
    return Static(entry_points={"http": point}, ping=Ping(entry_point="http"), api=Api(entry_point="http"))


def test_without_entry_points_there_is_http_on_80() -> None:
    assert entry_points(Static()) == {"http": EntryPoint(address=":80")}
    assert conditions_of(Static(default_entry_points=("x",))).default_entry_points == ("http",)


@pytest.mark.parametrize("static", [Static(ping=Ping()), Static(api=Api()), Static(rest=Rest())])
def test_internal_routes_bring_their_entry_point(static: Static) -> None:
    assert entry_points(static)["traefik"].address == ":8080"
    assert conditions_of(static).default_entry_points == ("http",)


def test_internal_routes_are_answered_where_they_are_configured() -> None:
    static = Static(
        entry_points={"http": EntryPoint(address=":80"), "traefik": EntryPoint(address=":99")},
        ping=Ping(entry_point="http"),
        api=Api(),
        metrics=Metrics(prometheus=Prometheus()),
        rest=Rest(),
    )
    compiled = settings_of(static).entry_points
    assert compiled["http"].internal == ("ping",)
    assert compiled["traefik"].internal == ("api", "dashboard", "metrics", "rest")
    assert compiled["traefik"].address == ":99"


def test_without_a_dashboard_its_paths_are_left_to_the_frontends() -> None:
    static = Static(api=Api(dashboard=False))
    assert settings_of(static).entry_points["traefik"].internal == ("api",)


def test_the_old_web_section_gives_way_to_the_new_ones() -> None:
    web = Web(address=":8081", metrics=Metrics(prometheus=Prometheus()))
    old = settings_of(Static(web=web)).entry_points["traefik"]
    assert old.address == ":8081"
    assert old.internal == ("ping", "api", "dashboard", "metrics")
    new = settings_of(Static(web=web, ping=Ping())).entry_points["traefik"]
    assert new.internal == ("ping",)


@pytest.mark.parametrize(
    ("given", "strict", "trust"),
    [
        (None, False, Trust(insecure=True)),
        (None, True, Trust()),
        (ForwardedHeaders(insecure=True), True, Trust(insecure=True)),
        (ForwardedHeaders(trusted_ips=("1.2.3.4/24",)), False, Trust(trusted_ips=("1.2.3.0/24",))),
        (ForwardedHeaders(), False, Trust()),
    ],
)
def test_whose_forwarded_headers_are_believed(given: ForwardedHeaders | None, strict: bool, trust: Trust) -> None:
    static = Static(
        entry_points={"http": EntryPoint(address=":80", forwarded_headers=given)},
        security="strict" if strict else "default",
    )
    assert settings_of(static).entry_points["http"].forwarded_headers == trust


@pytest.mark.parametrize(
    ("point", "reason"),
    [
        (EntryPoint(forwarded_headers=ForwardedHeaders()), "neither"),
        (EntryPoint(forwarded_headers=ForwardedHeaders(trusted_ips=("x",))), "'x' is no address"),
        (EntryPoint(auth=Auth(forward=ForwardAuth(address="HTTPS://a"))), "authentication servers with TLS"),
        (EntryPoint(tls=Tls()), "tls"),
    ],
)
def test_an_entry_point_that_cannot_keep_its_promise_serves_no_frontends(point: EntryPoint, reason: str) -> None:
    static = static_with(point)
    assert reason in conditions_of(static).closed["http"]
    assert any(reason in problem.message for problem in static_problems(static))


def test_only_ping_is_answered_where_access_cannot_be_checked() -> None:
    point = EntryPoint(auth=Auth(forward=ForwardAuth(address="https://a")))
    assert settings_of(static_with(point)).entry_points["http"].internal == ("ping",)
    assert start_errors(static_with(point)) == ()


@pytest.mark.parametrize(
    "point",
    [
        EntryPoint(auth=Auth()),
        EntryPoint(auth=Auth(basic=BasicAuth(users=("ann",)))),
        EntryPoint(auth=Auth(forward=ForwardAuth(address="https://a", tls=ClientTls()))),
        EntryPoint(auth=Auth(forward=ForwardAuth(address="https://a")), white_list=WhiteList()),
        EntryPoint(white_list=WhiteList(source_range=("x",))),
        EntryPoint(whitelist_source_range=("x",)),
        EntryPoint(redirect=Redirect(entry_point="nowhere")),
        EntryPoint(proxy_protocol=ProxyProtocol()),
        EntryPoint(proxy_protocol=ProxyProtocol(trusted_ips=("x",))),
    ],
)
def test_a_start_is_refused_when_an_entry_point_cannot_keep_its_rules(point: EntryPoint) -> None:
    told = start_errors(static_with(point))
    assert told
    assert {problem.object for problem in told} == {"entry point http"}
    assert all(problem not in static_problems(static_with(point)) for problem in told)


def test_believing_everybody_is_warned_about_unless_it_is_said_or_strict() -> None:
    def warned(point: EntryPoint, **options: str) -> bool:
        static = Static(entry_points={"http": point}, **options)  # type: ignore[arg-type]
        return any(problem.key == "forwardedHeaders" for problem in static_problems(static))

    assert warned(EntryPoint(address=":80"))
    assert not warned(EntryPoint(address=":80"), security="strict")
    assert not warned(EntryPoint(address=":80", forwarded_headers=ForwardedHeaders(insecure=True)))


def test_entry_points_that_do_not_exist_are_told_once() -> None:
    static = Static(
        entry_points={"http": EntryPoint(address=":80")},
        default_entry_points=("http", "https"),
        ping=Ping(entry_point="admin"),
    )
    assert conditions_of(static).default_entry_points == ("http",)
    told = [(problem.key, problem.value) for problem in static_problems(static) if problem.value]
    assert told == [("defaultEntryPoints", "https"), ("ping.entryPoint", "admin")]


def test_options_that_change_what_rules_mean() -> None:
    assert conditions_of(Static()).redirect_slash
    assert not conditions_of(Static(keep_trailing_slash=True)).redirect_slash
    assert conditions_of(Static(allow_min_weight_zero=True)).allow_min_weight_zero


def test_settings_without_configuration_are_the_documented_defaults() -> None:
    assert settings_of(Static()) == Settings(
        threads=2, hostname="here", entry_points=settings_of(Static()).entry_points
    )


def test_timeouts_are_milliseconds_rounded_up() -> None:
    static = Static(
        responding_timeouts=RespondingTimeouts(read_timeout=1, write_timeout=2 * SECOND, head_timeout=-1),
        forwarding_timeouts=ForwardingTimeouts(dial_timeout=1_500_000, response_header_timeout=SECOND),
        life_cycle=LifeCycle(request_accept_grace_timeout=0, grace_time_out=3 * SECOND),
    )
    timeouts = settings_of(static, in_cluster=True).timeouts
    assert (timeouts.read_ms, timeouts.write_ms, timeouts.head_ms) == (1, 2000, 0)
    assert (timeouts.connect_ms, timeouts.response_header_ms) == (2, 1000)
    assert (timeouts.request_accept_grace_ms, timeouts.grace_ms) == (0, 3000)


def test_deprecated_timeouts_win() -> None:
    timeouts = settings_of(Static(idle_timeout=SECOND, grace_time_out=SECOND)).timeouts
    assert (timeouts.idle_ms, timeouts.grace_ms) == (1000, 1000)


def test_in_a_cluster_requests_are_accepted_five_seconds_longer() -> None:
    assert settings_of(Static()).timeouts.request_accept_grace_ms == 0
    assert settings_of(Static(), in_cluster=True).timeouts.request_accept_grace_ms == 5000


def test_limits_threads_and_retry() -> None:
    static = Static(
        threads=7, retry=Retry(attempts=-1), limits=Limits(fields=5, connections=-1), max_idle_conns_per_host=0
    )
    settings = settings_of(static)
    assert settings.threads == 7
    assert settings.retry == PlanRetry(attempts=0)
    assert (settings.limits.fields, settings.limits.connections, settings.limits.idle_per_server) == (5, 0, 2)
    assert settings_of(Static()).retry is None


@pytest.mark.parametrize(
    ("static", "level"),
    [
        (Static(), "ERROR"),
        (Static(debug=True), "DEBUG"),
        (Static(debug=True, log_level="info"), "INFO"),
        (Static(log_level="warning"), "WARN"),
        (Static(log_level="loud"), "PANIC"),
    ],
)
def test_log_levels(static: Static, level: str) -> None:
    assert log_level(static) == level
    assert settings_of(static).log_level == level


def test_the_log_format_is_that_of_traefik_log() -> None:
    assert settings_of(Static(traefik_log=TraefikLog(format="json"))).log_format == "json"
