"""Reads kubeconfig files: the current context's server, authorities, and user."""

import base64
import binascii
import os
import ssl
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import yaml

from pointsman.providers.kubernetes.access import Access, StartError, base_url, trust, trust_pem
from pointsman.providers.kubernetes.tokens import (
    EXEC_VERSIONS,
    BasicPassword,
    ExecPlugin,
    ExecToken,
    NoToken,
    StaticToken,
    TokenError,
    TokenFile,
    TokenSource,
)

T = TypeVar("T", bound="_Named")


class _Part(msgspec.Struct, kw_only=True, rename="kebab"):
    """Base of the file's shapes: keys in kebab-case."""


class _Cluster(_Part, kw_only=True):
    server: str = ""
    certificate_authority: str = ""
    certificate_authority_data: str = ""
    insecure_skip_tls_verify: bool = False
    tls_server_name: str = ""


class _User(_Part, kw_only=True):
    token: str = ""
    token_file: str = msgspec.field(default="", name="tokenFile")
    username: str = ""
    password: str = ""
    client_certificate: str = ""
    client_certificate_data: str = ""
    client_key: str = ""
    client_key_data: str = ""
    exec: ExecPlugin | None = None
    auth_provider: dict[str, object] | None = None


class _Context(_Part, kw_only=True):
    cluster: str
    user: str = ""
    namespace: str = ""


class _Named(_Part, kw_only=True):
    name: str
    directory: Path | None = None


class _NamedCluster(_Named, kw_only=True):
    cluster: _Cluster


class _NamedUser(_Named, kw_only=True):
    user: _User | None = None


class _NamedContext(_Named, kw_only=True):
    context: _Context


class _File(_Part, kw_only=True):
    current_context: str = ""
    clusters: list[_NamedCluster] | None = None
    users: list[_NamedUser] | None = None
    contexts: list[_NamedContext] | None = None


def load_kubeconfig(files: Sequence[Path], option: str) -> Access:
    """The current context of these files; as with kubectl, the first file that has a name wins. Raises StartError."""
    merged = [_read(file, option) for file in files if len(files) == 1 or file.exists()]
    if not merged:
        raise StartError(f"{option}: none of {', '.join(map(str, files))} exists")
    shown = os.pathsep.join(map(str, files))
    current = next((file.current_context for file in merged if file.current_context), "")
    if not current:
        raise StartError(f"{option}: {shown} has no current-context")
    context = _find([c for f in merged for c in f.contexts or ()], current, f"{option}: {shown}: context").context
    cluster = _find([c for f in merged for c in f.clusters or ()], context.cluster, f"{option}: {shown}: cluster")
    user = _NamedUser(name="", user=None)
    if context.user:
        user = _find([u for f in merged for u in f.users or ()], context.user, f"{option}: {shown}: user")
    if not cluster.cluster.server:
        raise StartError(f"{option}: {shown}: cluster {cluster.name!r} has no server")
    return Access(
        server=base_url(cluster.cluster.server, f"{option}: server", secure=False),
        tls=_tls(cluster, user, option),
        tls_name=cluster.cluster.tls_server_name,
        token=_token(user.user or _User(), user.directory or Path(), option),
        namespace=context.namespace or "default",
        origin=f"context {current!r} of {shown}",
    )


def _read(file: Path, option: str) -> _File:
    try:
        document = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
        parsed = msgspec.convert(document, _File)
    except OSError as error:
        raise StartError(f"{option}: cannot read {file}: {error.strerror}") from error
    except yaml.YAMLError as error:
        # The parser's own text may quote a token of the file.
        mark = getattr(error, "problem_mark", None)
        where = f":{mark.line + 1}" if mark else ""
        raise StartError(f"{option}: {file}{where} is not valid YAML") from None
    except msgspec.ValidationError as error:
        raise StartError(f"{option}: {file} is not a kubeconfig: {error}") from error
    for entry in [*(parsed.clusters or ()), *(parsed.users or ())]:
        entry.directory = file.parent
    return parsed


def _find(entries: Sequence[T], name: str, what: str) -> T:
    for entry in entries:
        if entry.name == name:
            return entry
    raise StartError(f"{what} {name!r} is not there")


def _tls(entry: _NamedCluster, named: _NamedUser, option: str) -> ssl.SSLContext:
    cluster, user = entry.cluster, named.user or _User()
    authority = (entry.directory or Path()) / cluster.certificate_authority if cluster.certificate_authority else None
    if cluster.certificate_authority_data:
        text = _decoded(cluster.certificate_authority_data, f"{option}: certificate-authority-data")
        try:
            context = trust_pem(text.decode())
        except (ssl.SSLError, UnicodeDecodeError) as error:
            raise StartError(f"{option}: certificate-authority-data holds no valid PEM certificate") from error
    else:
        context = trust(authority, f"{option}: certificate-authority")
    if cluster.insecure_skip_tls_verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    _add_client_certificate(context, user, named.directory or Path(), option)
    return context


def _add_client_certificate(context: ssl.SSLContext, user: _User, directory: Path, option: str) -> None:
    if not (user.client_certificate or user.client_certificate_data):
        return
    with tempfile.TemporaryDirectory(prefix="pointsman-") as private:  # OpenSSL takes key pairs from files only.
        pair = []
        for name, path, data in (
            ("client-certificate", user.client_certificate, user.client_certificate_data),
            ("client-key", user.client_key, user.client_key_data),
        ):
            file = directory / path
            if data:
                file = Path(private, name)
                file.touch(mode=0o600)
                file.write_bytes(_decoded(data, f"{option}: {name}-data"))
            pair.append(file)
        try:
            context.load_cert_chain(pair[0], pair[1])
        except OSError as error:  # ssl.SSLError is one
            shown = "inline data" if user.client_certificate_data else " and ".join(map(str, pair))
            raise StartError(f"{option}: cannot use the client certificate in {shown}: {error.strerror}") from error


def _decoded(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise StartError(f"{what} is not base64") from error


def _token(user: _User, directory: Path, option: str) -> TokenSource:
    try:
        if user.token_file:
            file = TokenFile(directory / user.token_file)
            file.read()
            return file
        if user.token:
            return StaticToken(user.token, "token")
    except TokenError as error:
        raise StartError(f"{option}: {'tokenFile: ' if user.token_file else ''}{error}") from error
    if user.exec is not None:
        if user.exec.api_version not in EXEC_VERSIONS:
            raise StartError(f"{option}: exec plugins of {user.exec.api_version!r} are not supported")
        return ExecToken(user.exec, directory)
    if user.username:
        return BasicPassword(user.username, user.password)
    if user.auth_provider is not None:
        raise StartError(f"{option}: auth-provider was removed from Kubernetes; use an exec plugin")
    return NoToken()
