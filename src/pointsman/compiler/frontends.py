"""Frontends to routes."""

import msgspec

from pointsman.compiler.conditions import Conditions
from pointsman.compiler.files_of_frontends import FilesOfFrontends
from pointsman.compiler.labels import route_labels
from pointsman.compiler.middlewares import compile_middlewares
from pointsman.compiler.pool_state import PoolState
from pointsman.compiler.rate_limits import compile_rate_limit
from pointsman.compiler.report import Report
from pointsman.compiler.subject import Backends, Skip, Subject
from pointsman.model.dynamic import Frontend
from pointsman.model.plan import Action, Forward, Middleware, RateLimit, Refuse, Route
from pointsman.model.problem import Problem
from pointsman.rules import CompiledRules, RuleFault, compile_rules, priority

_INT64_MAX = 2**63 - 1


class CompiledFrontend(msgspec.Struct, frozen=True, kw_only=True):
    """A route, or none when the frontend is left out; and what is wrong."""

    route: Route | None
    problems: tuple[Problem, ...] = ()


class FrontendCompiler:
    """What is the same for every frontend; `files` notes which files it is made from."""

    def __init__(self, conditions: Conditions, files: FilesOfFrontends) -> None:
        self._conditions = conditions
        self._files = files

    def compile(self, key: tuple[str, str], frontend: Frontend, backends: Backends) -> CompiledFrontend:
        """One frontend, known by (provider, name), to its route.

        compat(1.7): no usable entry point, rule or backend drops the frontend, and so do most bad values. A broken
        access rule does not: the match stays, answered 404, so that no less protected frontend takes the requests.
        """
        provider, name = key
        report = Report(f"frontend {name}", frontend.origin or provider)
        entry_points = _entry_points(frontend, self._conditions, report)
        rules = _rules(frontend, self._conditions, report)
        subject = Subject(
            provider=provider,
            name=name,
            frontend=frontend,
            entry_points=entry_points,
            backends=backends,
            conditions=self._conditions,
            read_lines=self._files.reader(key),
            report=report,
        )
        done = _done(subject)
        if not entry_points or rules is None or done is None:
            return CompiledFrontend(route=None, problems=report.problems())
        route = Route(
            provider=provider,
            name=name,
            origin=frontend.origin,
            labels=route_labels(frontend.labels, rules.matchers) if self._conditions.labelled else (),
            entry_points=entry_points,
            priority=_priority(frontend),
            tie=max(-_INT64_MAX, min(frontend.tie, _INT64_MAX)),
            matchers=rules.matchers,
            modifiers=rules.modifiers if isinstance(done.action, Forward) else (),
            middlewares=done.middlewares,
            rate_limit=done.rate_limit,
            action=done.action,
        )
        return CompiledFrontend(route=route, problems=report.problems())


class _Done(msgspec.Struct, frozen=True, kw_only=True):
    """What is done with the requests."""

    action: Action
    middlewares: tuple[Middleware, ...] = ()
    rate_limit: RateLimit | None = None


def _done(subject: Subject) -> _Done | None:
    """None when there is nobody to send them to, or an option that must not be missing is broken."""
    frontend = subject.frontend
    if frontend.refuse:
        return _Done(action=Refuse(reason=frontend.refuse))
    middlewares = compile_middlewares(subject)
    if isinstance(middlewares, Refuse):
        return _Done(action=middlewares)
    rate_limit = compile_rate_limit(subject)
    pool = subject.backends.state(frontend.backend)
    if pool is not PoolState.READY:
        message = f"the backend {pool.value}: the frontend is not served"
        subject.report.error("backend", message, value=frontend.backend)
        return None
    if isinstance(middlewares, Skip) or isinstance(rate_limit, Skip):
        return None
    action = Forward(pool=f"{subject.provider}/{frontend.backend}", pass_host=frontend.pass_host_header)
    return _Done(action=action, middlewares=middlewares, rate_limit=rate_limit)


def _entry_points(frontend: Frontend, conditions: Conditions, report: Report) -> tuple[str, ...]:
    """Those of the frontend that exist and serve frontends."""
    wanted = dict.fromkeys(frontend.entry_points or conditions.default_entry_points)
    closed = [name for name in wanted if name in conditions.closed]
    usable = [name for name in wanted if name in conditions.entry_points and name not in conditions.closed]
    for name in wanted:
        if name not in conditions.entry_points:
            known = ", ".join(sorted(conditions.entry_points))
            report.error("entryPoints", "no such entry point", value=name, remedy=f"use one of {known}")
    if not usable:
        message = "no entry point is left: the frontend is not served"
        why = "; ".join(f"entry point {name}: {conditions.closed[name]}" for name in closed)
        report.error("entryPoints", f"{message} ({why})" if why else message)
    return tuple(usable)


def _rules(frontend: Frontend, conditions: Conditions, report: Report) -> CompiledRules | None:
    rules = compile_rules(frontend.routes, redirect_slash=conditions.redirect_slash)
    if isinstance(rules, RuleFault):
        message = f"at character {rules.position + 1}: {rules.message}; the frontend is not served"
        report.error("rule", message, value=rules.rule, remedy=rules.remedy)
        return None
    for fault in rules.warnings:
        report.error("rule", fault.message, value=fault.rule, remedy=fault.remedy)
    return rules


def _priority(frontend: Frontend) -> int:
    if frontend.priority > 0:
        return min(frontend.priority, _INT64_MAX)
    return min(frontend.computed_priority, _INT64_MAX) if frontend.computed_priority > 0 else priority(frontend.routes)
