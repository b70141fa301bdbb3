"""Dynamic to Plan, one file per concern.

Pure: no clock, socket, log or provider's vocabulary. Errors are Problems beside the Plan.
"""

from pointsman.compiler.builder import PlanBuilder, PlanChange
from pointsman.compiler.conditions import Conditions, ReadLines, Target
from pointsman.compiler.entrypoints import conditions_of, entry_points
from pointsman.compiler.listening import compile_entry_points, start_errors, static_problems
from pointsman.compiler.settings import compile_settings, log_level

__all__ = [
    "Conditions",
    "PlanBuilder",
    "PlanChange",
    "ReadLines",
    "Target",
    "compile_entry_points",
    "compile_settings",
    "conditions_of",
    "entry_points",
    "log_level",
    "start_errors",
    "static_problems",
]
