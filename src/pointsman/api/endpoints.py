"""The paths of `/api/v2`: each with its parameters, its document and who makes it. One row of `ENDPOINTS` adds one."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from pointsman import __version__
from pointsman.api import documents as d
from pointsman.api import live
from pointsman.api.catalogue import Catalogue
from pointsman.api.rows import shown
from pointsman.api.server import Stream
from pointsman.api.view import View
from pointsman.explain import Decision, Known, decide, other_entry_points, requests
from pointsman.model.plan import Explanation
from pointsman.model.problem import Severity


class Context(msgspec.Struct, frozen=True, kw_only=True):
    """What the makers of documents use."""

    view: View
    catalogue: Catalogue
    sampler: live.Sampler


class Refused(Exception):
    """There is no document at the moment; the text says why. 503."""


class Mistaken(Exception):
    """The parameters make no sense together; the text says why. 400."""


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One path. A path that ends with `{name}` takes all that follows, slashes included."""

    path: str
    summary: str
    query: type[d.Doc] = d.NoParameters
    answer: Any
    """Type of the document; of each event where `stream` is set."""
    stream: bool = False
    refuses: str = ""
    """When it may be `Refused`, if ever."""
    make: Callable[[Context, Any, str], Awaitable[Any]]
    """Of parameters and name; None = 404."""


async def _overview(context: Context, _query: d.NoParameters, _name: str) -> d.Overview:
    view = context.view
    facts, providers, problems = view.facts, view.providers(), list(view.problems())
    return d.Overview(
        version=__version__,
        hostname=facts.hostname,
        pid=facts.pid,
        revision=view.revision,
        ready=bool(providers),
        entry_points=[
            d.EntryPointInfo(
                name=name,
                address=point.address,
                tls=point.tls,
                internal=list(point.internal),
                is_default=name in facts.default_entry_points,
            )
            for name, point in sorted(facts.entry_points.items())
        ],
        providers=[
            d.ProviderInfo(name=name, routers=len(known.frontends), backends=len(known.backends))
            for name, known in sorted(providers.items())
        ],
        routers=sum(len(known.frontends) for known in providers.values()),
        backends=sum(len(known.backends) for known in providers.values()),
        servers=sum(len(pool.servers) for pool in view.pools().values()),
        errors=sum(problem.severity is Severity.ERROR for problem in problems),
        warnings=sum(problem.severity is Severity.WARNING for problem in problems),
    )


async def _routers(context: Context, query: d.RoutersQuery, _name: str) -> d.Routers:
    q, host, path = query.q.lower(), query.host.lower(), query.path.lower()
    found = [
        row
        for row in context.catalogue.routers().values()
        if (not query.provider or row.provider == query.provider)
        and (not query.problems or row.source.problems)
        and (not q or q in row.text)
        and (not host or host in row.hosts)
        and (not path or path in row.paths)
    ]
    items = [row.document for row in found[(query.page - 1) * query.per_page : query.page * query.per_page]]
    return d.Routers(total=len(found), page=query.page, revision=context.catalogue.revision, items=items)


async def _router(context: Context, _query: d.NoParameters, name: str) -> d.RouterDetail | None:
    return context.catalogue.router(name)


async def _backend(context: Context, _query: d.NoParameters, name: str) -> d.BackendDetail | None:
    return context.catalogue.backend(name)


async def _backends(context: Context, query: d.BackendsQuery, _name: str) -> d.Backends:
    q = query.q.lower()
    found = [
        row
        for row in context.catalogue.backends().values()
        if (not query.provider or row.provider == query.provider)
        and (not query.problems or row.source.problems)
        and (not q or q in row.text)
    ]
    items = [row.document for row in found[(query.page - 1) * query.per_page : query.page * query.per_page]]
    return d.Backends(total=len(found), page=query.page, revision=context.catalogue.revision, items=items)


async def _problems(context: Context, _query: d.NoParameters, _name: str) -> list[d.Problem]:
    return shown(context.view.problems())


async def _certificates(context: Context, _query: d.NoParameters, _name: str) -> d.Certificates:
    # Costs a third of a second to import, and few look.
    from pointsman.api.certificates import certificates

    return certificates(context.view)


async def _live(context: Context, query: d.LiveQuery, _name: str) -> Stream:
    try:
        events = context.sampler.listen(query.router)
    except live.TooManyListeners:
        raise Refused(f"{live.LISTENERS} streams are open already; close some, or ask again later") from None
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Stream(content_type="text/event-stream", headers=headers, pieces=events)


async def _explain(context: Context, query: d.ExplainQuery, _name: str) -> Decision:
    view = context.view
    points, default = view.facts.entry_points, view.facts.default_entry_points[0]
    try:
        question = requests.from_url(
            query.url, method=query.method, headers=query.header, entry_point=query.entry_point
        )
        if not question.entry_point:
            entry_point = requests.entry_point_of(query.url, question.host, points, default)
            question = msgspec.structs.replace(question, entry_point=entry_point)
        requests.check_entry_point(question.entry_point, points)
    except requests.RequestError as error:
        raise Mistaken(str(error)) from None
    found = await view.explain(question)
    if found is None:
        raise Refused("the proxy does not answer; ask again later")
    others = dict[str, Explanation]()
    for name, other in other_entry_points(question, found, points).items():
        if (told := await view.explain(other)) is not None:
            others[name] = told
    return decide(question, found, _known(view), others)


def _known(view: View) -> Known:
    """What an explanation looks at."""
    return Known(
        entry_points=view.facts.entry_points,
        routes=view.routes(),
        pools=view.pools(),
        frontends=lambda: (
            (name, key, frontend)
            for name, provider in view.providers().items()
            for key, frontend in provider.frontends.items()
        ),
        problems=view.problems,
        meant=view.meant,
    )


ENDPOINTS = (
    Endpoint(path="/api/v2/overview", summary="The product at a glance", answer=d.Overview, make=_overview),
    Endpoint(
        path="/api/v2/routers", summary="Routers, page by page", query=d.RoutersQuery, answer=d.Routers, make=_routers
    ),
    Endpoint(
        path="/api/v2/routers/{name}",
        summary="One router from match to servers; its name is `provider/frontend`",
        answer=d.RouterDetail,
        make=_router,
    ),
    Endpoint(
        path="/api/v2/backends",
        summary="Backends, page by page",
        query=d.BackendsQuery,
        answer=d.Backends,
        make=_backends,
    ),
    Endpoint(
        path="/api/v2/backends/{name}",
        summary="One backend with all its servers; its name is `provider/backend`",
        answer=d.BackendDetail,
        make=_backend,
    ),
    Endpoint(path="/api/v2/problems", summary="Everything that is wrong", answer=list[d.Problem], make=_problems),
    Endpoint(
        path="/api/v2/certificates",
        summary="Certificates that the configuration names",
        answer=d.Certificates,
        make=_certificates,
    ),
    Endpoint(
        path="/api/v2/explain",
        summary="Which router answers a request, and why",
        query=d.ExplainQuery,
        answer=Decision,
        refuses="The proxy does not answer",
        make=_explain,
    ),
    Endpoint(
        path="/api/v2/live",
        summary="Traffic, as a stream of events, one a second",
        refuses="Too many streams are open",
        query=d.LiveQuery,
        answer=d.Live,
        stream=True,
        make=_live,
    ),
)
