"""Sources of Dynamic configuration; each publishes Changes, none imports another."""

from pointsman.providers.protocol import Provider, Publish, diff

__all__ = ["Provider", "Publish", "diff"]
