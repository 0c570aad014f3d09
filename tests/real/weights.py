"""Where the real tests find weights: `$APARTE_MODELS`, else the user's own models folder.

What is small is fetched if it is absent (with the mirror allowed: these are tests); what is large is not.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from models.errors import FetchError
from models.fetch import fetch
from models.store import default_folder

TINY = "smollm2-135m-instruct-q4_1"
DEFAULT_ENCODER = "multilingual-e5-small"
ENGLISH_ENCODER = "all-minilm-l6-v2"


def folder() -> Path:
    """The models folder of this run."""
    return Path(os.environ.get("APARTE_MODELS") or default_folder())


def require(name: str) -> Path:
    """The path of a model, fetched if absent; the test is skipped, with the reason, if it cannot be had."""
    try:
        return fetch(name, folder(), allow_mirror=True).path
    except FetchError as error:
        pytest.skip(f"{name} is not here and cannot be fetched: {error}")
