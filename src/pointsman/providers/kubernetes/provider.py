"""The live Kubernetes provider: from its options to a session with an API server."""

import asyncio
import logging
from collections.abc import Iterable

from pointsman.model.problem import Problem
from pointsman.model.static import Kubernetes
from pointsman.providers.kubernetes.access import Access, StartError
from pointsman.providers.kubernetes.client import Client
from pointsman.providers.kubernetes.credentials import resolve
from pointsman.providers.kubernetes.selectors import SelectorError, parse_selector
from pointsman.providers.kubernetes.session import Session
from pointsman.providers.kubernetes.writing import Writer
from pointsman.providers.protocol import Meant, Publish

_LOG = logging.getLogger("pointsman.kubernetes")
START_RETRY_S = 10.0
"""How long to wait before unusable options are tried again: a file they name may appear."""


def prepare(options: Kubernetes) -> Access:
    """Checks everything that can be checked before the API server is asked. Raises StartError."""
    try:
        parse_selector(options.label_selector)
    except SelectorError as error:
        raise StartError(f"kubernetes.labelSelector: {error}") from error
    return resolve(options)


class KubernetesProvider:
    """Watches an API server and publishes what its Ingresses mean. One `run` is one life: it can be run again."""

    name = "kubernetes"

    def __init__(self, options: Kubernetes, *, strict: bool = False) -> None:
        self._options = options
        self._strict = strict
        self._session: Session | None = None
        self._writer: Writer | None = None
        self._problems: dict[Problem, None] = {}

    def tell(self, new: Iterable[Problem], solved: Iterable[Problem]) -> None:
        """Takes Problems that have begun, and that are over: those of the cluster's objects become Events."""
        for problem in solved:
            self._problems.pop(problem, None)
        self._problems.update(dict.fromkeys(new))
        if self._writer is not None:
            self._writer.tell(new, solved)

    def meant(self, host: str, path: str) -> Iterable[Meant]:
        """Ingresses that a request may have been meant for, the nearest first; those of other classes, too."""
        return self._session.view().meant(host, path) if self._session is not None else ()

    def kept_away(self) -> Iterable[Meant]:
        """Ingresses of other classes."""
        return self._session.view().kept_away() if self._session is not None else ()

    def origin(self, _name: str) -> str:
        """No object of a cluster has a file."""
        return ""

    async def run(self, publish: Publish) -> None:
        """Publishes for ever; first when everything it may read has been read. Options that cannot work are logged."""
        access = await self._access()
        client = Client(access)
        session = self._session = Session(self._options, client, publish, strict=self._strict)
        self._writer = session.writer = Writer(client, self._options, session.view(), namespace=access.namespace)
        self._writer.report_to(session.news())
        self._writer.tell(self._problems, ())
        try:
            await session.run()
        finally:
            await client.close()

    async def _access(self) -> Access:
        told = ""
        while True:
            try:
                access = prepare(self._options)
            except StartError as error:
                if str(error) != told:
                    told = str(error)
                    _LOG.error("%s; nothing is served from Kubernetes", error)
                await asyncio.sleep(START_RETRY_S)
            else:
                _LOG.info("kubernetes: API server %s, by %s", access.server, access.origin)
                return access
