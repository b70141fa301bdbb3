"""etcd, kube-apiserver and kube-controller-manager on the loopback interface, without root."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import yaml

from support.cluster.api import Api
from support.cluster.binary import kube_binary, require
from support.cluster.certificates import write_certificates
from support.cluster.processes import Process

TOKEN = "admintoken"
CONTROLLERS = (
    *("endpoints", "endpointslice", "endpointslice-mirroring", "namespace", "serviceaccount"),
    *("deployment", "replicaset", "daemonset", "statefulset", "job", "cronjob", "pod-garbage-collector"),
    *("garbage-collector", "root-ca-certificate-publisher", "clusterrole-aggregation"),
)


class ControlPlane:
    """One empty cluster in a directory: `start`, `stop`, and the API server alone stopped and started again.

    etcd listens on Unix sockets. The API server's port comes from the kernel and stays reserved for the cluster's
    life by a bound socket that never listens, so that a restarted API server gets it again and clients meanwhile
    find the connection refused. Pods get the credentials of their service accounts only where they will `run_pods`.
    """

    def __init__(self, directory: Path, *, run_pods: bool = False) -> None:
        self.run_pods = run_pods
        self.directory = directory
        self.reserved = socket.socket()
        self.reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.reserved.bind(("127.0.0.1", 0))
        self.port: int = self.reserved.getsockname()[1]
        self.url = f"https://127.0.0.1:{self.port}"
        self.token = TOKEN
        self.ca = directory / "ca.crt"
        self.kubeconfig = directory / "kubeconfig"
        self.etcd = Process("etcd", self._etcd(), directory)
        self.apiserver = Process("kube-apiserver", self._apiserver(), directory)
        self.controllers = Process("kube-controller-manager", self._controllers(), directory)

    def start(self) -> None:
        """Brings the cluster up, empty; returns when the API server is ready and the default namespace exists."""
        write_certificates(self.directory)
        (self.directory / "tokens.csv").write_text(f"{TOKEN},admin,1,system:masters\n")
        self._write_kubeconfig()
        self.etcd.start()
        self.start_apiserver()
        self._wait("the default namespace", lambda: self.api.exists("/api/v1/namespaces/default"))

    def start_controllers(self) -> None:
        """Starts the controllers: pods from Deployments, Endpoints and EndpointSlices from pods, and more."""
        manager = self.directory / "kube-controller-manager"
        if not manager.exists():
            manager.symlink_to(kube_binary())
        self.controllers.start()

    def start_apiserver(self) -> None:
        """Starts the API server and waits until it calls itself ready."""
        self.api = Api(self.url, self.token, self.ca)
        self.apiserver.start()
        self._wait("kube-apiserver", self.api.ready)

    def stop_apiserver(self) -> None:
        """Ends the API server at once; its address refuses connections until it is started again."""
        if self.apiserver.child is not None:
            self.apiserver.child.kill()
        self.apiserver.stop()

    def stop(self) -> None:
        """Ends every process of the cluster."""
        for process in (self.controllers, self.apiserver, self.etcd):
            if process.child is not None:
                process.child.kill()
            process.stop()
        self.reserved.close()

    def _wait(self, what: str, test: Callable[[], bool], seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not test():
            for process in (self.etcd, self.apiserver):
                if not process.running:
                    raise RuntimeError(f"{process.name} ended while waiting for {what}:\n{process.tail()}")
            if time.monotonic() > deadline:
                raise RuntimeError(f"{what} did not come up within {seconds} s:\n{self.apiserver.tail()}")
            time.sleep(0.1)

    def _etcd(self) -> list[str]:
        client, peer = "unix://client.sock:1", "unix://peer.sock:1"
        return [
            require("etcd", "etcd-server"),
            *("--data-dir", "etcd", "--log-level", "error", "--logger", "zap", "--unsafe-no-fsync=true"),
            *("--listen-client-urls", client, "--advertise-client-urls", client),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"default={peer}"),
        ]

    def _apiserver(self) -> list[str]:
        return [
            *("nice", "-n", "5", str(kube_binary())),
            "--etcd-servers=unix://client.sock:1",
            *("--bind-address=127.0.0.1", f"--secure-port={self.port}", "--permit-port-sharing=true"),
            *("--advertise-address=127.0.0.1", "--endpoint-reconciler-type=none"),
            "--service-cluster-ip-range=10.96.0.0/16",
            *("--tls-cert-file=api.crt", "--tls-private-key-file=api.key", "--client-ca-file=ca.crt"),
            *("--service-account-key-file=sa.key", "--service-account-signing-key-file=sa.key"),
            "--service-account-issuer=https://kubernetes.default.svc",
            *("--token-auth-file=tokens.csv", "--authorization-mode=RBAC"),
            *("--profiling=false", "--event-ttl=10m", "--kubelet-preferred-address-types=Hostname"),
            *([] if self.run_pods else ["--disable-admission-plugins=ServiceAccount"]),
        ]

    def _controllers(self) -> list[str]:
        return [
            *("nice", "-n", "5", str(self.directory / "kube-controller-manager"), "--kubeconfig=kubeconfig"),
            "--controllers=" + ",".join(f"{name}-controller" for name in CONTROLLERS),
            *("--service-account-private-key-file=sa.key", "--root-ca-file=ca.crt", "--leader-elect=false"),
            *("--kube-api-qps=200", "--kube-api-burst=400", "--bind-address=127.0.0.1", "--secure-port=0"),
        ]

    def _write_kubeconfig(self) -> None:
        self.kubeconfig.write_text(
            yaml.safe_dump(
                {
                    "apiVersion": "v1",
                    "kind": "Config",
                    "current-context": "test",
                    "clusters": [
                        {"name": "test", "cluster": {"server": self.url, "certificate-authority": str(self.ca)}}
                    ],
                    "users": [{"name": "admin", "user": {"token": TOKEN}}],
                    "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
                }
            )
        )
