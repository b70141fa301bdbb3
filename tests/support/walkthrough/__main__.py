"""`make cluster`: the walk-through's cluster for a person to play with, until Ctrl-C."""

import signal
import sys
import tempfile
import threading
from pathlib import Path

from support.cluster.binary import Missing
from support.cluster.cluster import Cluster
from support.walkthrough.images import images
from support.walkthrough.manifests import write_migrated, write_old
from support.walkthrough.walkthrough import ADMIN, WEB, Walkthrough

INGRESSES = ("ingress-02-cheeses", "ingress-06-step2", "ingress-08-headers")


def main() -> int:
    """Brings everything up, says what to try, waits, and takes all of it down."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="pointsman-cluster-") as folder:
        try:
            _play(Path(folder))
        except KeyboardInterrupt:
            print("\nstopped", flush=True)
        except Missing as error:
            print(f"make cluster: {error}", file=sys.stderr)
            return 1
    return 0


def _play(folder: Path) -> None:
    old = write_old(folder / "manifests-1.7")
    migrated = write_migrated(old, folder / "manifests")
    (folder / "cluster").mkdir()
    print("starting a cluster; the first time on a machine takes some minutes, to build it", flush=True)
    with Cluster(folder / "cluster", images(), "127.0.0.1") as cluster:
        guide = Walkthrough(cluster, migrated)
        guide.deploy()
        guide.apply(*INGRESSES)
        guide.settled("/dm2/gm/call", has="X-Custom-Id: test")
        print(_words(cluster, old, migrated), flush=True)
        threading.Event().wait()


def _words(cluster: Cluster, old: Path, migrated: Path) -> str:
    web, admin = f"http://localhost:{WEB}", f"http://localhost:{ADMIN}"
    return f"""
Pointsman runs as a Deployment of two replicas in kube-system. In another terminal:

  export KUBECONFIG={cluster.plane.kubeconfig}
  kubectl get pods,ingress -A

  curl -H 'Host: stilton.minikube' {web}/
  curl -H 'Host: cheeses.minikube' {web}/cheddar/call
  curl {web}/dm0/gm/call                        # 75 % gm-v1, 25 % gm-v2
  curl {web}/dm2/gm/call                        # with a header added

  kubectl -n kube-system rollout restart deployment/traefik-ingress-controller
  kubectl -n kube-system logs -f -l k8s-app=traefik-ingress-lb

Routes, servers, problems: {admin}/dashboard/ (JSON: {admin}/api)
Manifests: {migrated} (as they were for Traefik 1.7: {old})
The node's disk, for hostPath volumes: {cluster.disk}
A command on the node, where pods and Services have addresses: nsenter --net=/run/netns/{cluster.namespace} COMMAND
Ctrl-C stops everything.
"""


if __name__ == "__main__":
    raise SystemExit(main())
