"""The rule language: Traefik 1.7's `Host:a;PathPrefix:/b` to plan matchers and modifiers, and the default priority;
expressions about answers.

Pure. Knows no provider and no request.
"""

from pointsman.rules.expressions import breaker_condition, retry_condition
from pointsman.rules.faults import RuleFault
from pointsman.rules.header_names import canonical_header
from pointsman.rules.routes import CompiledRules, compile_rules, priority

__all__ = [
    "CompiledRules",
    "RuleFault",
    "breaker_condition",
    "canonical_header",
    "compile_rules",
    "priority",
    "retry_condition",
]
