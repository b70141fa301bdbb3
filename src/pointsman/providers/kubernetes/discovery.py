"""Which API version serves each kind: asks the API server, newest first."""

from collections.abc import AsyncIterator

import msgspec

from pointsman.providers.kubernetes.client import ApiError, Client
from pointsman.providers.kubernetes.objects import ENDPOINT_SLICE, ENDPOINTS, INGRESS, INGRESS_CLASS, SECRET, SERVICE


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    """One kind in one API version."""

    kind: str
    group_version: str
    """`v1` for the core group, else `GROUP/VERSION`."""
    plural: str
    namespaced: bool = True

    def path(self, namespace: str = "", name: str = "") -> str:
        """URL path of the collection, over all namespaces when none is given, or of one object."""
        root = f"/api/{self.group_version}" if "/" not in self.group_version else f"/apis/{self.group_version}"
        scope = f"/namespaces/{namespace}" if namespace and self.namespaced else ""
        return f"{root}{scope}/{self.plural}" + (f"/{name}" if name else "")


def _ingresses(group_version: str) -> Resource:
    return Resource(kind=INGRESS, group_version=group_version, plural="ingresses")


def _classes(group_version: str) -> Resource:
    return Resource(kind=INGRESS_CLASS, group_version=group_version, plural="ingressclasses", namespaced=False)


INGRESSES = tuple(map(_ingresses, ("networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1")))
SERVICES = (Resource(kind=SERVICE, group_version="v1", plural="services"),)
ADDRESSES = (
    Resource(kind=ENDPOINT_SLICE, group_version="discovery.k8s.io/v1", plural="endpointslices"),
    Resource(kind=ENDPOINTS, group_version="v1", plural="endpoints"),
)
SECRETS = (Resource(kind=SECRET, group_version="v1", plural="secrets"),)
INGRESS_CLASSES = tuple(map(_classes, ("networking.k8s.io/v1", "networking.k8s.io/v1beta1")))


class _ApiResource(msgspec.Struct):
    name: str


class _ApiResourceList(msgspec.Struct):
    resources: list[_ApiResource] = []


class Discovery:
    """Answers which resources exist, asking once for each API version until told to forget."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._known: dict[str, frozenset[str] | None] = {}

    def forget(self) -> None:
        """The API server has contradicted an answer (it was upgraded): ask again."""
        self._known.clear()

    async def served(self, candidates: tuple[Resource, ...]) -> AsyncIterator[Resource]:
        """Those of the candidates that the API server serves, best first. Raises ApiError, Unreachable."""
        for candidate in candidates:
            if await self._serves(candidate):
                yield candidate

    async def _serves(self, candidate: Resource) -> bool:
        version = candidate.group_version
        if "/" not in version:
            return True
        if version not in self._known:
            self._known[version] = await self._ask(version)
        names = self._known[version]
        return names is None or candidate.plural in names

    async def _ask(self, version: str) -> frozenset[str] | None:
        """Names of the resources of an API version; none when it isn't served, None when we may not know."""
        try:
            body = await self.client.get(f"/apis/{version}")
        except ApiError as error:
            if error.status == 404:
                return frozenset()
            if error.status == 403:
                return None
            raise
        return frozenset(resource.name for resource in msgspec.json.decode(body, type=_ApiResourceList).resources)
