"""Service annotations to backend options."""

from pointsman.model.dynamic import (
    Backend,
    Buffering,
    CircuitBreaker,
    LoadBalancer,
    MaxConn,
    ResponseForwarding,
    Stickiness,
)
from pointsman.providers.kubernetes.annotations import On
from pointsman.providers.kubernetes.objects import Service
from pointsman.providers.kubernetes.reader import Reader
from pointsman.providers.kubernetes.report import Report
from pointsman.providers.kubernetes.values import Fields
from pointsman.providers.yaml_source import YamlError

PLAIN = Backend(load_balancer=LoadBalancer())
"""A backend without options."""


def options(service: Service, report: Report) -> Backend:
    """The backend without its servers."""
    if not service.annotations:
        return PLAIN
    reader = Reader(service.annotations, On.SERVICE, report)
    expression = reader.text("circuit-breaker-expression")
    interval = reader.text("responseforwarding-flushinterval")
    return Backend(
        circuit_breaker=CircuitBreaker(expression=expression) if expression else None,
        load_balancer=_load_balancer(reader),
        max_conn=_max_conn(reader),
        buffering=_buffering(reader),
        response_forwarding=ResponseForwarding(flush_interval=interval) if interval else None,
    )


def _load_balancer(reader: Reader) -> LoadBalancer:
    method = reader.text("load-balancer-method", "wrr")
    if method not in ("wrr", "drr"):
        reader.report.warning(
            "is not a method: wrr holds", key=reader.key("load-balancer-method"), value=method, remedy="use wrr or drr"
        )
    return LoadBalancer(
        method="drr" if method == "drr" else "wrr",
        sticky=reader.text("sticky").strip().lower() == "true",
        stickiness=_stickiness(reader) if reader.flag("affinity") else None,
    )


def _stickiness(reader: Reader) -> Stickiness:
    same_site = reader.text("session-same-site")
    if same_site not in ("", "none", "lax", "strict"):
        reader.report.warning(
            "is not a SameSite value: left out",
            key=reader.key("session-same-site"),
            value=same_site,
            remedy="use none, lax or strict",
        )
        same_site = ""
    return Stickiness(
        cookie_name=reader.text("session-cookie-name"),
        secure=reader.flag("session-secure"),
        http_only=reader.flag("session-http-only"),
        same_site=same_site,
    )


def _max_conn(reader: Reader) -> MaxConn | None:
    amount, extractor = reader.integer("max-conn-amount", -1), reader.text("max-conn-extractor-func")
    if amount >= 0 and extractor:
        return MaxConn(amount=amount, extractor_func=extractor)
    if (amount >= 0) != bool(extractor):
        present = "max-conn-amount" if amount >= 0 else "max-conn-extractor-func"
        other = "max-conn-extractor-func" if amount >= 0 else "max-conn-amount"
        reader.report.warning("has no effect alone", key=reader.key(present), remedy=f"give {other} too")
    return None


def _buffering(reader: Reader) -> Buffering | None:
    fields = reader.yaml("buffering")
    if fields is None:
        return None
    try:
        made = _read_buffering(fields)
    except YamlError as error:
        reader.bad_yaml("buffering", error)
        return None
    reader.unread("buffering", fields)
    return made


def _read_buffering(fields: Fields) -> Buffering:
    return Buffering(
        max_request_body_bytes=fields.integer("maxrequestbodybytes"),
        mem_request_body_bytes=fields.integer("memrequestbodybytes"),
        max_response_body_bytes=fields.integer("maxresponsebodybytes"),
        mem_response_body_bytes=fields.integer("memresponsebodybytes"),
        retry_expression=fields.text("retryexpression"),
    )
