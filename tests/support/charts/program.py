"""The program that is `helm` and `kustomize`: built on first use into the cache, then called by either name."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "tools"
CACHE = Path.home() / ".cache" / "pointsman-charts"


class Missing(RuntimeError):
    """It cannot be built on this machine; the message says why."""


def binary() -> Path:
    """Where the program of these sources is, built or not."""
    mark = hashlib.sha256()
    for name in ("main.go", "go.mod", "go.sum"):
        mark.update((SOURCE / name).read_bytes())
    return CACHE / mark.hexdigest()[:16] / "helm"


def built() -> Path:
    """The program; the first call on a machine takes some minutes of Go compilation, others wait for it."""
    helm = binary()
    if helm.exists():
        return helm
    go = shutil.which("go", path=os.environ.get("PATH", "") + ":/usr/local/go/bin")
    if go is None:
        raise Missing("the tests of the Helm chart need `go`: install golang (Debian package name) and run again")
    helm.parent.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "build.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not helm.exists():
            fresh = helm.with_suffix(".new")
            command = ["nice", "-n", "10", go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(fresh), "."]
            done = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False)
            if done.returncode:
                raise Missing(f"building helm failed:\n{done.stderr[-2000:]}")
            (helm.parent / "kustomize").unlink(missing_ok=True)
            (helm.parent / "kustomize").symlink_to("helm")
            fresh.rename(helm)
    return helm


def called(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """`helm ARGUMENTS` or `kustomize FOLDER`, away from this machine's Helm settings and plugins."""
    program = built().with_name(name)
    home = {"HOME": "/nonexistent", "HELM_NO_PLUGINS": "1", "KUBECONFIG": "/nonexistent"}
    environ = {**os.environ, **home}
    return subprocess.run(
        [str(program), *arguments], capture_output=True, text=True, timeout=60, env=environ, check=False
    )


def rendered(name: str, *arguments: str) -> str:
    """What such a call prints; AssertionError with its complaint when it fails."""
    done = called(name, *arguments)
    assert done.returncode == 0, f"{name} {' '.join(arguments)}:\n{done.stderr}"
    return done.stdout
