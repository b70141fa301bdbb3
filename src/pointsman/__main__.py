"""`python -m pointsman`: the same as the `pointsman` command."""

from pointsman.cli.main import main

if __name__ == "__main__":
    raise SystemExit(main())
