"""What is written back to a cluster: Ingress status and Events, by the holder of a Lease.

Owns when and how; knows the API by paths and plain documents. What it fails to write never holds up routing.
"""

from pointsman.providers.kubernetes.writing.writer import Writer

__all__ = ["Writer"]
