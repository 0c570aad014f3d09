"""From the settings of the service to those of `models`."""

from __future__ import annotations

from pydantic import SecretStr

from assistant.errors import ConfigurationError
from assistant.settings import Settings
from models.build import ModelSettings
from models.store import default_folder


def model_settings(settings: Settings) -> ModelSettings:
    """What `models` is told. Raises ConfigurationError when the key file cannot be read."""
    remote = settings.engine == "remote"
    return ModelSettings(
        models_folder=settings.models or default_folder(),
        chat_model="" if remote else settings.model,
        engine=settings.engine,
        encoder=settings.encoder,
        threads=settings.threads,
        encoder_threads=settings.encoder_threads,
        encoder_bulk_threads=settings.encoder_bulk_threads,
        encoder_precision=settings.encoder_precision,
        context_tokens=settings.context_tokens,
        parallel=settings.parallel,
        max_waiting=settings.queue,
        memory_limit_mib=settings.model_memory_mib,
        allow_test_models=settings.allow_test_models,
        remote_url=settings.remote_url,
        remote_model=settings.model if remote else "",
        remote_api_key=_key(settings),
        remote_ca_file=settings.remote_ca_file,
        remote_grammar=settings.remote_grammar,
        remote_running=settings.remote_parallel,
        allowed_hosts=settings.remote_allowed_hosts,
    )


def _key(settings: Settings) -> SecretStr | None:
    if settings.remote_key_file is None:
        return None
    try:
        return SecretStr(settings.remote_key_file.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"remote_key_file {settings.remote_key_file} cannot be read") from error
