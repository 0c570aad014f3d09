"""`aparte serve`: settings that cannot work are told before anything is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant import serving
from assistant.cli.service import run_service
from assistant.errors import ConfigurationError
from assistant.settings import Settings


def test_a_key_file_that_cannot_be_read_is_told_before_the_service_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve(*_args: object, **_options: object) -> None:
        pytest.fail("it began to serve")

    monkeypatch.setattr(serving, "serve", serve)
    settings = Settings(
        data=tmp_path / "data",
        encoder="hashing",
        engine="remote",
        model="m",
        remote_url="https://localhost:1/v1",
        remote_key_file=tmp_path / "nowhere",
    )
    with pytest.raises(ConfigurationError, match="remote_key_file"):
        run_service(settings)
    assert not settings.data.exists()
