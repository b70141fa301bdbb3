"""A decision in the terminal."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from pointsman.explain import Decision


def terminal() -> Console:
    """Standard output; wide when it is no terminal, so that lines stay whole."""
    made = Console(highlight=False)
    return made if made.is_terminal else Console(highlight=False, width=240)


def show(decision: Decision, console: Console | None = None) -> None:
    """Prints it: the answer first, then why, then who else."""
    out = console or terminal()
    asked, query = decision.request, f"?{decision.request.query}" if decision.request.query else ""
    out.print(f"[bold]{escape(asked.method)} {escape(asked.host)}{escape(asked.path)}{escape(query)}[/bold]", end="")
    out.print(f"  on entry point {escape(asked.entry_point)}", style="dim")
    style = "green" if decision.status < 300 else "yellow" if decision.status < 400 else "red"
    out.print(f"  [{style}]→[/{style}] {escape(decision.answer)}")
    if decision.winner is not None:
        out.print(_winner(decision))
    for problem in decision.problems:
        out.print(f"  [yellow]![/yellow] {escape(problem)}")
    _others(out, decision)


def _winner(decision: Decision) -> Table:
    winner = decision.winner
    assert winner is not None
    grid = Table.grid(padding=(0, 2))
    rows: list[tuple[str, Iterable[str]]] = [
        ("frontend", [f"{winner.frontend} ({winner.provider})"]),
        ("from", [winner.origin]),
        ("priority", [str(winner.priority)]),
        ("because", winner.conditions or ("it takes every request",)),
        ("path", winner.modifiers),
        ("then", winner.middlewares),
        ("asks for", [winner.forwards]),
        ("backend", [winner.backend]),
        ("servers", [f"{one.url}  {one.share:g} %" for one in winner.servers]),
    ]
    for name, values in rows:
        shown = "\n".join(escape(value) for value in values if value)
        if shown:
            grid.add_row(f"  [dim]{name}[/dim]", shown)
    return grid


def _others(out: Console, decision: Decision) -> None:
    if decision.lost:
        rows = [(one.frontend, one.origin, str(one.priority), one.because) for one in decision.lost]
        out.print(_table("Would fit, too", ("frontend", "from", "priority", "but"), rows))
    if decision.missed and (decision.winner is None or decision.status >= 400):
        missed = [(one.frontend, one.origin, one.condition, one.because) for one in decision.missed]
        out.print(_table("Nearest that do not fit", ("frontend", "from", "wants", "but"), missed))
    for one in decision.rejected:
        out.print(f"  [red]not in force:[/red] {escape(one.frontend or one.origin)}")
        for problem in one.problems:
            out.print(f"    {escape(problem)}")
    if decision.other_hosts and decision.winner is None:
        count = decision.other_hosts
        out.print(f"  {count} router{'s are' if count > 1 else ' is'} for other hosts", style="dim")


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="dim", padding=(0, 2))
    for name in names:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table
