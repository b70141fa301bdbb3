"""Installs the Debian packages a step needs, if their commands are missing.

Usage: `prerequisites.py venv|dashboard|rust|test|budget|bench`. Standard library only: it runs before anything else is
set up.
"""

import importlib.util
import os
import shutil
import subprocess
import sys

# step -> {command looked for: Debian package that brings it}
STEPS = {
    "venv": {},
    "rust": {"cc": "gcc", "ld": "binutils"},
    "test": {
        "etcd": "etcd-server",
        "systemd-analyze": "systemd",
        "kubectl": "kubernetes-client",
        "ip": "iproute2",
        "nsenter": "util-linux",
        "curl": "curl",
        "chromium": "chromium",
    },
    "dashboard": {},
    "budget": {"valgrind": "valgrind", "strace": "strace"},
    "bench": {"nginx": "nginx-light", "haproxy": "haproxy", "caddy": "caddy", "wrk": "wrk", "chromium": "chromium"},
}
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def missing(step: str) -> list[str]:
    """Packages whose command is nowhere on the path, `sbin` included."""
    path = os.environ.get("PATH", "") + ":" + SYSTEM_PATH
    packages = [package for command, package in STEPS[step].items() if shutil.which(command, path=path) is None]
    if step == "venv" and importlib.util.find_spec("ensurepip") is None:
        packages.append("python3-venv")
    return packages


def install(packages: list[str]) -> None:
    """Runs apt-get, through sudo when not root; says what to do when neither is possible."""
    prefix = [] if os.geteuid() == 0 else ["sudo"]
    if shutil.which("apt-get") is None or (prefix and shutil.which("sudo") is None):
        sys.exit(f"missing: {' '.join(packages)} (Debian package names); install them and run make again")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # A fresh install must not start daemons on this machine's ports.
    environment["RUNLEVEL"] = "1"
    print(f"installing {' '.join(packages)}", flush=True)
    subprocess.run([*prefix, "apt-get", "update", "-qq"], check=True, env=environment)
    command = [*prefix, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def main() -> None:
    """Checks one step and installs what it lacks."""
    step = sys.argv[1] if len(sys.argv) == 2 else ""
    if step not in STEPS:
        sys.exit(f"usage: prerequisites.py {'|'.join(STEPS)}")
    if step == "rust" and shutil.which("cargo") is None:
        sys.exit("cargo is not on the PATH: install Rust (rustup) and run make again")
    if step == "dashboard" and shutil.which("npm") is None:
        sys.exit("npm is not on the PATH: it builds the dashboard; install Node.js 20 or later and run make again")
    if step == "test" and shutil.which("go") is None:
        sys.exit(
            "go is not on the PATH: the tests build a kube-apiserver from its Go module; install Go and run make again"
        )
    if packages := missing(step):
        install(packages)


if __name__ == "__main__":
    main()
