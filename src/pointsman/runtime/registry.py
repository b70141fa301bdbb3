"""Which providers a static configuration switches on; one line each."""

from collections.abc import Callable, Mapping

from pointsman.model.static import Static
from pointsman.providers.protocol import Provider
from pointsman.providers.rest import Inbox, RestProvider

Maker = Callable[[], Provider]
"""Makes a provider that has said nothing yet."""


def makers(static: Static, inbox: Inbox | None = None) -> Mapping[str, Maker]:
    """A maker for each provider, by name. Their modules are imported when they are wanted: a file needs no cluster.

    `inbox`: of the REST provider, which is left out without one.
    """
    found: dict[str, Maker] = {}
    file, kubernetes, strict = static.file, static.kubernetes, static.security == "strict"
    if file is not None:
        from pointsman.providers.file.provider import FileProvider

        found["file"] = lambda: FileProvider(file, static.config_file)
    if kubernetes is not None and kubernetes.manifests:
        from pointsman.providers.manifests import ManifestsProvider

        found["kubernetes"] = lambda: ManifestsProvider(kubernetes, strict=strict)
    elif kubernetes is not None:
        from pointsman.providers.kubernetes.provider import KubernetesProvider

        found["kubernetes"] = lambda: KubernetesProvider(kubernetes, strict=strict)
    if static.rest is not None and inbox is not None:
        found[RestProvider.name] = lambda: RestProvider(inbox)
    return found
