"""Entry points in the one-line syntax of flags: `Name:http Address::80 Redirect.EntryPoint:https`.

Options are separated by blanks; name and value by the first `:`; `.` and `_` are the same; letter case is not kept.
"""

import difflib

from pointsman.config.tree import Entry, Leaf, Node, Origin, Sequence, Table, insert
from pointsman.model.problem import Problem, Severity

_TRUE = frozenset({"true", "enable", "on"})
_FALSE = frozenset({"false", "disable", "off", "0", "no"})

OPTIONS = {
    "Address": "address",
    "Compress": "compress?",
    "CA": "tls.clientCA.files",
    "CA.Optional": "tls.clientCA.optional?",
    "TLS.MinVersion": "tls.minVersion",
    "TLS.CipherSuites": "tls.cipherSuites",
    "TLS.SniStrict": "tls.sniStrict?",
    "TLS.DefaultCertificate.Cert": "tls.defaultCertificate.certFile",
    "TLS.DefaultCertificate.Key": "tls.defaultCertificate.keyFile",
    "Redirect.EntryPoint": "redirect.entryPoint",
    "Redirect.Regex": "redirect.regex",
    "Redirect.Replacement": "redirect.replacement",
    "Redirect.Permanent": "redirect.permanent?",
    "WhiteList.SourceRange": "whiteList.sourceRange",
    "WhiteList.UseXForwardedFor": "whiteList.useXForwardedFor?",
    "WhiteListSourceRange": "whitelistSourceRange",
    "ProxyProtocol.TrustedIPs": "proxyProtocol.trustedIPs",
    "ProxyProtocol.Insecure": "proxyProtocol.insecure?",
    "ForwardedHeaders.TrustedIPs": "forwardedHeaders.trustedIPs",
    "ForwardedHeaders.Insecure": "forwardedHeaders.insecure?",
    "Auth.Basic.Users": "auth.basic.users",
    "Auth.Basic.RemoveHeader": "auth.basic.removeHeader?",
    "Auth.Digest.Users": "auth.digest.users",
    "Auth.Digest.RemoveHeader": "auth.digest.removeHeader?",
    "Auth.HeaderField": "auth.headerField",
    "Auth.Forward.Address": "auth.forward.address",
    "Auth.Forward.AuthResponseHeaders": "auth.forward.authResponseHeaders",
    "Auth.Forward.TrustForwardHeader": "auth.forward.trustForwardHeader?",
    "Auth.Forward.TLS.CA": "auth.forward.tls.ca",
    "Auth.Forward.TLS.CAOptional": "auth.forward.tls.caOptional?",
    "Auth.Forward.TLS.Cert": "auth.forward.tls.cert",
    "Auth.Forward.TLS.Key": "auth.forward.tls.key",
    "Auth.Forward.TLS.InsecureSkipVerify": "auth.forward.tls.insecureSkipVerify?",
}
"""Compact name to the path below `entryPoints.NAME`; `?` marks a boolean. Beside these: `Name` and `TLS`."""

_FOLDED = {name.casefold(): (name, path) for name, path in OPTIONS.items()}
_BESIDE = {"name": "Name", "tls": "TLS"}


def entry_point(text: str, origin: Origin) -> tuple[Entry | None, list[Problem]]:
    """The entry point that the text describes, named by `Name:`; None when it has no name."""
    given, problems = _split(text, origin)
    name = given.pop("name", "")
    if not name:
        problems.append(
            _problem(origin, text, "an entry point has no name", "write `Name:http Address::80`", fatal=True)
        )
        return None, problems
    table = Table((), origin)
    if "tls" in given:
        table = insert(table, ("tls", "certificates"), _certificates(given.pop("tls"), origin))
    elif any(key.startswith(("tls.", "ca")) for key in given):
        given = {key: value for key, value in given.items() if not key.startswith(("tls.", "ca"))}
        message = f"entry point {name} has TLS options without `TLS`, which have no effect"
        problems.append(_problem(origin, text, message, "add `TLS` to serve TLS"))
    for key, value in given.items():
        shown, path = _FOLDED[key]
        boolean = path.endswith("?")
        if boolean and value.casefold() not in _TRUE | _FALSE:
            message = f"entry point {name}: {shown} is neither true nor false, and counts as false"
            problems.append(_problem(origin, value, message, f"write `{shown}:true`"))
        leaf = Leaf(value.casefold() in _TRUE, origin) if boolean else Leaf(value, origin, text=True)
        table = insert(table, tuple(path.rstrip("?").split(".")), leaf)
    return Entry(name, table, origin), problems


def _split(text: str, origin: Origin) -> tuple[dict[str, str], list[Problem]]:
    given: dict[str, str] = {}
    problems = []
    for word in text.split():
        key, _, value = word.partition(":")
        folded = key.casefold().replace("_", ".")
        if folded in _FOLDED or folded in _BESIDE:
            given[folded] = value
        else:
            names = {other: shown for other, (shown, _) in _FOLDED.items()} | _BESIDE
            near = difflib.get_close_matches(folded, names, n=1)
            remedy = f"did you mean `{names[near[0]]}`?" if near else ""
            problems.append(_problem(origin, key, "is not an option of an entry point and is ignored", remedy))
    return given, problems


def _certificates(text: str, origin: Origin) -> Node:
    """`crt,key;crt2,key2` as a list of key pairs."""
    pairs = []
    for pair in filter(None, text.split(";")):
        cert, _, key = pair.partition(",")
        leaves = (("certFile", cert), ("keyFile", key))
        entries = tuple(Entry(name, Leaf(value, origin, text=True), origin) for name, value in leaves)
        pairs.append(Table(entries, origin))
    return Sequence(tuple(pairs), origin)


def _problem(origin: Origin, value: str, message: str, remedy: str, *, fatal: bool = False) -> Problem:
    severity = Severity.ERROR if fatal else Severity.WARNING
    shown = "" if "auth." in value.casefold() else value[:200]
    return Problem(
        object="entryPoints", origin=str(origin), value=shown, message=message, remedy=remedy, severity=severity
    )
