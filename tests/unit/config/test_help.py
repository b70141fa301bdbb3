"""The help text and the reference page: complete, current, readable."""

import re
from pathlib import Path

import pytest

from pointsman.config.given import by_name
from pointsman.config.help import render
from pointsman.config.reference import page
from pointsman.config.sections import sections
from pointsman.model.options import Mark

PAGE = Path(__file__).parents[3] / "docs" / "configuration.md"


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    too_wide = [line for line in render(width).splitlines() if len(line) > width]
    assert too_wide == []


def test_commands_and_every_option_that_is_not_deprecated_is_there() -> None:
    text = render(100, {"run": "serve", "frobnicate": "do it"})
    assert "\nCommands:\n  run           serve\n  frobnicate    do it\n\n" in text
    for section in sections():
        if not section.is_flag or section.path[:1] == ("entryPoints",) or Mark.DEPRECATED in section.marks:
            continue
        for option in section.options:
            flag = "--" + ".".join((*section.path, option.name))
            assert (f"{flag}=" in text or f"{flag} " in text or f"{flag}\n" in text) is (
                Mark.DEPRECATED not in option.marks
            ), flag


def test_every_flag_in_the_help_is_one() -> None:
    for flag in re.findall(r"--([A-Za-z][\w.]*)", render(100)):
        assert flag.casefold() in by_name() or flag == "section.key"


def test_defaults_are_shown() -> None:
    text = " ".join(render(100).split())
    assert "--lifeCycle.graceTimeOut=DURATION How long open requests may then take [default 10s]" in text
    assert "--api.entryPoint=TEXT Entry point that answers it [default traefik]" in text


def test_the_reference_page_is_current() -> None:
    assert PAGE.read_text() == page(), "run: python -m pointsman.config.reference > docs/configuration.md"
