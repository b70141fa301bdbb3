"""Sources of the Authorization header. None of them ever shows its secret in `repr` or an error."""

import asyncio
import base64
import datetime
import logging
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import msgspec

_LOG = logging.getLogger("pointsman.kubernetes")
_TOKEN = re.compile(r"[\x21-\x7e]+")
EXEC_TIMEOUT_S = 30
EXEC_VERSIONS = tuple(f"client.authentication.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))


class TokenSource(Protocol):
    """Gives the value of the Authorization header; empty = none is sent."""

    async def authorization(self, *, refused: bool = False) -> str:
        """The value to send now; `refused`: the API server has just answered 401 to the last one. Raises TokenError."""


class TokenError(Exception):
    """No token can be had right now."""


def bearer(token: str, source: str) -> str:
    """The header's value for a token. Raises TokenError, naming the source.

    A token with a line break or the like would not only be refused by the HTTP library, but quoted in its error.
    """
    if not _TOKEN.fullmatch(token.strip()):
        raise TokenError(f"{source} holds no token: it is empty, or has characters that no token has")
    return f"Bearer {token.strip()}"


class NoToken:
    """Nothing is sent: a client certificate or an open API."""

    async def authorization(self, *, refused: bool = False) -> str:
        """Always empty."""
        return ""


class StaticToken:
    """A token given by an option or a kubeconfig."""

    def __init__(self, token: str, source: str) -> None:
        """Raises TokenError, naming `source`, when it can be no token."""
        self._value = bearer(token, source)

    async def authorization(self, *, refused: bool = False) -> str:
        """The same each time."""
        return self._value


class BasicPassword:
    """User name and password of a kubeconfig."""

    def __init__(self, user: str, password: str) -> None:
        self._value = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    async def authorization(self, *, refused: bool = False) -> str:
        """The same each time."""
        return self._value


class TokenFile:
    """A file that the kubelet renews; read anew for each request, so that a rotated token is used at once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = ""

    def read(self) -> str:
        """The header's value by the file as it is now. Raises TokenError."""
        try:
            text = self._path.read_text(errors="replace")
        except OSError as error:
            raise TokenError(f"cannot read the token file {self._path}: {error.strerror}") from error
        self._last = bearer(text, f"the token file {self._path}")
        return self._last

    async def authorization(self, *, refused: bool = False) -> str:
        """The file's token; the last known one while the file cannot be read."""
        try:
            return self.read()
        except TokenError as error:
            if not self._last:
                raise
            _LOG.warning("%s; using the last token", error)
            return self._last


class Variable(msgspec.Struct, frozen=True):
    """An environment variable of a plugin."""

    name: str
    value: str


class ExecPlugin(msgspec.Struct, frozen=True, kw_only=True):
    """`user.exec` of a kubeconfig: a program that prints an ExecCredential."""

    api_version: str = msgspec.field(default="", name="apiVersion")
    command: str
    args: list[str] | None = None
    env: list[Variable] | None = None


class _Credential(msgspec.Struct, kw_only=True, rename="camel"):
    token: str = ""
    expiration_timestamp: datetime.datetime | None = None


class _ExecCredential(msgspec.Struct, kw_only=True):
    status: _Credential | None = None


class ExecToken:
    """Runs a kubeconfig's plugin when there is no token, it has run out, or it was refused."""

    def __init__(self, plugin: ExecPlugin, directory: Path, environment: Mapping[str, str] = os.environ) -> None:
        self._plugin, self._directory = plugin, directory
        self._environment = dict(environment) | {item.name: item.value for item in plugin.env or ()}
        self._credential: _Credential | None = None
        self._running = asyncio.Lock()

    async def authorization(self, *, refused: bool = False) -> str:
        """The plugin's token. Raises TokenError."""
        before = self._credential
        async with self._running:
            if self._credential is None or self._expired() or (refused and self._credential is before):
                self._credential = await self._run()
            return bearer(self._credential.token, f"what the kubeconfig's exec plugin {self._plugin.command} printed")

    def _expired(self) -> bool:
        end = self._credential.expiration_timestamp if self._credential else None
        return end is not None and end <= datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=10)

    async def _run(self) -> _Credential:
        plugin = self._plugin
        # Without a slash the program is looked up on the PATH; else relative to the kubeconfig.
        command = str(self._directory / plugin.command) if "/" in plugin.command else plugin.command
        info = msgspec.json.encode({"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": {}}).decode()
        try:
            process = await asyncio.create_subprocess_exec(
                command,
                *(plugin.args or ()),
                env=self._environment | {"KUBERNETES_EXEC_INFO": info},
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except OSError as error:
            raise TokenError(f"cannot run the kubeconfig's exec plugin {command}: {error.strerror}") from error
        try:
            async with asyncio.timeout(EXEC_TIMEOUT_S):
                output, _ = await process.communicate()
        except TimeoutError as error:
            process.kill()
            await process.wait()
            raise TokenError(f"the kubeconfig's exec plugin {command} gave no answer in {EXEC_TIMEOUT_S} s") from error
        if process.returncode:
            raise TokenError(f"the kubeconfig's exec plugin {command} ended with code {process.returncode}")
        return _parsed(output, command)


def _parsed(output: bytes, command: str) -> _Credential:
    try:
        credential = msgspec.json.decode(output, type=_ExecCredential).status
    except msgspec.MsgspecError:
        credential = None  # The output may hold a token: it is never shown.
    if credential is None or not credential.token:
        raise TokenError(f"the kubeconfig's exec plugin {command} printed no ExecCredential with a token")
    return credential
