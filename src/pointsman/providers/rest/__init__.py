"""Frontends and backends by HTTP PUT. Knows JSON and what was said last; the API has the request, not we."""

from pointsman.providers.rest.inbox import Inbox, Refused
from pointsman.providers.rest.provider import RestProvider

__all__ = ["Inbox", "Refused", "RestProvider"]
