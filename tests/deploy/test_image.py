"""The Containerfile. No engine runs here: it is linted and read, and what it copies exists."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from support.deployed import DEPLOY

ROOT = DEPLOY.parent
FILE = DEPLOY / "image" / "Containerfile"


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^#.*\n", "", FILE.read_text(), flags=re.MULTILINE))
    lines = [line.strip() for line in joined.splitlines() if line.strip()]
    return [(word.upper(), rest) for word, _, rest in (line.partition(" ") for line in lines)]


def stages() -> list[list[tuple[str, str]]]:
    found: list[list[tuple[str, str]]] = []
    for word, rest in instructions():
        if word == "FROM":
            found.append([])
        if found:
            found[-1].append((word, rest))
    return found


def copied(stage: list[tuple[str, str]]) -> list[str]:
    sources = [rest.split()[:-1] for word, rest in stage if word == "COPY" and "--from" not in rest]
    return [source for line in sources for source in line]


def test_lint_has_nothing_to_say() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("hadolint")), "--no-color", str(FILE)],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_what_runs_is_not_root_and_has_no_compiler() -> None:
    last = stages()[-1]
    assert [rest for word, rest in last if word == "USER"] == ["65532:65532"]
    assert [rest for word, rest in last if word == "ENTRYPOINT"] == ['["pointsman"]']
    assert [word for word, _ in last if word in ("RUN", "ADD")] == []
    assert [rest for word, rest in last if word == "COPY"] == ["--from=build /opt/pointsman /opt/pointsman"]
    assert len(stages()) >= 3


def test_the_build_has_every_file_it_needs() -> None:
    for source in [source for stage in stages() for source in copied(stage)]:
        assert (ROOT / source).exists(), source
    (sources,) = [copied(stage) for stage in stages() if stage[0][1].endswith(" AS build")]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    needed = {"pyproject.toml", "Cargo.toml", "Cargo.lock", "crates", "src", project["project"]["readme"]}
    assert needed <= set(sources)
    members = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["members"]
    assert all(member.split("/")[0] in sources for member in members)


def test_the_context_is_what_is_copied() -> None:
    lines = FILE.with_suffix(".dockerignore").read_text().splitlines()
    kept = [line.removeprefix("!") for line in lines if line.startswith("!")]
    sources = {source for stage in stages() for source in copied(stage)}
    assert lines[1] == "*"
    assert set(kept) <= sources
    assert {source for source in sources if not source.startswith(tuple(f"{one}/" for one in kept))} == set(kept)


def test_the_compiler_is_new_enough() -> None:
    wanted = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["rust-version"]
    given = next(rest.removeprefix("RUST=") for word, rest in instructions() if rest.startswith("RUST="))
    python = next(rest.removeprefix("PYTHON=") for word, rest in instructions() if rest.startswith("PYTHON="))
    required = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["requires-python"]

    def number(text: str) -> tuple[int, ...]:
        return tuple(map(int, text.strip(">=").split(".")))

    assert number(given) >= number(wanted)
    assert number(python) >= number(required)
