"""Owning a data folder and opening the shipped services in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.services import Services
from assistant.settings import Settings
from retrieval.folder_lock import acquire

if TYPE_CHECKING:
    from models.base import ChatModel, Embedder


@contextmanager
def open_workplace(settings: Settings, *, owner_token: str | None = None) -> Iterator[Services]:
    """Own the data folder for the time of the block, with everything that runs in it.

    Raises StoreLocked at once when another process owns it; the message says which.
    """
    with acquire(settings.data):
        services = Services(
            settings,
            make_embedder=lambda: shipped_embedder(settings),
            make_chat_model=lambda: shipped_chat_model(settings),
            owner_token=owner_token,
        )
        try:
            yield services
        finally:
            services.close()


def shipped_embedder(settings: Settings) -> Embedder:
    """The encoder that the settings name: found and checked now, loaded when something is embedded."""
    from assistant.late_encoder import LateEncoder
    from assistant.model_settings import model_settings
    from models.base import ModelInfo
    from models.build import open_embedder
    from models.catalogue import load_catalogue
    from models.store import resolve

    options = model_settings(settings)
    if options.encoder == "hashing":
        return open_embedder(options)
    name = options.encoder or load_catalogue().default("encoder").name
    found = resolve(name, options.models_folder, kind="encoder", allow_test=options.allow_test_models)
    if found.dimensions is None:
        return open_embedder(options)
    info = ModelInfo(
        name=found.name,
        sha256=found.sha256,
        engine="sentence-transformers",
        context_tokens=found.context_tokens or 512,
        licence=found.licence,
        languages=found.languages,
        status=found.status,
    )
    return LateEncoder(info, found.dimensions, lambda: open_embedder(options))


def shipped_chat_model(settings: Settings) -> ChatModel | None:
    """The language model that the settings name; None for the engine `none`."""
    if settings.engine == "none":
        return None
    from assistant.model_settings import model_settings
    from models.build import open_chat_model

    return open_chat_model(model_settings(settings))
