"""Pointsman: a reverse proxy and ingress controller that runs Traefik 1.7 configuration unchanged."""

__version__ = "0.1.0"
