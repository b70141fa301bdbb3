"""Options of Traefik 1.7 that Pointsman knows by name only: giving one is reported, never silent, never an error."""

from collections.abc import Iterator

from pointsman.config.tree import Entry, Leaf, Table
from pointsman.model.problem import Problem, Severity

_PROVIDER = "watch? filename constraints trace? templateVersion debugLogGeneratedTemplate?"
_TLS = "tls! tls.ca tls.caOptional? tls.cert tls.key tls.insecureSkipVerify?"
_STORE = f"{_PROVIDER} endpoint prefix username password {_TLS}"

_TABLE = {
    "acme": "email storage entryPoint caServer keyType onHostRule? onDemand? preferredChain acmeLogging?"
    " overrideCertificates? tlsChallenge! httpChallenge! httpChallenge.entryPoint dnsChallenge! dnsChallenge.provider"
    " dnsChallenge.delayBeforeCheck dnsChallenge.resolvers dnsChallenge.disablePropagationCheck? domains storageFile"
    " dnsProvider delayDontCheckDNS",
    "boltdb": _STORE,
    "cluster": "node store",
    "consul": _STORE,
    "consulCatalog": f"{_PROVIDER} endpoint domain stale? exposedByDefault? prefix strictChecks? frontEndRule {_TLS}",
    "docker": f"{_PROVIDER} endpoint domain exposedByDefault? useBindPortIP? swarmMode? network"
    f" swarmModeRefreshSeconds {_TLS}",
    "dynamodb": f"{_PROVIDER} accessKeyID refreshSeconds region secretAccessKey tableName endpoint",
    "ecs": f"{_PROVIDER} domain exposedByDefault? refreshSeconds clusters autoDiscoverClusters? region accessKeyID"
    " secretAccessKey",
    "etcd": f"{_STORE} useAPIV3?",
    "eureka": f"{_PROVIDER} endpoint delay refreshSeconds",
    "hostResolver": "cnameFlattening? resolvConfig resolvDepth",
    "marathon": f"{_PROVIDER} endpoint domain exposedByDefault? groupsAsSubDomains? dcosToken"
    " marathonLBCompatibility? filterMarathonConstraints? dialerTimeout responseHeaderTimeout tlsHandshakeTimeout"
    " keepAlive forceTaskHostname? basic! basic.httpBasicAuthUser basic.httpBasicPassword respectReadinessChecks?"
    f" {_TLS}",
    "mesos": f"{_PROVIDER} endpoint domain exposedByDefault? groupsAsSubDomains? zkDetectionTimeout refreshSeconds"
    " ipSources stateTimeoutSecond masters",
    "rancher": f"{_PROVIDER} domain exposedByDefault? enableServiceHealthFilter? refreshSeconds api! api.endpoint"
    " api.accessKey api.secretKey metadata! metadata.intervalPoll? metadata.prefix",
    "serviceFabric": f"{_PROVIDER} clusterManagementUrl apiVersion refreshSeconds appInsightsClientName"
    f" appInsightsKey appInsightsBatchSize appInsightsInterval {_TLS}",
    "zookeeper": _STORE,
}
"""Section to keys. `?` marks a boolean and `!` a section: as flags, both stand without a value."""

_TEMPLATES = "constraints trace? templateVersion debugLogGeneratedTemplate?"
_KEYS = {"file": _TEMPLATES, "kubernetes": f"filename {_TEMPLATES}"}
"""The same for sections that do have an effect."""


def sections() -> tuple[str, ...]:
    """The dotted names of the sections, sorted."""
    return tuple(sorted(_TABLE))


def flags() -> Iterator[tuple[str, bool]]:
    """Every dotted option, and whether it needs a value as a flag."""
    for section, keys in _TABLE.items():
        yield section, False
        yield from _flags(section, keys)
    for section, keys in _KEYS.items():
        yield from _flags(section, keys)


def single_keys() -> tuple[str, ...]:
    """The dotted names of single options in sections that do have an effect."""
    return tuple(name for section, keys in _KEYS.items() for name, _ in _flags(section, keys))


def _flags(section: str, keys: str) -> Iterator[tuple[str, bool]]:
    for key in keys.split():
        yield f"{section}.{key.rstrip('?!')}", key[-1] not in "?!"


def set_aside(tree: Table) -> tuple[Table, list[Problem]]:
    """The tree without the sections of the table, and a Problem for each that was given."""
    problems: list[Problem] = []
    return _pruned(tree, (), {name.casefold(): name for name in (*_TABLE, *single_keys())}, problems), problems


def report(name: str, origin: str, *, partly: bool = False) -> Problem:
    """The Problem that says by name that an option of 1.7 does nothing here yet, or only a part."""
    effect = "is supported only in part yet" if partly else "is not supported yet and has no effect"
    message = f"is an option of Traefik 1.7 that {effect}"
    return Problem(object=name, origin=origin, message=message, severity=Severity.WARNING)


def _pruned(table: Table, path: tuple[str, ...], known: dict[str, str], problems: list[Problem]) -> Table:
    kept: list[Entry] = []
    for entry in table.entries:
        here = (*path, entry.key)
        name = known.get(".".join(here).casefold())
        if name is not None:
            problems.extend(report(given, origin) for given, origin in _given(entry, name))
        elif isinstance(entry.node, Table) and any(key.startswith(".".join(here).casefold() + ".") for key in known):
            kept.append(Entry(entry.key, _pruned(entry.node, here, known, problems), entry.origin))
        else:
            kept.append(entry)
    return Table(tuple(kept), table.origin, table.whole)


def _given(entry: Entry, name: str) -> list[tuple[str, str]]:
    """Name and origin of a section, or of each key in it; nothing for one that is switched off."""
    if isinstance(entry.node, Leaf) and entry.node.text and str(entry.node.value).casefold() == "false":
        return []
    if isinstance(entry.node, Table) and entry.node.entries:
        return [(f"{name}.{below.key}", str(below.origin)) for below in entry.node.entries]
    return [(name, str(entry.origin))]
