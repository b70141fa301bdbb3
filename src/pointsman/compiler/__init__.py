"""Dynamic to Plan, one file per concern.

Pure: no clock, socket, log or provider's vocabulary. Errors are Problems beside the Plan.
"""

from pointsman.compiler.builder import PlanBuilder, PlanChange
from pointsman.compiler.conditions import Conditions

__all__ = ["Conditions", "PlanBuilder", "PlanChange"]
