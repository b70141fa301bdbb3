"""Kubernetes objects from a folder of YAML and JSON files instead of an API server.

Owns reading the files. From the objects on, everything is the Kubernetes translator's.
"""

from pointsman.providers.manifests.provider import ManifestsProvider

__all__ = ["ManifestsProvider"]
