"""One Ingress to what it contributes; knows no other Ingress. Endpoints are only asked for where they can skip it."""

from typing import NoReturn, Protocol

import msgspec

from pointsman.model.dynamic import CertificateFiles, Frontend, Redirect, RouteRule
from pointsman.model.problem import Problem
from pointsman.providers.kubernetes.addresses import Addresses
from pointsman.providers.kubernetes.annotations import On
from pointsman.providers.kubernetes.naming import DEFAULT_BACKEND, base_name, name_prefix, typed_suffix
from pointsman.providers.kubernetes.objects import Ingress, IngressBackend, IngressPath, Secret, Service
from pointsman.providers.kubernetes.reader import Reader
from pointsman.providers.kubernetes.report import Report
from pointsman.providers.kubernetes.rules import (
    CATCH_ALL,
    EXACT,
    PREFIX,
    Rank,
    Routes,
    RuleError,
    host_route,
    path_routes,
    typed_host_route,
    typed_rank,
    typed_routes,
)
from pointsman.providers.kubernetes.servers import EXTERNAL_NAME, ServerSource
from pointsman.providers.kubernetes.settings import Settings, app_root_redirect, read_settings
from pointsman.providers.kubernetes.tls import SecretError, key_pair
from pointsman.providers.kubernetes.values import toml_body
from pointsman.providers.kubernetes.weights import Share, WeightError, allocate, parse_weights
from pointsman.providers.labels import of_ingress


class View(Protocol):
    """What a translation may look at beside the Ingress."""

    def service(self, namespace: str, name: str) -> Service | None:
        """A service."""

    def addresses(self, namespace: str, name: str) -> Addresses | None:
        """A service's addresses; None when nothing is known of them."""

    def secret(self, namespace: str, name: str) -> Secret | None:
        """A secret."""


class Contribution(msgspec.Struct, frozen=True, kw_only=True):
    """What one path of an Ingress gives to the frontend and backend of its base name."""

    base: str
    namespace: str
    frontend: Frontend | None = None
    """Without routes; None: only an empty backend is left of the path."""
    path: str = ""
    path_routes: Routes = ()
    host_route: tuple[str, RouteRule] | None = None
    source: ServerSource | None = None
    joins: bool = True
    """Whether it takes part when another Ingress made the frontend."""


class Certificate(msgspec.Struct, frozen=True, kw_only=True):
    """A key pair that an Ingress asks for."""

    key: str
    """`namespace/secret`."""
    entry_points: tuple[str, ...]
    files: CertificateFiles


class Translation(msgspec.Struct, frozen=True, kw_only=True):
    """All that follows from one Ingress alone."""

    contributions: tuple[Contribution, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    problems: tuple[Problem, ...] = ()
    claims_default: bool = False
    """It has a default backend; only the first such Ingress of the cluster is served."""
    skipped: bool = False
    """As a whole, because of an error."""


class Skip(Exception):
    """The whole Ingress is left out; the reason is in the report."""


def translate(ingress: Ingress, view: View, defaults: Settings) -> Translation:
    """Translates one Ingress of ours. Never raises for what a user wrote."""
    report = Report("Ingress", ingress.namespace, ingress.name)
    return _Translator(ingress, view, report).run(defaults)


class _Translator:
    def __init__(self, ingress: Ingress, view: View, report: Report) -> None:
        self._ingress = ingress
        self._namespace = ingress.namespace
        self._view = view
        self._report = report
        self._reader = Reader(ingress.annotations, On.INGRESS, report)
        self._made: list[Contribution] = []
        self._certificates: list[Certificate] = []
        self._settings = Settings()
        self._prefix = ""

    def run(self, defaults: Settings) -> Translation:
        self._settings = read_settings(self._reader, self._find_secret, defaults)
        self._prefix = name_prefix(self._settings.entry_points, self._settings.priority)
        skipped, claims = False, False
        try:
            usable = self._read_certificates()
            if self._ingress.default_backend is not None and usable:
                claims = True
                self._default_backend(self._ingress.default_backend)
            self._rules()
        except Skip:
            skipped = True
        return Translation(
            contributions=tuple(self._made),
            certificates=tuple(self._certificates),
            problems=tuple(self._report.problems),
            claims_default=claims,
            skipped=skipped,
        )

    def _find_secret(self, name: str) -> Secret | None:
        return self._view.secret(self._namespace, name)

    def _read_certificates(self) -> bool:
        """Reads `spec.tls`; a bad secret refuses the whole Ingress, earlier certificates stay."""
        points = tuple(sorted(set(self._settings.entry_points)))
        for item in self._ingress.tls:
            if not item.secret:
                continue
            key = f"{self._namespace}/{item.secret}"
            try:
                files = key_pair(self._find_secret(item.secret), key)
            except SecretError as error:
                remedy = "create it with tls.crt and tls.key in PEM"
                self._report.error(f"{error}: its paths answer 404", key="spec.tls", value=item.secret, remedy=remedy)
                self._settings = msgspec.structs.replace(self._settings, refuse=f"spec.tls: {error}", joins=False)
                return False
            self._certificates.append(Certificate(key=key, entry_points=points, files=files))
        return True

    def _default_backend(self, backend: IngressBackend) -> None:
        """The frontend for whatever no rule takes. Any fault skips the Ingress, as in Traefik 1.7."""
        self._made.append(Contribution(base=DEFAULT_BACKEND, namespace=self._namespace))
        service = self._view.service(self._namespace, backend.service)
        if service is None:
            self._skip(f"Service {backend.service} of the default backend does not exist", "spec.defaultBackend")
        elif service.type != EXTERNAL_NAME:
            addresses = self._view.addresses(self._namespace, backend.service)
            if addresses is None or not addresses.any:
                self._skip(f"Service {backend.service} of the default backend has no endpoints", "spec.defaultBackend")
        open_settings = msgspec.structs.replace(self._settings, auth=None)
        if self._settings.auth is not None or self._settings.refuse:
            self._report.warning(
                "authentication does not cover the default backend", key="auth-type", remedy="use a rule with path /"
            )
        source = self._source(backend, 1, is_default=True)
        frontend = self._frontend(open_settings, DEFAULT_BACKEND, self._settings.redirect, Rank(0, 0))
        self._made[-1] = Contribution(
            base=DEFAULT_BACKEND,
            namespace=self._namespace,
            frontend=msgspec.structs.replace(frontend, refuse=""),
            path="/",
            path_routes=(("/", CATCH_ALL),),
            source=source,
        )

    def _rules(self) -> None:
        weights = self._weights()
        for number, rule in enumerate(self._ingress.rules):
            if rule.paths is None:
                self._report.warning("has no http section: skipped", key=f"spec.rules[{number}]", value=rule.host)
                continue
            shares: dict[Share, int] | None = None if weights is None else weights[number]
            for path in rule.paths:
                weight = 1 if shares is None else shares[Share(path.path, path.path_type, path.backend.service)]
                self._path(rule.host, path, weight)

    def _weights(self) -> list[dict[Share, int]] | None:
        """Weights by rule; None without the annotation."""
        found = self._reader.find("service-weights")
        if found is None:
            return None
        try:
            parsed = parse_weights(found.value)
            return [allocate(rule.paths or (), parsed, self._instances) for rule in self._ingress.rules]
        except WeightError as error:
            self._skip(str(error), found.key, found.value, error.remedy)

    def _instances(self, name: str) -> int:
        service = self._view.service(self._namespace, name)
        if service is None:
            raise WeightError(f"Service {name} does not exist", "create the Service or correct its name")
        if service.type == EXTERNAL_NAME:
            return 1
        addresses = self._view.addresses(self._namespace, name)
        if addresses is None:
            raise WeightError(f"Service {name} has no Endpoints", "give the Service a selector that finds pods")
        return addresses.instances

    def _path(self, host: str, path: IngressPath, weight: int) -> None:
        typed = path.path_type in (EXACT, PREFIX)
        texts = (host, path.path or "/") if typed else (toml_body(host), toml_body(path.path))
        if texts[0] is None or texts[1] is None:
            name, value = ("host", host) if texts[0] is None else ("path", path.path)
            message = "holds a quote, a line break or a bad escape: the path is skipped"
            self._report.error(message, key=name, value=value, remedy="write it without them")
            return
        if not path.backend.service:
            message = "leads to something else than a Service: the path is skipped"
            self._report.error(message, key="backend", value=host + path.path, remedy="name a Service")
            return
        self._contribute((texts[0], texts[1]), path, weight, typed)

    def _contribute(self, place: tuple[str, str], path: IngressPath, weight: int, typed: bool) -> None:
        host, text = place
        base = base_name(host, text, path.backend.service, self._prefix)
        name = base + typed_suffix(path.path_type) if typed else base
        try:
            routes, by_host = self._routes(host, text, path.path_type if typed else "")
        except RuleError as error:
            value = {"path": text, "host": host}.get(error.name) or self._reader.text(error.name)
            self._report.error(
                f"{error}: the path {host + text!r} is skipped",
                key=error.name if error.name in ("path", "host") else self._reader.key(error.name),
                value=value,
                remedy=error.remedy,
            )
            self._made.append(Contribution(base=name, namespace=self._namespace))
            return
        redirect = app_root_redirect(self._settings, base, text)
        rank = typed_rank(host, text, path.path_type) if typed else Rank(0, 0)
        self._made.append(
            Contribution(
                base=name,
                namespace=self._namespace,
                frontend=self._frontend(self._settings, name, redirect, rank),
                path=text,
                path_routes=routes or (() if by_host else (("/", CATCH_ALL),)),
                host_route=by_host,
                source=self._source(path.backend, weight),
                joins=self._settings.joins,
            )
        )

    def _routes(self, host: str, path: str, path_type: str) -> tuple[Routes, tuple[str, RouteRule] | None]:
        modifiers = self._settings.modifiers
        if path_type:
            return typed_routes(path, path_type, modifiers), typed_host_route(host)
        if path and modifiers.rule_type == "ReplacePath":
            self._report.warning(
                "matches every path", key=self._reader.key("rule-type"), value="ReplacePath", remedy="use a path rule"
            )
        return path_routes(path, modifiers), host_route(host)

    def _source(self, backend: IngressBackend, weight: int, is_default: bool = False) -> ServerSource:
        return ServerSource(
            namespace=self._namespace,
            service=backend.service,
            port=backend.port,
            protocol="" if is_default else self._settings.protocol,
            weight=weight,
            is_default=is_default,
        )

    def _frontend(self, settings: Settings, backend: str, redirect: Redirect | None, rank: Rank) -> Frontend:
        return Frontend(
            entry_points=settings.entry_points,
            backend=backend,
            pass_host_header=settings.pass_host_header,
            pass_tls_cert=settings.pass_tls_cert,
            pass_tls_client_cert=settings.pass_tls_client_cert,
            priority=settings.priority,
            white_list=settings.white_list,
            headers=settings.headers,
            errors=dict(settings.errors),
            rate_limit=settings.rate_limit,
            redirect=redirect,
            auth=settings.auth,
            computed_priority=rank.priority,
            tie=rank.tie,
            origin=self._report.object,
            labels=of_ingress(self._namespace, self._ingress.name),
            refuse=settings.refuse,
        )

    def _skip(self, message: str, key: str, value: str = "", remedy: str = "") -> NoReturn:
        self._report.error(f"{message}: the Ingress is skipped", key=key, value=value, remedy=remedy)
        raise Skip
