"""`pointsman migrate`: which files it reads and writes, what it reports, and its exit codes."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pointsman.cli.migrate import migrate
from support.running import command

OLD = """\
apiVersion: extensions/v1beta1
kind: Ingress
metadata: {name: a} # mine
spec: {backend: {serviceName: a, servicePort: 80}}
"""
NEW = OLD.replace("extensions/v1beta1", "networking.k8s.io/v1").replace(
    "backend: {serviceName: a, servicePort: 80}", "defaultBackend: {service: {name: a, port: {number: 80}}}"
)
SAME = "apiVersion: v1\nkind: Service\nmetadata: {name: a}\n"
BAD = OLD.replace("servicePort: 80", "servicePort: 0").replace("name: a}", "name: bad}")
BOMB = b"l0: &l0 [x, x]\n" + b"".join(
    b"l%d: &l%d [%s]\n" % (n, n, b",".join([b"*l%d" % (n - 1)] * 30)) for n in range(1, 9)
)
CHANGED = "changed: Ingress a: apiVersion extensions/v1beta1 to networking.k8s.io/v1, 1 backend in the new form"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """old.yaml, same.yml, deep/old.json, and what is no manifest."""
    made = tmp_path / "in"
    (made / "deep").mkdir(parents=True)
    (made / "old.yaml").write_text(OLD)
    (made / "same.yml").write_text(SAME)
    (made / "deep" / "list.JSON").write_text('{"apiVersion": "v1", "kind": "List", "items": []}')
    (made / "README.md").write_text("kind: Ingress")
    (made / ".hidden.yaml").write_text("kind: [")
    (made / ".git").mkdir()
    (made / ".git" / "x.yaml").write_text("kind: [")
    return made


def tree(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_one_file_goes_to_standard_output_and_its_report_to_the_other(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert migrate([str(folder / "old.yaml")]) == 0
    told = capfd.readouterr()
    assert told.out == NEW
    assert told.err == f"{folder}/old.yaml:1: {CHANGED}\n0 same, 1 changed, 0 not supported\n"
    assert (folder / "old.yaml").read_text() == OLD


def test_check_writes_nothing_and_reports_every_object(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = tree(folder)
    (folder / "zz.yaml").write_text(BAD)
    assert migrate(["--check", str(folder)]) == 1
    told = capfd.readouterr()
    assert told.err == ""
    lines = told.out.splitlines()
    assert lines[:2] == [f"{folder}/old.yaml:1: {CHANGED}", f"{folder}/same.yml:1: same: Service a"]
    assert lines[2].startswith(f"{folder}/zz.yaml:1: not supported: Ingress bad: the backend's port 0 is neither")
    assert lines[3] == "1 same, 1 changed, 1 not supported"
    (folder / "zz.yaml").unlink()
    assert tree(folder) == before
    assert migrate(["--check", str(folder)]) == 0


def test_output_is_the_same_tree_beside_the_old(folder: Path, tmp_path: Path) -> None:
    before, out = tree(folder), tmp_path / "out"
    os.chmod(folder / "old.yaml", 0o640)
    assert migrate([str(folder), "-o", str(out)]) == 0
    assert tree(folder) == before
    visible = {name: text for name, text in before.items() if not name.startswith(".")}
    assert tree(out) == {**visible, "old.yaml": NEW}
    assert (out / "old.yaml").stat().st_mode & 0o777 == 0o640


def test_output_of_files_and_of_several_folders(folder: Path, tmp_path: Path) -> None:
    file, several = tmp_path / "one.yaml", tmp_path / "several"
    assert migrate([str(folder / "old.yaml"), "-o", str(file)]) == 0
    assert file.read_text() == NEW
    assert migrate([str(folder / "old.yaml"), str(folder / "deep"), "-o", str(several)]) == 0
    assert sorted(tree(several)) == ["deep/list.JSON", "old.yaml"]


def state(path: Path) -> tuple[int, ...]:
    """What any write changes, to the nanosecond; not the time of the last reading."""
    found = path.stat()
    return found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def test_in_place_touches_only_what_changes(folder: Path) -> None:
    untouched = state(folder / "same.yml")
    assert migrate([str(folder), "--in-place"]) == 0
    assert (folder / "old.yaml").read_text() == NEW
    assert state(folder / "same.yml") == untouched
    written = state(folder / "old.yaml")
    assert migrate([str(folder), "--in-place"]) == 0
    assert state(folder / "old.yaml") == written


def test_in_place_follows_a_link_to_the_file(folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(folder / "old.yaml")
    assert migrate([str(link), "--in-place"]) == 0
    assert link.is_symlink()
    assert (folder / "old.yaml").read_text() == NEW


def test_the_report_as_json(folder: Path, capfd: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    (folder / "broken.yaml").write_text("a: 1\nb: [\n")
    (folder / "bad.yaml").write_text(BAD)
    report = tmp_path / "report.json"
    assert migrate([str(folder), "--check", "--json", "--report", str(report)]) == 1
    assert capfd.readouterr().out == ""
    told = json.loads(report.read_text())
    assert told["summary"] == {"same": 1, "changed": 1, "not supported": 2}
    by_name = {Path(file["path"]).name: file for file in told["files"]}
    assert sorted(by_name) == ["bad.yaml", "broken.yaml", "list.JSON", "old.yaml", "same.yml"]
    assert by_name["broken.yaml"]["objects"] == []
    assert by_name["broken.yaml"]["fault"]["line"] == 3
    assert by_name["old.yaml"]["fault"] is None
    assert by_name["old.yaml"]["objects"][0] == {
        "line": 1,
        "object": "Ingress a",
        "outcome": "changed",
        "notes": ["apiVersion extensions/v1beta1 to networking.k8s.io/v1", "1 backend in the new form"],
        "remedy": "",
    }
    assert by_name["bad.yaml"]["objects"][0]["remedy"] == "name a port of the Service"


def test_standard_input(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(OLD.encode())))
    assert migrate(["-"]) == 0
    assert capfd.readouterr() == (NEW, f"-:1: {CHANGED}\n0 same, 1 changed, 0 not supported\n")


def test_the_image_is_the_one_given(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pod = tmp_path / "pod.yaml"
    pod.write_text("apiVersion: v1\nkind: Pod\nspec: {containers: [{image: traefik:1.7}]}\n")
    assert migrate([str(pod), "--image=registry.example.com/pointsman:1"]) == 0
    assert "image: registry.example.com/pointsman:1" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a: 1\nb: \xff\n", ":2: not supported: is not UTF-8; convert it"),
        ("kind: Ingress\n".encode("utf-16"), "is not UTF-8"),
        (b"metadata:\n  name: {{ .Release.Name }}\n", "is a template ({{"),
        (BOMB, "aliases counted"),
        (b"[" * 100_000, "nested deeper than 100"),
        (b"a: \x01\n", "not supported"),
    ],
    ids=["not UTF-8", "UTF-16", "template", "alias bomb", "nesting", "control character"],
)  # fmt: skip
def test_files_that_are_no_manifests_stay_and_do_not_stop_the_others(
    folder: Path, content: bytes, told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    (folder / "hostile.yaml").write_bytes(content)
    assert migrate([str(folder), "--in-place"]) == 1
    assert told in capfd.readouterr().err
    assert (folder / "hostile.yaml").read_bytes() == content
    assert (folder / "old.yaml").read_text() == NEW


def test_links_that_lead_nowhere_or_in_circles(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (folder / "loop.yaml").symlink_to("loop.yaml")
    (folder / "gone.yaml").symlink_to("nothing")
    (folder / "up").symlink_to("..")
    assert migrate([str(folder), "-o", str(tmp_path / "out")]) == 0
    assert sorted(tree(tmp_path / "out")) == ["README.md", "deep/list.JSON", "old.yaml", "same.yml"]
    capfd.readouterr()
    assert migrate(["--check", str(folder / "loop.yaml")]) == 2
    assert migrate([str(folder / "old.yaml"), "-o", str(folder / "loop.yaml")]) == 2
    assert migrate([str(folder / "old.yaml"), "-o", str(folder / "loop.yaml" / "x")]) == 2
    assert capfd.readouterr().err.count("pointsman migrate: ") == 3


def test_a_file_larger_than_a_manifest_can_be(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    huge = tmp_path / "huge.yaml"
    with open(huge, "wb") as file:
        file.truncate((16 << 20) + 1)
    assert migrate(["--check", str(huge)]) == 2
    assert capfd.readouterr().err == f"pointsman migrate: {huge} is larger than 16 MiB\n"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "required"),
        (["IN", "--check", "--in-place"], "exclude each other"),
        (["IN", "--check", "-o", "OUT"], "exclude each other"),
        (["IN"], "several files: give -o OUT"),
        (["missing"], "missing does not exist"),
        (["IN", "-o", "IN/below"], "is inside of"),
        (["IN", "-o", "IN"], "is inside of"),
        (["IN/old.yaml", "-o", "IN/old.yaml"], "is inside of"),
        (["IN/old.yaml", "OTHER/old.yaml", "-o", "OUT"], "would both become"),
        (["IN", "--chek"], "unrecognized"),
        (["IN", "--check", "--report", "IN/deep"], "pointsman migrate: "),
        (["IN/old.yaml", "-o", "IN/old.yaml/x"], "pointsman migrate: "),
    ],
)
def test_wrong_usage_is_2_and_changes_nothing(
    folder: Path, tmp_path: Path, arguments: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "old.yaml").write_text(OLD)
    before = tree(tmp_path)
    names = {"IN": str(folder), "OUT": str(tmp_path / "out"), "OTHER": str(other)}
    words = [
        next((word.replace(key, to) for key, to in names.items() if word.startswith(key)), word) for word in arguments
    ]
    try:
        code = migrate(words)
    except SystemExit as exit:
        code = int(str(exit.code))
    assert code == 2
    assert told in capfd.readouterr().err
    assert tree(tmp_path) == before


def test_as_a_command(folder: Path) -> None:
    done = subprocess.run(
        command("migrate", str(folder / "old.yaml")), capture_output=True, text=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout) == (0, NEW), done.stderr
    closed = subprocess.run(
        f"{sys.executable} -P -m pointsman migrate {folder}/old.yaml >&-",
        shell=True,
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (closed.returncode, closed.stderr) == (2, b"pointsman migrate: standard output is closed; give -o OUT\n")
