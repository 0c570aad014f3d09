"""From settings to models: every refusal is clear, and nothing starts before it is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import ValidationError

from models import build, store
from models.base import QueuedChatModel
from models.build import ModelSettings, open_chat_model, open_embedder
from models.client import OpenAIChatModel
from models.errors import HostNotAllowed, ModelRefused, UnknownModel
from models.fetch import fetch
from models.hashing import HashingEmbedder
from models.local import LocalChatModel
from models.machine import physical_cores
from models.scripted import ScriptedChatModel
from tests.models.wheelhouse import WHOLE, catalogue, fill, sha

BOOK = catalogue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for module in (build, store):
        monkeypatch.setattr(module, "load_catalogue", lambda: BOOK)
    house = fill(tmp_path / "house")
    for name in ("chat", "enc"):
        fetch(name, tmp_path / "m", allow_mirror=False, wheel_dir=house, catalogue=BOOK)
    return tmp_path / "m"


def settings(folder: Path, **changes: Any) -> ModelSettings:
    return ModelSettings.model_validate({"models_folder": folder, **changes})


def test_a_local_model_is_described_and_not_yet_started(folder: Path) -> None:
    before = psutil.Process().children()
    model = open_chat_model(settings(folder, context_tokens=8192, parallel=4))
    assert isinstance(model, LocalChatModel)
    assert isinstance(model, QueuedChatModel)
    assert (model.info.name, model.info.sha256, model.info.status) == ("chat", sha(WHOLE), "ok")
    assert model.info.context_tokens == 100, "never more than the model was made for"
    assert psutil.Process().children() == before


def test_llama_cpp_serves_one_at_a_time_with_the_whole_context(folder: Path, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF")
    for engine, context in (("llama_cpp", 4096), ("xllamacpp", 1024)):
        chosen = settings(folder, engine=engine, chat_model=str(own), context_tokens=4096, parallel=4)
        assert open_chat_model(chosen).info.context_tokens == context


def test_a_changed_file_is_refused(folder: Path) -> None:
    (folder / "chat.gguf").write_bytes(b"other")
    with pytest.raises(ModelRefused, match="verify"):
        open_chat_model(settings(folder))


def test_unknown_and_absent_names_say_what_exists(folder: Path) -> None:
    with pytest.raises(UnknownModel, match="chat"):
        open_chat_model(settings(folder, chat_model="gpt"))
    with pytest.raises(UnknownModel, match="enc"):
        open_embedder(settings(folder, encoder="bert"))


def test_an_encoder_of_test_status_is_refused(folder: Path) -> None:
    with pytest.raises(ModelRefused, match="synthetic"):
        open_embedder(settings(folder))


def test_the_encoder_without_weights_needs_nothing(tmp_path: Path) -> None:
    assert isinstance(open_embedder(settings(tmp_path, encoder="hashing")), HashingEmbedder)


def test_no_engine_and_the_fake(tmp_path: Path) -> None:
    with pytest.raises(UnknownModel, match="facts and search"):
        open_chat_model(settings(tmp_path, engine="none"))
    assert isinstance(open_chat_model(settings(tmp_path, engine="scripted")), ScriptedChatModel)


def test_a_remote_server_must_be_listed(tmp_path: Path) -> None:
    remote = {"engine": "remote", "remote_url": "https://llm.chu.example/v1", "remote_model": "big"}
    with pytest.raises(HostNotAllowed, match=r"llm\.chu\.example:443"):
        open_chat_model(settings(tmp_path, **remote))
    model = open_chat_model(settings(tmp_path, **remote, allowed_hosts=("llm.chu.example:443",)))
    assert isinstance(model, OpenAIChatModel)
    assert (model.info.name, model.info.sha256, model.info.status) == ("big", None, "remote")
    with pytest.raises(UnknownModel, match="remote_url"):
        open_chat_model(settings(tmp_path, engine="remote"))


def test_settings_refuse_what_they_do_not_know(tmp_path: Path) -> None:
    for wrong in ({"engine": "magic"}, {"surprise": 1}, {"threads": -1}):
        with pytest.raises(ValidationError):
            settings(tmp_path, **wrong)


def test_threads_are_physical_cores() -> None:
    assert 1 <= physical_cores() <= (psutil.cpu_count(logical=True) or 1)
