"""What needs TLS or HTTP/2 towards servers and clients: it is carried in the plan and named here, as not in force."""

from collections.abc import Iterable

from pointsman.compiler.report import Report
from pointsman.compiler.subject import Subject
from pointsman.model.plan import HealthCheck, Refuse, Server

_SCHEMES = {"https": "TLS", "h2c": "HTTP/2 in clear"}


def report_servers(servers: Iterable[Server], report: Report) -> None:
    """One Problem for each server that cannot be reached yet."""
    for server in servers:
        if server.scheme in _SCHEMES:
            message = f"servers that speak {_SCHEMES[server.scheme]} are not reached yet: requests to it answer 502"
            report.error(f"servers.{server.name}.url", message, value=server.url, remedy="offer it over plain HTTP/1.1")


def report_health_check(check: HealthCheck | None, report: Report) -> None:
    """Checks over TLS."""
    if check is not None and check.scheme == "https":
        report.error("healthCheck.scheme", "checks over TLS are not in force yet", value="https", remedy="write `http`")


def client_certificates(subject: Subject) -> Refuse | None:
    """`passTLSCert` and `passTLSClientCert`.

    compat(1.7): without TLS an entry point has no certificates to pass, and the frontend is out of order: that is an
    access rule, so nobody passes.
    """
    frontend, report = subject.frontend, subject.report
    if frontend.pass_tls_client_cert is not None:
        message = "clients do not show certificates yet: no header says anything of one"
        report.warning("passTLSClientCert", message)
    if not frontend.pass_tls_cert:
        return None
    clear = [name for name in subject.entry_points if name not in subject.conditions.tls]
    if clear:
        message = f"entry point {clear[0]} has no TLS, so no certificate to pass: all requests are refused"
        report.error("passTLSCert", message, remedy="serve the frontend on entry points with TLS alone")
        return Refuse(reason="passTLSCert needs TLS")
    report.error("passTLSCert", "certificates are not shown to servers yet")
    return None
