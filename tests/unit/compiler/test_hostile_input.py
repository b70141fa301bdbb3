"""Whatever a provider says, the compiler answers with a plan that can be sent and Problems that can be shown."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from pointsman.compiler import Conditions, PlanBuilder
from pointsman.model.dynamic import (
    Auth,
    Backend,
    BasicAuth,
    Buffering,
    Change,
    CircuitBreaker,
    ClientTls,
    DigestAuth,
    ErrorPage,
    ForwardAuth,
    Frontend,
    Headers,
    HealthCheck,
    LoadBalancer,
    MaxConn,
    Rate,
    RateLimit,
    Redirect,
    ResponseForwarding,
    RouteRule,
    Server,
    Stickiness,
    WhiteList,
)
from pointsman.model.plan import Plan
from pointsman.model.problem import Problem
from pointsman.rules.names import NAMES

CONDITIONS = Conditions(entry_points=frozenset({"http"}), default_entry_points=("http",))
TEXT = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=20)
NAME = st.sampled_from(["a", "b"]) | TEXT
ARGUMENTS = st.text("/ab{}:[]()*+\\,;= \ud800é", max_size=20)
RULES = st.builds("{}:{}".format, st.sampled_from(NAMES), ARGUMENTS) | TEXT
PAIRS = st.dictionaries(TEXT, TEXT, max_size=3)
NUMBER = st.integers() | st.sampled_from([0, 1, -1, 2**63, 2**70])
USERS = st.lists(TEXT | st.sampled_from(["a:b", "a:traefik:b", "a:\ud800"]), max_size=2).map(tuple)
AUTHS = st.builds(
    Auth,
    header_field=TEXT,
    basic=st.none() | st.builds(BasicAuth, users=USERS, users_file=TEXT),
    digest=st.none() | st.builds(DigestAuth, users=USERS, users_file=TEXT),
    forward=st.none()
    | st.builds(
        ForwardAuth,
        address=TEXT | ARGUMENTS.map("http://{}".format),
        tls=st.none() | st.builds(ClientTls, ca=TEXT, cert=TEXT, key=TEXT, insecure_skip_verify=st.booleans()),
        auth_response_headers=st.lists(TEXT, max_size=2).map(tuple),
    ),
)
PAGES = st.builds(
    ErrorPage, status=st.lists(TEXT | st.just("500-599"), max_size=2).map(tuple), backend=NAME, query=TEXT
)
RATES = st.builds(Rate, period=NUMBER, average=NUMBER, burst=NUMBER)
SOURCES = TEXT | st.sampled_from(["client.ip", "request.host"]) | TEXT.map("request.header.{}".format)
HEADERS = st.builds(
    Headers,
    custom_request_headers=PAIRS,
    custom_response_headers=PAIRS,
    allowed_hosts=st.lists(TEXT, max_size=2).map(tuple),
    hosts_proxy_headers=st.lists(TEXT, max_size=2).map(tuple),
    ssl_redirect=st.booleans(),
    ssl_host=TEXT,
    ssl_force_host=st.booleans(),
    ssl_proxy_headers=PAIRS,
    sts_seconds=NUMBER,
    custom_frame_options_value=TEXT,
    content_security_policy=TEXT,
    public_key=TEXT,
    is_development=st.booleans(),
)
FRONTENDS = st.builds(
    Frontend,
    backend=NAME,
    entry_points=st.lists(NAME, max_size=2).map(tuple) | st.just(()),
    routes=st.dictionaries(NAME, st.builds(RouteRule, rule=RULES, literal=st.booleans()), max_size=3),
    white_list=st.none() | st.builds(WhiteList, source_range=st.lists(TEXT, max_size=2).map(tuple)),
    headers=st.none() | HEADERS,
    redirect=st.none() | st.builds(Redirect, entry_point=NAME, regex=TEXT, replacement=TEXT),
    auth=st.none() | AUTHS,
    basic_auth=USERS,
    errors=st.dictionaries(NAME, PAGES, max_size=2),
    rate_limit=st.none()
    | st.builds(RateLimit, rate_set=st.dictionaries(NAME, RATES, max_size=2), extractor_func=SOURCES),
    pass_tls_cert=st.booleans(),
    priority=st.integers(),
    computed_priority=st.integers(),
    tie=st.integers(),
    origin=TEXT,
    refuse=st.just("") | TEXT,
)
BACKENDS = st.builds(
    Backend,
    servers=st.dictionaries(
        NAME, st.builds(Server, url=TEXT | ARGUMENTS.map("http://{}".format), weight=st.integers()), max_size=3
    ),
    load_balancer=st.none()
    | st.builds(
        LoadBalancer,
        method=TEXT,
        sticky=st.booleans(),
        stickiness=st.none() | st.builds(Stickiness, cookie_name=TEXT, same_site=TEXT),
    ),
    circuit_breaker=st.none() | st.builds(CircuitBreaker, expression=TEXT),
    max_conn=st.none() | st.builds(MaxConn, amount=NUMBER, extractor_func=SOURCES),
    health_check=st.none()
    | st.builds(HealthCheck, path=TEXT, scheme=TEXT, port=NUMBER, interval=TEXT, hostname=TEXT, headers=PAIRS),
    buffering=st.none()
    | st.builds(Buffering, max_request_body_bytes=NUMBER, mem_request_body_bytes=NUMBER, retry_expression=TEXT),
    response_forwarding=st.none() | st.builds(ResponseForwarding, flush_interval=TEXT | st.just("1h")),
)


@settings(deadline=None)
@given(st.dictionaries(NAME, FRONTENDS, max_size=4), st.dictionaries(NAME, BACKENDS, max_size=4))
def test_no_object_makes_the_compiler_fail(frontends: dict[str, Frontend], backends: dict[str, Backend]) -> None:
    builder = PlanBuilder(CONDITIONS)
    builder.apply("p", Change(frontends={**frontends, "good": Frontend(backend="good")}))
    builder.apply("p", Change(backends={**backends, "good": Backend()}))
    told = tuple(Problem(object=name, origin=frontend.origin, message=name) for name, frontend in frontends.items())
    builder.apply("p", Change(problems={"all": told}))
    plan = builder.plan(1)
    assert msgspec.json.decode(msgspec.json.encode(plan), type=Plan) == plan
    assert "p/good" in plan.routes
    for route in plan.routes.values():
        assert -(2**63) <= route.tie < 2**63
        assert 0 <= route.priority < 2**63
    for problem in builder.problems():
        str(problem).encode()
