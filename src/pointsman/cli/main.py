"""Entry point of the `pointsman` command."""


def main() -> int:
    """Runs the command line; returns the exit code."""
    raise SystemExit("not built yet")
