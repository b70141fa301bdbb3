"""One rule file's text to objects: one broken object takes no other with it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.model.dynamic import Backend, Dynamic, Frontend, RouteRule, Server
from pointsman.model.problem import Problem
from pointsman.providers.file.decoding import decode_rules

GOOD = """
[backends.b.servers.s]
url = "http://127.0.0.1:80"
[frontends.f]
backend = "b"
[frontends.f.routes.r]
rule = "Host:a"
"""


def decoded(text: str, last: Dynamic | None = None, *, part_of_static: bool = False) -> Dynamic:
    result = decode_rules(text, "rules.toml", last or Dynamic(), part_of_static=part_of_static)
    assert isinstance(result, Dynamic), result
    return result


def refused(text: str) -> Problem:
    result = decode_rules(text, "rules.toml", Dynamic(), part_of_static=False)
    assert isinstance(result, Problem)
    return result


@given(st.text())
def test_no_text_makes_it_fail(text: str) -> None:
    decode_rules(text, "rules.toml", Dynamic(), part_of_static=False)


def test_objects_know_where_they_were_written() -> None:
    dynamic = decoded(GOOD)
    assert dynamic.frontends == {
        "f": Frontend(backend="b", routes={"r": RouteRule(rule="Host:a")}, origin="rules.toml:4")
    }
    assert dynamic.backends == {"b": Backend(servers={"s": Server(url="http://127.0.0.1:80")})}
    assert not dynamic.problems


def test_certificates_are_carried() -> None:
    text = '[[tls]]\nentryPoints = ["https"]\n[tls.certificate]\ncertFile = "a.crt"\nkeyFile = "a.key"\n'
    (entry,) = decoded(text).tls.values()
    assert entry.entry_points == ("https",)
    assert entry.certificate is not None
    assert entry.certificate.cert_file == "a.crt"


@pytest.mark.parametrize(
    "field",
    ['whitelistSourceRange = "10.0.0.0/8"', 'basicAuth = "x"', "priority = []", 'auth = "x"', 'whiteList = "x"'],
)
def test_a_new_frontend_with_a_mistake_answers_404_itself(field: str) -> None:
    text = GOOD.replace('backend = "b"', f'backend = "b"\n{field}') + '[frontends.other]\nbackend = "b"\n'
    dynamic = decoded(text)
    assert dynamic.frontends["f"].refuse == f"{field.split(maxsplit=1)[0]} is broken"
    assert dynamic.frontends["f"].routes == {"r": RouteRule(rule="Host:a")}
    assert not dynamic.frontends["other"].refuse
    assert dynamic.problems[0].origin.startswith("rules.toml:6")


@pytest.mark.parametrize("rule", ["rule = 1", "unknown = 2", "[frontends.f.routes.r.rule]"])
def test_a_new_frontend_without_a_rule_is_left_out(rule: str) -> None:
    dynamic = decoded(GOOD.replace('rule = "Host:a"', rule))
    assert not dynamic.frontends
    assert dynamic.problems


def test_a_frontend_that_is_no_table_is_left_out() -> None:
    assert set(decoded(GOOD + "[frontends.g]\nroutes = 1\n").frontends) == {"f"}
    assert not decoded("[frontends]\nf = 1\n").frontends


def test_a_known_frontend_with_a_mistake_stays_as_it_was() -> None:
    last = decoded(GOOD)
    dynamic = decoded(GOOD.replace('backend = "b"', 'backend = "b"\npriority = "high"'), last)
    assert dynamic.frontends == last.frontends
    assert dynamic.problems


def test_a_backend_with_a_mistake_is_left_out_or_stays_as_it_was() -> None:
    broken = GOOD.replace('url = "http://127.0.0.1:80"', "url = 1") + '[backends.c.servers.s]\nurl = "http://c"\n'
    assert set(decoded(broken).backends) == {"c"}
    assert set(decoded(broken, decoded(GOOD)).backends) == {"b", "c"}


def test_an_unknown_key_is_only_warned_about() -> None:
    dynamic = decoded(GOOD.replace('backend = "b"', 'backend = "b"\npasHostHeader = true'))
    assert not dynamic.frontends["f"].refuse
    assert "passHostHeader" in str(dynamic.problems[0])


def test_our_own_fields_cannot_be_written() -> None:
    dynamic = decoded(GOOD.replace('backend = "b"', 'backend = "b"\nrefuse = "x"\norigin = "y"\ntie = 3'))
    assert (dynamic.frontends["f"].refuse, dynamic.frontends["f"].tie) == ("", 0)
    assert len(dynamic.problems) == 3


@pytest.mark.parametrize("template", ['rule = "Host:{{ env "HOME" }}"', "{{ readFile `/etc/passwd` }}", "{{range}}"])
def test_c_07_go_templates_are_refused_by_name(template: str) -> None:
    problem = refused(f"# {{{{ in a comment is fine }}}}\n{template}\n")
    assert "Go template" in problem.message
    assert problem.origin == "rules.toml:2"


def test_templates_in_comments_and_in_the_main_file_are_no_templates() -> None:
    assert decoded("# {{ env }}\n" + GOOD).frontends
    assert decoded('x = "{{"\n' + GOOD, part_of_static=True).frontends


def test_c_01_a_syntax_error_is_told_with_its_line_but_without_its_text() -> None:
    problem = refused('a = 1\npassword = "geheim\n')
    assert problem.origin == "rules.toml:2"
    assert "is not TOML" in problem.message
    assert "geheim" not in str(problem)


def test_c_06_depth_and_duplicates_are_refused() -> None:
    assert "is not TOML" in refused("a = " + "[" * 10_000).message
    assert "is not TOML" in refused("a = 1\na = 2").message
