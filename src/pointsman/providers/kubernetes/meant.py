"""Which Ingresses are for a host and a path, whoever serves them. Asked when nothing answers; costs nothing before."""

import re
from collections.abc import Iterable

from pointsman.providers.kubernetes.objects import Ingress, IngressPath, IngressRule
from pointsman.providers.kubernetes.rules import EXACT, PREFIX

_SYNTAX = re.compile(r"[({\[^$*|\\]")
"""Where a path stops being literal: a variable of the rule language, or another controller's regular expression."""


def for_request(ingresses: Iterable[Ingress], host: str, path: str) -> list[Ingress]:
    """Those that may be meant, the nearest first: by their exact host, by a wildcard, without a host.

    A path is compared generously: what another controller makes of it is not known. `host` is in lower case and
    without a port.
    """
    ranked: list[tuple[int, Ingress]] = []
    for ingress in ingresses:
        ranks = [rank for rule in ingress.rules if (rank := _rank(rule, host, path)) is not None]
        if ingress.default_backend is not None:
            ranks.append(3)
        if ranks:
            ranked.append((min(ranks), ingress))
    ranked.sort(key=lambda pair: (pair[0], *pair[1].order))
    return [ingress for _, ingress in ranked]


def _rank(rule: IngressRule, host: str, path: str) -> int | None:
    """None: it is for something else."""
    wanted = rule.host.lower()
    if not wanted:
        rank = 2
    elif wanted == host:
        rank = 0
    elif wanted.startswith("*.") and host.partition(".")[2] == wanted[2:]:
        rank = 1
    else:
        return None
    # Without an http section the rule is for every path, as Kubernetes reads it.
    return rank if rule.paths is None or any(_fits(one, path) for one in rule.paths) else None


def _fits(rule: IngressPath, path: str) -> bool:
    if rule.path_type == EXACT:
        return path == rule.path
    if rule.path_type == PREFIX:
        plain = rule.path.rstrip("/")
        return path == plain or path.startswith(plain + "/")
    return path.startswith(_SYNTAX.split(rule.path, maxsplit=1)[0])
