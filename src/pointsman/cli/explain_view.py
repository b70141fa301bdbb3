"""Decisions in the terminal."""

from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from pointsman.explain import Decision
from pointsman.explain.documents import Asked

_WHOLE = 10
"""Different requests that are shown in full; more become a table."""
_SHOWN = 200
"""Lines of that table."""


def terminal() -> Console:
    """Standard output; wide when it is no terminal, so that lines stay whole. `file.yaml:100:` is no emoji."""
    made = Console(highlight=False, emoji=False)
    return made if made.is_terminal else Console(highlight=False, emoji=False, width=10_000)


def counted(count: int, noun: str, plural: str = "s") -> str:
    """`1 error`, `2 errors`."""
    return f"{count} {noun}{plural if count != 1 else ''}"


def show_all(decisions: Sequence[Decision], console: Console | None = None) -> None:
    """Prints them, equal ones once: in full when they are few."""
    out, counts = console or terminal(), Counter(decisions)
    if len(counts) > _WHOLE:
        return _summary(out, counts)
    for number, (decision, count) in enumerate(counts.items()):
        if number:
            out.print()
        show(decision, out, times=count)
    return None


def show(decision: Decision, out: Console, *, times: int = 1) -> None:
    """Prints one: the answer first, then why, then who else."""
    count = f"  ({times} times)" if times > 1 else ""
    out.print(f"[bold]{escape(_request(decision.request))}[/bold]", end="")
    out.print(f"  on entry point {escape(decision.request.entry_point)}{count}", style="dim")
    out.print(f"  [{_style(decision)}]→[/] {escape(decision.answer)}")
    _print_rows(out, _way(decision))
    for problem in decision.problems:
        out.print(_item(f"[yellow]![/yellow] {escape(problem)}"))
    _others(out, decision)


def _request(asked: Asked) -> str:
    return f"{asked.method} {asked.host}{asked.path}{f'?{asked.query}' if asked.query else ''}"


def _style(decision: Decision) -> str:
    return "green" if decision.status < 300 else "yellow" if decision.status < 400 else "red"


def _summary(out: Console, counts: Counter[Decision]) -> None:
    rows = [
        (str(count), escape(_request(one.request)), f"[{_style(one)}]{escape(one.answer)}[/]")
        for one, count in counts.most_common(_SHOWN)
    ]
    out.print(table("", ("times", "request", "answer"), rows))
    if len(counts) > _SHOWN:
        out.print(f"… and {len(counts) - _SHOWN} more; --json has all", style="dim")
    failing = sum(count for one, count in counts.items() if one.status >= 400)
    different = f"{counted(counts.total(), 'request')}, {len(counts)} different"
    out.print(f"{different}; {failing} end{'s' if failing == 1 else ''} in an error", style="dim")


def _way(decision: Decision) -> list[tuple[str, Iterable[str]]]:
    winner, first = decision.winner, ("at first", decision.first)
    if winner is None:
        return [first]
    return [
        ("frontend", [f"{winner.frontend} ({winner.provider})"]),
        ("from", [winner.origin]),
        ("priority", [str(winner.priority)]),
        ("because", winner.conditions or ("it takes every request",)),
        first,
        ("path", winner.modifiers),
        ("then", winner.middlewares),
        ("asks for", [winner.forwards]),
        ("backend", [winner.backend]),
        ("servers", [f"{one.url}  {one.share:g} %" for one in winner.servers]),
    ]


def _print_rows(out: Console, rows: Iterable[tuple[str, Iterable[str]]]) -> None:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for name, values in rows:
        shown = "\n".join(escape(value) for value in values if value)
        if shown:
            grid.add_row(f"  [dim]{name}[/dim]", shown)
    if grid.row_count:
        out.print(grid)


def _others(out: Console, decision: Decision) -> None:
    if decision.lost:
        rows = [(one.frontend, one.origin, str(one.priority), one.because) for one in decision.lost]
        out.print(table("Would fit, too", ("frontend", "from", "priority", "but"), _escaped(rows)))
    if decision.missed and decision.status >= 400:
        missed = [(one.frontend, one.origin, one.condition, one.because) for one in decision.missed]
        out.print(table("Nearest that do not fit", ("frontend", "from", "wants", "but"), _escaped(missed)))
    for gone in decision.rejected:
        named = " of ".join(one for one in (gone.frontend, gone.origin) if one)
        out.print(_item(f"[red]not in force:[/red] {escape(named)}", *map(escape, gone.problems)))
    for away in decision.kept_away:
        named = f"{away.object} ({away.origin})" if away.origin else away.object
        out.print(_item(f"[red]not taken:[/red] {escape(named)}: {escape(away.because)}", escape(away.remedy)))
    if decision.other_hosts and decision.winner is None:
        count = decision.other_hosts
        out.print(f"  {count} router{'s are' if count > 1 else ' is'} for other hosts", style="dim")


def _item(head: str, *lines: str) -> RenderableType:
    """A line, and others below it, indented when they wrap, too."""
    return Group(
        Padding(head, (0, 0, 0, 2), expand=False), *(Padding(line, (0, 0, 0, 4), expand=False) for line in lines)
    )


def _escaped(rows: Iterable[Iterable[str]]) -> list[list[str]]:
    return [list(map(escape, row)) for row in rows]


def table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> RenderableType:
    """Columns without lines; the rows are markup."""
    made = Table(title=title or None, title_justify="left", box=None, header_style="dim", padding=(0, 2, 0, 0))
    for name in names:
        made.add_column(name, overflow="fold")
    for row in rows:
        made.add_row(*row)
    return Padding(made, (0, 0, 0, 2), expand=False) if title else made
