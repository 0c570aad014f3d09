"""Where the real tests find weights: `$APARTE_MODELS`, else the user's own models folder.

What is small is fetched if it is absent (with the mirror allowed: these are tests); what is large is not.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.store import default_folder, list_models

ROOT = Path(__file__).resolve().parents[2]
TINY = "smollm2-135m-instruct-q4_1"
DEFAULT_ENCODER = "multilingual-e5-small"
ENGLISH_ENCODER = "all-minilm-l6-v2"


FOLDER = Path(os.environ.get("APARTE_MODELS") or default_folder())
"""Read when the tests are collected: each test runs in an environment without our variables."""


def folder() -> Path:
    """The models folder of this run."""
    return FOLDER


def fetch_command(name: str, into: Path) -> list[str]:
    """The product's own command, in a process of its own: tests themselves reach nothing but this machine."""
    words = ["models", "fetch", name, "--allow-mirror", "--json", "--folder", str(into)]
    return [sys.executable, "-m", "assistant.cli.main", *words]


def require(name: str) -> Path:
    """The path of a model, fetched if absent; the test is skipped, with the reason, if it cannot be had."""
    for state in list_models(FOLDER):
        if state.name == name and state.presence == "present":
            return state.path
    done = subprocess.run(fetch_command(name, FOLDER), cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"{name} is not here and cannot be fetched: {done.stderr.strip()[-300:]}")
    return Path(json.loads(done.stdout)["models"][0]["path"])
