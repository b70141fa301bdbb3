"""A plan that may be shown."""

import msgspec

from pointsman.model.plan.middlewares import BasicAuth, DigestAuth, ForwardAuth, Middleware
from pointsman.model.plan.routes import Route
from pointsman.model.plan.whole import Plan

HIDDEN = "***"


def without_secrets(plan: Plan) -> Plan:
    """The plan with password hashes and keys replaced by `***`; names stay."""
    return msgspec.structs.replace(plan, routes={key: _route(route) for key, route in plan.routes.items()})


def _route(route: Route) -> Route:
    if not any(isinstance(each, BasicAuth | DigestAuth | ForwardAuth) for each in route.middlewares):
        return route
    return msgspec.structs.replace(route, middlewares=tuple(map(_middleware, route.middlewares)))


def _middleware(middleware: Middleware) -> Middleware:
    match middleware:
        case BasicAuth(users=users) | DigestAuth(users=users):
            shown = tuple(f"{user.rpartition(':')[0]}:{HIDDEN}" for user in users)
            return msgspec.structs.replace(middleware, users=shown)
        case ForwardAuth(tls=tls) if tls is not None and tls.key:
            return msgspec.structs.replace(middleware, tls=msgspec.structs.replace(tls, key=HIDDEN))
    return middleware
