"""A container's private root: the host's file system under a throw-away overlay, volumes mounted on top."""

import os
import shlex
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from support.cluster.node.client import Object
from support.cluster.node.environment import expand
from support.cluster.node.facts import Facts
from support.cluster.node.settings import DNS_ADDRESS, Image
from support.cluster.node.volumes import Volumes


class Mount(msgspec.Struct, frozen=True):
    """A path of this machine, shown in the container."""

    source: str
    target: str
    read_only: bool


def script(base: Path, hostname: str, mounts: Sequence[Mount], program: str) -> str:
    """The shell script that makes the root below `base` and becomes the program there."""
    root = base / "merged"
    lines = [
        f"mount -t overlay overlay -o lowerdir=/,upperdir={base}/upper,workdir={base}/work {root}",
        f"mount -t proc proc {root}/proc; mount --rbind /dev {root}/dev; mount -t tmpfs shm {root}/dev/shm",
        f"mount -t sysfs sysfs {root}/sys; mount --bind {base}/tmp {root}/tmp",
        f"hostname {shlex.quote(hostname)}",
        "echo 0 > /proc/sys/net/ipv4/ip_unprivileged_port_start",
        *_mounting(root, mounts),
        f"exec chroot {program}",
    ]
    return "\n".join(lines) + "\n"


def program(facts: Facts, container: Object, image: Image, *, root: Path, words: Sequence[str]) -> str:
    """What `chroot` is asked to run there: `words` are variables (`NAME=value`), then the command."""
    context = {**(facts.spec.get("securityContext") or {}), **(container.get("securityContext") or {})}
    user = context.get("runAsUser", image.user)
    identity = f"--userspec={user}:{context.get('runAsGroup', user)} --groups= " if user else ""
    directory = container.get("workingDir") or image.working_dir
    return f"{identity}{root} /usr/bin/env -i -C {shlex.join([directory, *words])}"


def _mounting(root: Path, mounts: Sequence[Mount]) -> list[str]:
    lines = []
    for mount in mounts:
        # A path in the container may cross the host's symbolic links, such as /var/run: resolve it inside the root.
        lines.append(f"where={root}$(chroot {root} realpath -m {shlex.quote(mount.target)})")
        directory = os.path.isdir(mount.source)
        make = "mkdir -p $where" if directory else "mkdir -p $(dirname $where); [ -e $where ] || : > $where"
        lines.append(f"{make}; mount --bind {shlex.quote(mount.source)} $where")
        if mount.read_only:
            lines.append("mount -o remount,bind,ro $where")
    return lines


def prepare(facts: Facts, base: Path) -> None:
    """Makes the directories of a root, and its names and resolver."""
    shutil.rmtree(base, ignore_errors=True)
    for part in ("upper/etc", "work", "merged", "tmp"):
        (base / part).mkdir(parents=True)
    (base / "tmp").chmod(0o1777)
    etc = base / "upper" / "etc"
    (etc / "hostname").write_text(facts.hostname + "\n")
    (etc / "hosts").write_text(f"127.0.0.1 localhost\n{facts.address} {facts.hostname}\n")
    search = f"{facts.namespace}.svc.cluster.local svc.cluster.local cluster.local"
    (etc / "resolv.conf").write_text(f"search {search}\nnameserver {DNS_ADDRESS}\noptions ndots:5\n")


def mounts(facts: Facts, volumes: Volumes, container: Object, variables: Mapping[str, str]) -> list[Mount]:
    """A container's volume mounts, shallow paths first."""
    named = {volume["name"]: volume for volume in facts.volumes}
    found = []
    for mount in container.get("volumeMounts") or []:
        volume = named[mount["name"]]
        source = volumes.directory(volume)
        below = expand(mount.get("subPathExpr") or mount.get("subPath") or "", variables)
        if below:
            source /= below
            if not source.exists():
                source.mkdir(parents=True)
            source = source.resolve()
        fixed = any(kind in volume for kind in ("configMap", "secret", "projected", "downwardAPI"))
        target = os.path.normpath(mount["mountPath"])
        found.append(Mount(str(source), target, fixed or mount.get("readOnly", False)))
    return sorted(found, key=lambda mount: mount.target.count("/"))
