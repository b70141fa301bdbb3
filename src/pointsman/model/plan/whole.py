"""The plan as a whole."""

from pointsman.model.plan.nodes import Node
from pointsman.model.plan.pools import Pool
from pointsman.model.plan.routes import Route


class Plan(Node, frozen=True, kw_only=True):
    """Everything the proxy may change while it runs. Keys are `provider/name`."""

    version: int = 1
    generation: int = 0
    """Rises with every plan and delta; a lower or equal one is refused."""
    routes: dict[str, Route] = {}
    pools: dict[str, Pool] = {}
