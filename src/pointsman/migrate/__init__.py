"""Rewrites manifests of Traefik 1.7's time for today's Kubernetes APIs, leaving everything else as it is.

Owns the rules by kind and the care for the text. Pure: text in, text and a report out; knows no file and no cluster.
"""

from pointsman.migrate.model import Fault, ObjectReport, Options, Outcome, Result
from pointsman.migrate.text import migrate

__all__ = ["Fault", "ObjectReport", "Options", "Outcome", "Result", "migrate"]
