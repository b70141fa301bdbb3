"""Where the API server is and how to prove who we are: service account, options, or kubeconfig."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from pointsman.providers.kubernetes.access import Access, StartError, base_url, trust
from pointsman.providers.kubernetes.kubeconfig import load_kubeconfig
from pointsman.providers.kubernetes.tokens import NoToken, StaticToken, TokenError, TokenFile

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
"""Where the kubelet mounts a pod's service account."""


class AccessOptions(Protocol):
    """The part of `[kubernetes]` that says where the API server is."""

    @property
    def endpoint(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def cert_auth_file_path(self) -> str: ...
    @property
    def kubeconfig(self) -> str: ...


def resolve(options: AccessOptions, environment: Mapping[str, str] = os.environ, account: Path = ACCOUNT) -> Access:
    """Picks, in this order: the kubeconfig option, the pod's service account, `endpoint`, `$KUBECONFIG`.

    compat(1.7): in a cluster `endpoint` replaces only the host, and `token` and `certAuthFilePath` are ignored.
    Raises StartError.
    """
    if options.kubeconfig:
        return load_kubeconfig([Path(options.kubeconfig).expanduser()], "kubernetes.kubeconfig")
    if environment.get("KUBERNETES_SERVICE_HOST") and environment.get("KUBERNETES_SERVICE_PORT"):
        return _in_cluster(options.endpoint, environment, account)
    if options.endpoint:
        return _by_options(options)
    if files := [Path(name) for name in environment.get("KUBECONFIG", "").split(os.pathsep) if name]:
        return load_kubeconfig(files, "$KUBECONFIG")
    raise StartError(
        "kubernetes: no API server is known: this is not a pod of a cluster; "
        "give kubernetes.endpoint, kubernetes.kubeconfig, or kubernetes.manifests to read a folder instead"
    )


def _in_cluster(endpoint: str, environment: Mapping[str, str], account: Path) -> Access:
    host, port = environment["KUBERNETES_SERVICE_HOST"], environment["KUBERNETES_SERVICE_PORT"]
    host = f"[{host}]" if ":" in host else host
    token = TokenFile(account / "token")
    try:
        token.read()
    except TokenError as error:
        raise StartError(f"kubernetes: {error}") from error
    option = "kubernetes.endpoint" if endpoint else "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT"
    return Access(
        server=base_url(endpoint or f"https://{host}:{port}", option, secure=True),
        tls=trust(account / "ca.crt", "kubernetes"),
        token=token,
        namespace=_namespace(account),
        origin="the pod's service account",
    )


def _namespace(account: Path) -> str:
    try:
        return (account / "namespace").read_text().strip() or "default"
    except (OSError, UnicodeDecodeError):
        return "default"


def _by_options(options: AccessOptions) -> Access:
    authority = Path(options.cert_auth_file_path) if options.cert_auth_file_path else None
    try:
        token = StaticToken(options.token, "kubernetes.token") if options.token else NoToken()
    except TokenError as error:
        raise StartError(str(error)) from error
    return Access(
        server=base_url(options.endpoint, "kubernetes.endpoint", secure=authority is not None),
        tls=trust(authority, "kubernetes.certAuthFilePath"),
        token=token,
        origin="kubernetes.endpoint",
    )
