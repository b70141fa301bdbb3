"""Confined as the manifests ask for – read-only root, no capability, one sysctl – it serves port 80."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from support.deployed import configuration, plain, workloads
from support.running import command

_INSIDE = """
import http.client, json, os, subprocess, sys, time
state, readonly, sysctls, words = json.loads(sys.argv[1])
run = lambda *words: subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
run("ip", "link", "set", "lo", "up")
for name, value in sysctls.items():
    with open("/proc/sys/" + name.replace(".", "/"), "w") as file:
        file.write(value)
for place in readonly:
    run("mount", "--bind", place, place)
    run("mount", "-o", "remount,ro,bind", place)
run("mount", "-t", "tmpfs", "tmpfs", state)
bare = ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs", *words]
process = subprocess.Popen(bare, stdin=subprocess.DEVNULL, stdout=2)
def status(port, path):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
end = time.monotonic() + 30
while status(8080, "/ready") != 200 and time.monotonic() < end:
    time.sleep(0.05)
told = {"ready": status(8080, "/ready"), "low port": status(80, "/"), "ping": status(8080, "/ping")}
children = open(f"/proc/{process.pid}/task/{process.pid}/children").read().split()
lines = [line for pid in [process.pid, *children] for line in open(f"/proc/{pid}/status")]
told["capabilities"] = sorted({line.split()[1].strip("0") for line in lines if line.startswith("CapEff")})
told["processes"] = 1 + len(children)
told["root"] = os.statvfs("/").f_flag & os.ST_RDONLY
process.terminate()
told["exit"] = process.wait(30)
print(json.dumps(told))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make the namespaces")
def test_it_serves(tmp_path: Path) -> None:
    things = plain("common", "deployment")
    (workload,) = workloads(things)
    sysctls = {one["name"]: one["value"] for one in workload["spec"]["template"]["spec"]["securityContext"]["sysctls"]}
    text, state, manifests = configuration(things), tmp_path / "state", tmp_path / "manifests"
    for folder in (state, manifests):
        folder.mkdir()
    (manifests / "nothing.yaml").write_text("")
    # The folder stands for the cluster, and there are no endpoints to wait for.
    text = text.replace('"/state"', f'"{state}"').replace("[kubernetes]", f'[kubernetes]\nmanifests = "{manifests}"')
    text = text.replace('requestAcceptGraceTimeout = "5s"', 'requestAcceptGraceTimeout = "0s"')
    assert tomllib.loads(text)["stateDir"] == str(state)
    (tmp_path / "traefik.toml").write_text(text)
    own = [place for place in ("/", "/tmp", "/root") if Path(place).is_dir()]
    work = json.dumps([str(state), own, sysctls, command(f"--configfile={tmp_path}/traefik.toml")])
    done = subprocess.run(
        ["unshare", "--mount", "--net", "--propagation=private", sys.executable, "-c", _INSIDE, work],
        capture_output=True,
        text=True,
        timeout=50,
        env={**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "ready": 200,
        "low port": 404,
        "ping": 200,
        "capabilities": [""],
        "processes": 3,
        "root": os.ST_RDONLY,
        "exit": 0,
    }, done.stderr
