"""The version of the code that runs, as `x.y.z+gitsha` where it runs from a checkout."""

from __future__ import annotations

from functools import cache
from importlib import metadata
from pathlib import Path


@cache
def code_version() -> str:
    """The installed version, with the commit when the code is a git checkout. Reads files only."""
    try:
        version = metadata.version("aparte")
    except metadata.PackageNotFoundError:
        version = "0.0.0"
    commit = _commit(Path(__file__).resolve().parent.parent / ".git")
    return f"{version}+{commit}" if commit else version


def _commit(git: Path) -> str:
    try:
        head = (git / "HEAD").read_text("ascii").strip()
        if not head.startswith("ref: "):
            return head[:12]
        reference = head.removeprefix("ref: ")
        loose = git / reference
        if loose.is_file():
            return loose.read_text("ascii").strip()[:12]
        lines = (git / "packed-refs").read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return next((line.split()[0][:12] for line in lines if line.endswith(f" {reference}")), "")
