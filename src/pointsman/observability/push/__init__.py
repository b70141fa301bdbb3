"""Figures pushed to StatsD, Datadog and InfluxDB: read from the proxy's Prometheus text, sent as differences."""

from pointsman.observability.push.sending import tasks

__all__ = ["tasks"]
