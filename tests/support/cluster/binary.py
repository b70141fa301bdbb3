"""The kube-apiserver binary: built from the Go module in `kube/` once per machine and version."""

import fcntl
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parent / "kube"
CACHE = Path.home() / ".cache" / "pointsman-cluster"
BINARY = CACHE / "kube136"


class Missing(RuntimeError):
    """Something the cluster needs is not on this machine; the message says what and how to get it."""


def require(command: str, package: str) -> str:
    """Path of a command, looked for in sbin as well; Missing names the Debian package that brings it."""
    found = shutil.which(command, path=os.environ.get("PATH", "") + ":/usr/local/go/bin:/usr/sbin:/sbin")
    if found is None:
        raise Missing(f"the test cluster needs `{command}`: install {package} (Debian package name) and run again")
    return found


def kube_binary() -> Path:
    """The built binary; the first call on a machine takes some minutes of Go compilation, others wait for it."""
    if BINARY.exists():
        return BINARY
    go = require("go", "golang")
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / "build.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not BINARY.exists():
            fresh = BINARY.with_suffix(".new")
            command = ["nice", "-n", "10", go, "build", "-trimpath", "-ldflags", "-s -w", "-o", str(fresh), "."]
            built = subprocess.run(command, cwd=SOURCE, capture_output=True, text=True, check=False)
            if built.returncode:
                raise Missing(f"building kube-apiserver failed:\n{built.stderr[-2000:]}")
            fresh.rename(BINARY)
    return BINARY


if __name__ == "__main__":
    print(kube_binary())
