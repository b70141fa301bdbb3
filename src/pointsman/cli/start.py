"""What a start has to say: mistakes on standard error, and in the log what is listening and what is risky."""

import logging
import sys
from collections.abc import Iterable, Mapping, Sequence

from pointsman import __version__
from pointsman.config.load import Loaded, load
from pointsman.model.problem import Problem, Severity
from pointsman.model.static import Static
from pointsman.observability import logs
from pointsman.runtime.orders import Orders

_LOG = logging.getLogger(logs.NAME)


def read(arguments: Sequence[str], environ: Mapping[str, str]) -> Loaded | None:
    """The configuration; None, with every mistake told, when it forbids to start."""
    loaded = load(arguments, environ)
    if not loaded.fatal:
        return loaded
    tell((*loaded.fatal, *loaded.problems))
    return None


def tell(problems: Iterable[Problem]) -> None:
    """One line each on standard error."""
    for problem in problems:
        print(f"pointsman: {problem.severity}: {problem}", file=sys.stderr)


def announce(told: Orders, listening: Mapping[str, str]) -> None:
    """Logs what is listening and which providers are on, then every problem of the static configuration.

    Who has chosen no log level sees this in spite of the default, ERROR: an instance that says nothing helps nobody.
    """
    logger = logging.getLogger(logs.NAME)
    chosen = logger.level
    if not told.static.log_level and not told.static.debug:
        logger.setLevel(logging.INFO)
    points = ", ".join(f"{name} {address}" for name, address in listening.items())
    providers = ", ".join(_providers(told.static)) or "none"
    _LOG.info("Pointsman %s listens on %s; providers: %s", __version__, points, providers)
    for problem in told.problems:
        _LOG.log(logging.ERROR if problem.severity is Severity.ERROR else logging.WARNING, "%s", problem)
    logger.setLevel(chosen)


def _providers(static: Static) -> list[str]:
    found = ["file"] if static.file is not None else []
    if static.kubernetes is not None:
        manifests = static.kubernetes.manifests
        found.append(f"kubernetes (manifests in {manifests})" if manifests else "kubernetes")
    if static.rest is not None:
        found.append("rest")
    return found
