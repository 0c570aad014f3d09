"""What is in the tree is what is installed: packages listed explicitly, data files shipped."""

from __future__ import annotations

import fnmatch
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOPS = ("assistant", "retrieval", "prompts", "models", "eval")


def _setuptools() -> dict[str, object]:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    found: dict[str, object] = tomllib.loads(text)["tool"]["setuptools"]
    return found


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *TOPS],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return [
        Path(name.decode()) for name in listed.stdout.split(b"\0") if name and (ROOT / name.decode()).exists()
    ]


def test_every_package_is_listed() -> None:
    present = {".".join(path.parent.parts) for path in _tracked() if path.name == "__init__.py"}
    assert sorted(present) == sorted(_setuptools()["packages"])  # type: ignore[arg-type]


def test_every_data_file_is_shipped() -> None:
    packages = set(_setuptools()["packages"])  # type: ignore[call-overload]
    patterns: dict[str, list[str]] = _setuptools()["package-data"]  # type: ignore[assignment]
    missing = []
    for path in _tracked():
        if path.suffix == ".py":
            continue
        owner = path.parent
        while ".".join(owner.parts) not in packages:
            owner = owner.parent
        inside = path.relative_to(owner)
        wanted = patterns["*"] + patterns.get(".".join(owner.parts), [])
        if not any(
            len(Path(glob).parts) == len(inside.parts) and fnmatch.fnmatch(str(inside), glob)
            for glob in wanted
        ):
            missing.append(str(path))
    assert missing == []
