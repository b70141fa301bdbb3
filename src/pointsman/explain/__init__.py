"""Why a request goes where it goes, and what a change of configuration does to requests: in words and as documents.

The routing itself is asked of the proxy's own tables (`Explanation`); nothing here matches anything. Pure.
"""

from pointsman.explain.decision import decide, other_entry_points
from pointsman.explain.difference import Difference, RouteChange, compare, moved
from pointsman.explain.documents import Decision, KeptAway, Known, Lost, Missed, Rejected, Target
from pointsman.explain.samples import sample

__all__ = [
    "Decision",
    "Difference",
    "KeptAway",
    "Known",
    "Lost",
    "Missed",
    "Rejected",
    "RouteChange",
    "Target",
    "compare",
    "decide",
    "moved",
    "other_entry_points",
    "sample",
]
