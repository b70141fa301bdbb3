import gzip
from pathlib import Path

import pytest

from pointsman.api.assets import Assets
from pointsman.api.server import Request, Response


@pytest.fixture
def assets(tmp_path: Path) -> Assets:
    (tmp_path / "index.html").write_text("<html>")
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "app-1.js").write_text("1")
    return Assets(tmp_path)


def get(assets: Assets, path: str, **headers: str) -> Response:
    return assets.answer(Request(method="GET", path=path, headers={k.replace("_", "-"): v for k, v in headers.items()}))


def test_the_page_is_asked_for_anew_and_its_parts_are_kept(assets: Assets) -> None:
    page, part = get(assets, "/dashboard/"), get(assets, "/dashboard/static/app-1.js")
    assert (page.body, page.headers["Cache-Control"]) == (b"<html>", "no-cache")
    assert "immutable" in part.headers["Cache-Control"]
    assert part.content_type.startswith("text/javascript")
    assert get(assets, "/dashboard/", if_none_match=page.headers["ETag"]).status == 304


def test_nothing_runs_but_what_is_served_here(assets: Assets) -> None:
    policy = get(assets, "/dashboard/").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_compressed_for_who_takes_it(assets: Assets) -> None:
    answer = get(assets, "/dashboard/", accept_encoding="br, gzip")
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.body) == b"<html>"


@pytest.mark.parametrize(
    "path", ["/dashboard/x", "/dashboard/../index.html", "/dashboard//etc/passwd", "/dashboard/static"]
)
def test_only_the_files_that_were_built_are_served(assets: Assets, path: str) -> None:
    assert get(assets, path).status == 404


def test_a_build_without_files_says_so(tmp_path: Path) -> None:
    answer = get(Assets(tmp_path), "/dashboard/")
    assert answer.status == 503
    assert b"npm was missing" in answer.body
