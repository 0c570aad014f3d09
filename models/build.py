"""From settings to models: the one place that knows which class serves which setting."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from .base import Embedder, ModelInfo, QueuedChatModel
from .catalogue import load_catalogue
from .client import Endpoint, OpenAIChatModel
from .encoder import SentenceTransformerEmbedder
from .engines import WorkerConfig, engine
from .errors import UnknownModel
from .hashing import HashingEmbedder
from .local import LocalChatModel
from .machine import memory_mib, multiplies_bfloat16, physical_cores
from .scripted import ScriptedChatModel
from .store import Resolved, resolve
from .supervisor import Pace, Supervisor

EngineName = Literal["xllamacpp", "llama_cpp", "remote", "scripted", "none"]
MAX_REMOTE_CONTEXT = 32_768


class ModelSettings(BaseModel):
    """Everything this package can be told.

    ``chat_model``, ``encoder``: a catalogue or imported name, a path, or empty for the default (``hashing``:
    the encoder without weights). ``threads`` 0: one for each physical core. ``context_tokens`` are shared by
    the ``parallel`` requests that a local engine serves at once (``llama_cpp`` always serves one).
    ``encoder_bulk_threads`` 0: one for each physical core, while many passages are encoded.
    ``encoder_precision`` ``auto``: bfloat16 where the processor multiplies it, else float32.
    ``max_waiting``: requests that may wait. ``memory_limit_mib`` 0: three quarters of the machine's memory.
    ``allowed_hosts``: the only ``host:port`` that ``remote`` may connect to.
    ``remote_grammar``: it is a llama.cpp server.
    ``allow_test_models``: for synthetic records only.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    models_folder: Path
    chat_model: str = ""
    engine: EngineName = "xllamacpp"
    encoder: str = ""
    threads: int = Field(default=0, ge=0, le=512)
    encoder_threads: int = Field(default=1, ge=1, le=512)
    encoder_bulk_threads: int = Field(default=0, ge=0, le=512)
    encoder_precision: Literal["auto", "float32", "bfloat16"] = "auto"
    context_tokens: int = Field(default=8192, ge=512, le=262_144)
    parallel: int = Field(default=2, ge=1, le=64)
    max_waiting: int = Field(default=8, ge=0, le=256)
    memory_limit_mib: int = Field(default=0, ge=0)
    allow_test_models: bool = False
    remote_url: str = ""
    remote_model: str = ""
    remote_api_key: SecretStr | None = None
    remote_ca_file: Path | None = None
    remote_context_tokens: int = Field(default=MAX_REMOTE_CONTEXT, ge=512)
    remote_grammar: bool = False
    remote_running: int = Field(default=4, ge=1, le=256)
    allowed_hosts: tuple[str, ...] = ()
    idle_s: float = Field(default=120.0, gt=0)
    total_s: float = Field(default=600.0, gt=0)


def open_chat_model(settings: ModelSettings, *, pace: Pace | None = None) -> QueuedChatModel:
    """The chat model of the settings. Cheap: a local engine starts with its first use.

    ``UnknownModel`` (with what exists; also for the engine ``none``), ``ModelRefused``, ``HostNotAllowed``.
    """
    if settings.engine == "none":
        raise UnknownModel("no language model is configured (engine none); facts and search work without")
    if settings.engine == "scripted":
        return ScriptedChatModel(waiting=settings.max_waiting)
    if settings.engine == "remote":
        return _open_remote(settings)
    return _open_local(settings, pace)


def _open_remote(settings: ModelSettings) -> OpenAIChatModel:
    if not settings.remote_url or not settings.remote_model:
        raise UnknownModel("the engine remote needs remote_url and remote_model")
    endpoint = Endpoint(
        base_url=settings.remote_url,
        model=settings.remote_model,
        api_key=settings.remote_api_key,
        grammar=settings.remote_grammar,
        ca_file=settings.remote_ca_file,
        idle_s=settings.idle_s,
        total_s=settings.total_s,
    )
    info = ModelInfo(
        name=settings.remote_model,
        engine="remote",
        context_tokens=settings.remote_context_tokens,
        status="remote",
    )
    return OpenAIChatModel(
        endpoint,
        info=info,
        allowed_hosts=settings.allowed_hosts,
        running=settings.remote_running,
        waiting=settings.max_waiting,
    )


def _resolve_chat(settings: ModelSettings) -> Resolved:
    name = settings.chat_model or load_catalogue().default("chat").name
    return resolve(name, settings.models_folder, kind="chat", allow_test=settings.allow_test_models)


def _open_local(settings: ModelSettings, pace: Pace | None) -> LocalChatModel:
    chosen = engine(settings.engine)
    model = _resolve_chat(settings)
    parallel = settings.parallel if chosen.parallel else 1
    each = settings.context_tokens // parallel
    each = min(each, model.context_tokens) if model.context_tokens else each
    config = WorkerConfig(
        engine=settings.engine,
        model_path=model.path.resolve(),
        alias=model.name,
        token=SecretStr(""),
        parent_pid=0,
        threads=settings.threads or physical_cores(),
        context_tokens=each * parallel,
        parallel=parallel,
        memory_limit_mib=settings.memory_limit_mib or memory_mib() * 3 // 4,
    )
    info = ModelInfo(
        name=model.name,
        sha256=model.sha256,
        engine=settings.engine,
        context_tokens=each,
        licence=model.licence,
        languages=model.languages,
        status=model.status,
    )
    supervisor = Supervisor(config, check=partial(_resolve_chat, settings), pace=pace)
    return LocalChatModel(supervisor, info=info, running=parallel, waiting=settings.max_waiting)


def _in_bfloat16(settings: ModelSettings) -> bool:
    wanted = settings.encoder_precision
    return wanted == "bfloat16" or (wanted == "auto" and multiplies_bfloat16())


def open_embedder(settings: ModelSettings) -> Embedder:
    """The encoder of the settings, loaded. ``UnknownModel``, ``ModelRefused``, ``EngineMissing``."""
    if settings.encoder == "hashing":
        return HashingEmbedder()
    name = settings.encoder or load_catalogue().default("encoder").name
    model = resolve(name, settings.models_folder, kind="encoder", allow_test=settings.allow_test_models)
    info = ModelInfo(
        name=model.name,
        sha256=model.sha256,
        engine="sentence-transformers",
        context_tokens=model.context_tokens or 512,
        licence=model.licence,
        languages=model.languages,
        status=model.status,
    )
    return SentenceTransformerEmbedder(
        model.path,
        info=info,
        threads=settings.encoder_threads,
        bulk_threads=settings.encoder_bulk_threads or physical_cores(),
        bfloat16=_in_bfloat16(settings),
    )
