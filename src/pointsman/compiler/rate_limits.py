"""Rate limits of frontends."""

from collections.abc import Mapping

from pointsman.compiler import sources
from pointsman.compiler.report import Report
from pointsman.compiler.subject import Skip, Subject
from pointsman.model.dynamic import Rate as DynamicRate
from pointsman.model.plan import Rate, RateLimit

_INT64_MAX = 2**63 - 1


def compile_rate_limit(subject: Subject) -> RateLimit | Skip | None:
    """compat(1.7): no rates, no limit; an unknown extractor or a rate that is not positive takes the frontend out."""
    given = subject.frontend.rate_limit
    if given is None or not given.rate_set:
        return None
    source = sources.source(given.extractor_func)
    if source is None:
        message = "nothing can be counted by this: the frontend is not served"
        subject.report.error("ratelimit.extractorFunc", message, value=given.extractor_func, remedy=sources.REMEDY)
    good = [_is_good(name, rate, subject.report) for name, rate in sorted(given.rate_set.items())]
    if source is None or not all(good):
        return Skip()
    return RateLimit(source=source, rates=_rates(given.rate_set, subject.report))


def _is_good(name: str, rate: DynamicRate, report: Report) -> bool:
    good = True
    for key, value in (("period", rate.period), ("average", rate.average), ("burst", rate.burst)):
        if not 0 < value <= _INT64_MAX:
            good = False
            message = "must be more than 0: the frontend is not served"
            report.error(f"ratelimit.rateSet.{name}.{key}", message, value=str(value), remedy="write a positive number")
    return good


def _rates(rate_set: Mapping[str, DynamicRate], report: Report) -> tuple[Rate, ...]:
    """By period. compat(1.7): of several with the same period one survives; here it is the strictest."""
    kept: dict[int, tuple[str, DynamicRate]] = {}
    for name, rate in sorted(rate_set.items()):
        other = kept.get(rate.period)
        if other is None or (rate.average, rate.burst) < (other[1].average, other[1].burst):
            kept[rate.period] = (name, rate)
    for name in sorted(rate_set):
        winner = kept[rate_set[name].period][0]
        if winner != name:
            message = f"has the same period as `{winner}`, which is stricter and alone counts"
            report.warning(f"ratelimit.rateSet.{name}", message, remedy="give it another period")
    return tuple(
        Rate(period_ns=period, average=rate.average, burst=rate.burst) for period, (_, rate) in sorted(kept.items())
    )
