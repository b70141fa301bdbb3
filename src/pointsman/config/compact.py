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
    reader = _Reader(origin)
    given = reader.words(text)
    name = given.pop("name", "")
    if not name:
        reader.problem("", "has no name", "write `Name:http Address::80`", severity=Severity.ERROR)
        return None, reader.problems
    reader.object = f"entry point {name}"
    table = Table((), origin)
    if "tls" in given:
        table = insert(table, ("tls", "certificates"), _certificates(given.pop("tls"), origin))
    else:
        given = reader.without(given, ("tls.", "ca"), "`TLS`")
    if not _has_client_tls(given):
        given = reader.without(given, ("auth.forward.tls.",), "both a certificate and a key, or `InsecureSkipVerify`")
    for folded, value in given.items():
        path, leaf = reader.leaf(folded, value)
        table = insert(table, path, leaf)
    return Entry(name, table, origin), reader.problems


class _Reader:
    """Collects what is wrong with one text."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.object = "entry point"
        self.problems: list[Problem] = []

    def words(self, text: str) -> dict[str, str]:
        """Values by folded option name, unknown ones left out."""
        given: dict[str, str] = {}
        for word in text.split():
            key, _, value = word.partition(":")
            folded = key.casefold().replace("_", ".")
            if folded in _FOLDED or folded in _BESIDE:
                given[folded] = value
                continue
            names = {other: shown for other, (shown, _) in _FOLDED.items()} | _BESIDE
            near = difflib.get_close_matches(folded, names, n=1)
            remedy = f"did you mean `{names[near[0]]}`?" if near else ""
            self.problem(key, "is not an option of an entry point and is ignored", remedy)
        return given

    def without(self, given: dict[str, str], prefixes: tuple[str, ...], needed: str) -> dict[str, str]:
        """compat(1.7): options that need others which were not given have no effect."""
        useless = [folded for folded in given if folded.startswith(prefixes)]
        for folded in useless:
            self.problem(_FOLDED[folded][0], f"has no effect without {needed}")
        return {folded: value for folded, value in given.items() if folded not in useless}

    def leaf(self, folded: str, value: str) -> tuple[tuple[str, ...], Leaf]:
        """The path of an option below the entry point, and its value."""
        shown, path = _FOLDED[folded]
        if not path.endswith("?"):
            return tuple(path.split(".")), Leaf(value, self.origin, text=True)
        if value.casefold() not in _TRUE | _FALSE:
            self.problem(shown, "is neither true nor false, and counts as false", f"write `{shown}:true`")
        return tuple(path[:-1].split(".")), Leaf(value.casefold() in _TRUE, self.origin)

    def problem(self, key: str, message: str, remedy: str = "", *, severity: Severity = Severity.WARNING) -> None:
        # No values: among them are passwords and keys.
        self.problems.append(
            Problem(
                object=self.object,
                origin=str(self.origin),
                key=key[:200],
                message=message,
                remedy=remedy,
                severity=severity,
            )
        )


def _has_client_tls(given: dict[str, str]) -> bool:
    """Whether a forward-auth server is spoken to with TLS options of its own."""
    prefix = "auth.forward.tls."
    pair = given.get(f"{prefix}cert") and given.get(f"{prefix}key")
    return bool(pair) or given.get(f"{prefix}insecureskipverify", "").casefold() in _TRUE


def _certificates(text: str, origin: Origin) -> Node:
    """`crt,key;crt2,key2` as a list of key pairs."""
    pairs = []
    for pair in filter(None, text.split(";")):
        cert, _, key = pair.partition(",")
        leaves = (("certFile", cert), ("keyFile", key))
        entries = tuple(Entry(name, Leaf(value, origin, text=True), origin) for name, value in leaves)
        pairs.append(Table(entries, origin))
    return Sequence(tuple(pairs), origin)
