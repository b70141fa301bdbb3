"""Prometheus' text format, read strictly: what a client library's reader lets pass is checked here."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample


def families(page: str) -> dict[str, Metric]:
    """The families of a page by name, counters without `_total`.

    Checks that every family is announced once, has a help text and one set of labels, that no sample is there twice,
    and that histograms are ones.
    """
    assert page.endswith("\n")
    assert "\r" not in page
    announced = [line.split(" ")[2] for line in page.splitlines() if line.startswith("# TYPE ")]
    assert len(set(announced)) == len(announced)
    read = list(text_string_to_metric_families(page))
    assert [family.name + ("_total" if family.type == "counter" else "") for family in read] == announced
    for family in read:
        assert family.documentation[-1:] == ".", family.name
        assert family.type in ("counter", "gauge", "histogram"), family.name
        _check_samples(family)
    lines = sum(not line.startswith("#") for line in page.splitlines())
    assert sum(len(family.samples) for family in read) == lines
    return {family.name: family for family in read}


def values(page: str, name: str, **labels: str) -> dict[tuple[str, ...], float]:
    """Samples of this name that have these labels: the values of their other labels, in the page's order, to value."""
    return {
        tuple(value for label, value in sample.labels.items() if label not in labels): sample.value
        for family in families(page).values()
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    }


def _check_samples(family: Metric) -> None:
    seen = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
    assert len(set(seen)) == len(seen), family.name
    names = {frozenset(sample.labels) - {"le"} for sample in family.samples}
    assert len(names) <= 1, (family.name, names)
    if family.type == "histogram":
        for samples in _by_series(family.samples):
            _check_histogram(samples)
    elif family.type == "counter":
        assert all(sample.value >= 0 for sample in family.samples), family.name


def _by_series(samples: list[Sample]) -> Iterator[list[Sample]]:
    series: dict[frozenset[tuple[str, str]], list[Sample]] = {}
    for sample in samples:
        series.setdefault(frozenset(sample.labels.items() - {("le", sample.labels.get("le", ""))}), []).append(sample)
    yield from series.values()


def _check_histogram(samples: list[Sample]) -> None:
    """Buckets with rising bounds and counts, the last one infinite and as large as the count; then sum and count."""
    *buckets, total, count = samples
    assert total.name.endswith("_sum")
    assert count.name.endswith("_count")
    assert all(bucket.name.endswith("_bucket") for bucket in buckets)
    bounds = [float(bucket.labels["le"]) for bucket in buckets]
    counts = [bucket.value for bucket in buckets]
    assert bounds == sorted(set(bounds))
    assert counts == sorted(counts)
    assert (bounds[-1], counts[-1]) == (float("inf"), count.value)
