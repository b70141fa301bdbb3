"""What the API tells of a controller's orders."""

import os

from pointsman.api.view import Facts
from pointsman.runtime.orders import Orders


def facts_of(orders: Orders, default_entry_points: tuple[str, ...]) -> Facts:
    """Without secrets but the certificates' own, of which the API shows names and dates."""
    static, settings = orders.static, orders.settings
    statistics = static.api.statistics if static.api is not None else None
    return Facts(
        hostname=settings.hostname,
        pid=os.getppid(),
        entry_points=settings.entry_points,
        default_entry_points=default_entry_points,
        certificates={
            name: point.tls.certificates for name, point in static.entry_points.items() if point.tls is not None
        },
        recent_errors=statistics.recent_errors if statistics is not None else None,
        dashboard=static.api.dashboard if static.api is not None else True,
        keep_trailing_slash=static.keep_trailing_slash,
    )
