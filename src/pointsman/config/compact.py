"""Entry points in the one-line syntax of flags: `Name:http Address::80 Redirect.EntryPoint:https`.

Options are separated by blanks; name and value by the first `:`; `.` and `_` are the same; letter case is not kept.
"""

import difflib

from pointsman.config.tree import Entry, Leaf, Node, Origin, Sequence, Table, insert
from pointsman.model.problem import Problem, Severity

_TRUE = frozenset({"true", "enable", "on"})
_FALSE = frozenset({"false", "disable", "off", "0", "no"})

_PATHS = {
    "address": "address",
    "compress": "compress?",
    "ca": "tls.clientCA.files",
    "ca.optional": "tls.clientCA.optional?",
    "tls.minversion": "tls.minVersion",
    "tls.ciphersuites": "tls.cipherSuites",
    "tls.snistrict": "tls.sniStrict?",
    "tls.defaultcertificate.cert": "tls.defaultCertificate.certFile",
    "tls.defaultcertificate.key": "tls.defaultCertificate.keyFile",
    "redirect.entrypoint": "redirect.entryPoint",
    "redirect.regex": "redirect.regex",
    "redirect.replacement": "redirect.replacement",
    "redirect.permanent": "redirect.permanent?",
    "whitelist.sourcerange": "whiteList.sourceRange",
    "whitelist.usexforwardedfor": "whiteList.useXForwardedFor?",
    "whitelistsourcerange": "whitelistSourceRange",
    "proxyprotocol.trustedips": "proxyProtocol.trustedIPs",
    "proxyprotocol.insecure": "proxyProtocol.insecure?",
    "forwardedheaders.trustedips": "forwardedHeaders.trustedIPs",
    "forwardedheaders.insecure": "forwardedHeaders.insecure?",
    "auth.basic.users": "auth.basic.users",
    "auth.basic.removeheader": "auth.basic.removeHeader?",
    "auth.digest.users": "auth.digest.users",
    "auth.digest.removeheader": "auth.digest.removeHeader?",
    "auth.headerfield": "auth.headerField",
    "auth.forward.address": "auth.forward.address",
    "auth.forward.authresponseheaders": "auth.forward.authResponseHeaders",
    "auth.forward.trustforwardheader": "auth.forward.trustForwardHeader?",
    "auth.forward.tls.ca": "auth.forward.tls.ca",
    "auth.forward.tls.caoptional": "auth.forward.tls.caOptional?",
    "auth.forward.tls.cert": "auth.forward.tls.cert",
    "auth.forward.tls.key": "auth.forward.tls.key",
    "auth.forward.tls.insecureskipverify": "auth.forward.tls.insecureSkipVerify?",
}
"""Compact name to the path below `entryPoints.NAME`; `?` marks a boolean."""


def entry_point(text: str, origin: Origin) -> tuple[Entry | None, list[Problem]]:
    """The entry point that the text describes, named by `Name:`; None when it has no name."""
    given, problems = _split(text, origin)
    name = given.pop("name", "")
    if not name:
        problems.append(
            _problem(origin, text, "an entry point has no name", "Write `Name:http Address::80`.", fatal=True)
        )
        return None, problems
    table = Table((), origin)
    if "tls" in given:
        table = insert(table, ("tls", "certificates"), _certificates(given.pop("tls"), origin))
    elif any(key.startswith(("tls.", "ca")) for key in given):
        given = {key: value for key, value in given.items() if not key.startswith(("tls.", "ca"))}
        message = f"entry point {name} has TLS options without `TLS`, which have no effect"
        problems.append(_problem(origin, text, message, "Add `TLS` to serve TLS."))
    for key, value in given.items():
        path, boolean = _PATHS[key].rstrip("?").split("."), _PATHS[key].endswith("?")
        if boolean and value.casefold() not in _TRUE | _FALSE:
            message = f"entry point {name}: {key} is neither true nor false, and counts as false"
            problems.append(_problem(origin, value, message, f"Write `{key}:true`."))
        leaf = Leaf(value.casefold() in _TRUE, origin) if boolean else Leaf(value, origin, text=True)
        table = insert(table, tuple(path), leaf)
    return Entry(name, table, origin), problems


def _split(text: str, origin: Origin) -> tuple[dict[str, str], list[Problem]]:
    given: dict[str, str] = {}
    problems = []
    for word in text.split():
        key, _, value = word.partition(":")
        folded = key.casefold().replace("_", ".")
        if folded in _PATHS or folded in ("name", "tls"):
            given[folded] = value
        else:
            near = difflib.get_close_matches(folded, [*_PATHS, "name", "tls"], n=1)
            remedy = f"Did you mean `{near[0]}`?" if near else ""
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
