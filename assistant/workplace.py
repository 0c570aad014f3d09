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
    """The encoder that the settings name."""
    from assistant.model_settings import model_settings
    from models.build import open_embedder

    return open_embedder(model_settings(settings))


def shipped_chat_model(settings: Settings) -> ChatModel | None:
    """The language model that the settings name; None for the engine `none`."""
    if settings.engine == "none":
        return None
    from assistant.model_settings import model_settings
    from models.build import open_chat_model

    return open_chat_model(model_settings(settings))
