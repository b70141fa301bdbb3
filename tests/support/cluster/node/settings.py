"""What the node's process is told at its start."""

from pathlib import Path

import msgspec

NAME = "node"
ADDRESS = "10.244.0.1"
"""The node's own, on the bridge of its pods (10.244.0.0/16)."""
DNS_ADDRESS = "10.96.0.10"
API_ADDRESS = "10.96.0.1"
"""Where pods find the API server, as the Service `kubernetes` says."""


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """What runs for an image: a program of this machine, and files that the container sees (its path: ours)."""

    entrypoint: tuple[str, ...]
    cmd: tuple[str, ...] = ()
    env: dict[str, str] = {}
    files: dict[str, str] = {}
    user: int | None = None
    working_dir: str = "/"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`images` maps patterns (fnmatch) of image names; API ports are on the host's loopback interface."""

    directory: str
    namespace: str
    """Name of the node's network namespace; those of its pods begin with it."""
    host_address: str
    """Where the host finds node ports: an address of its loopback interface."""
    api_port: int
    """The API server, for the node itself."""
    pods_api_port: int
    """The API server that pods find: the same, or a proxy in front of it."""
    token: str
    images: dict[str, Image]

    @property
    def path(self) -> Path:
        return Path(self.directory)

    @property
    def disk(self) -> Path:
        """The node's own disk, which hostPath volumes show."""
        return self.path / "disk"
