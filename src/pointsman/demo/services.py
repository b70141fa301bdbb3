"""The demo's Services: where an API server would know pods, an annotation names the addresses."""

from collections.abc import Mapping

_SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {name}
  annotations:
    pointsman.io/servers: "{servers}"
spec:
  ports:
  - name: http
    port: 80
"""


def manifest(ports: Mapping[str, list[int]]) -> str:
    """The YAML of one Service per name, with a server on each of its loopback ports."""
    documents = []
    for name, numbers in ports.items():
        servers = ", ".join(f"127.0.0.1:{number}" for number in numbers)
        documents.append(_SERVICE.format(name=name, servers=servers))
    return "---\n".join(documents)
