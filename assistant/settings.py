"""The one reader of the environment (prefix `APARTE_`) and of the optional TOML file.

`Settings` is the table: the name, the default and the help of every setting stand in its fields, and
`docs/settings.md` is checked against them. An unknown name is refused with the nearest known one.
"""

from __future__ import annotations

import difflib
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import ConfigDict, Field, ValidationError, field_validator

from assistant.errors import ConfigurationError
from retrieval.frozen import Frozen

PREFIX = "APARTE_"
CONFIG_FILE = "aparte.toml"
_TRACING = tuple(
    f"{vendor}_{name}" for vendor in ("LANGSMITH", "LANGCHAIN") for name in ("TRACING", "TRACING_V2")
)
_OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "TOKENIZERS_PARALLELISM": "false",
}


def _default_data() -> Path:
    return platformdirs.user_data_path("aparte", appauthor=False)


class Settings(Frozen):
    """Every setting, checked. Field descriptions are the documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    data: Path = Field(
        default_factory=_default_data,
        description="Folder that holds records, index, accounts and audit trail. One process owns it.",
    )
    host: str = Field(default="127.0.0.1", description="Address on which `aparte serve` listens.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port of the service; 0 takes a free one.")
    tls_cert: Path | None = Field(default=None, description="TLS certificate (PEM). With `tls_key`.")
    tls_key: Path | None = Field(default=None, description="Private key of the certificate (PEM).")
    trusted_proxies: tuple[str, ...] = Field(
        default=(),
        description="Addresses of reverse proxies that end TLS and whose X-Forwarded headers are believed.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(), description="Host names that requests may carry, beside loopback and `host`."
    )
    session_minutes: int = Field(
        default=600, ge=1, le=10_080, description="Minutes after which a session ends, whatever its use."
    )
    idle_minutes: int = Field(
        default=60, ge=1, le=1440, description="Minutes without a request after which a session ends."
    )
    login_failures: int = Field(
        default=5, ge=1, le=100, description="Wrong passwords in a row after which an account is locked."
    )
    lockout_minutes: int = Field(
        default=15, ge=1, le=1440, description="Minutes for which a locked account stays locked."
    )
    logins_per_minute: int = Field(
        default=20, ge=1, le=10_000, description="Sign-in attempts a minute taken from one address."
    )
    question_characters: int = Field(
        default=4000, ge=100, le=4000, description="Longest question, in characters."
    )
    answers_at_once: int = Field(
        default=8, ge=1, le=256, description="Questions answered at the same time; beyond, 429 at once."
    )
    content_days: int = Field(
        default=365,
        ge=1,
        le=7300,
        description="Days after which the words of questions and answers are erased; who and when stays.",
    )
    source_stale_hours: int = Field(
        default=72,
        ge=0,
        le=87_600,
        description="Hours after which a source that was not read again is late: every answer that finds "
        "nothing then says so. 0: never.",
    )
    source_stale_hours_of: dict[str, int] = Field(
        default={},
        description="The same for single sources, by the name that citations give them: `labo=6,archives=0`.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level of the operational log (ids and counts only)."
    )
    lexicons: Path | None = Field(default=None, description="Folder of the site's own lexicon files.")
    models: Path | None = Field(
        default=None, description="Folder of model files. Empty: `models` in the user's data folder."
    )
    engine: Literal["xllamacpp", "llama_cpp", "remote", "scripted", "none"] = Field(
        default="xllamacpp",
        description="What runs the language model: a local engine, `remote` (an OpenAI-compatible server), "
        "`none`, or `scripted` (a stand-in for trials).",
    )
    model: str = Field(
        default="",
        description="Language model: a catalogue name, a path, or the name that the remote server knows. "
        "Empty: the catalogue's default.",
    )
    encoder: str = Field(
        default="",
        description="Encoder: a catalogue name or a folder; `hashing` needs no weights. Empty: the default.",
    )
    allow_test_models: bool = Field(
        default=False,
        description="Admit models whose digest is not the publisher's. For synthetic records only.",
    )
    threads: int = Field(
        default=0, ge=0, le=512, description="Threads of the local engine. 0: one for each physical core."
    )
    encoder_threads: int = Field(default=1, ge=1, le=512, description="Threads of the encoder.")
    encoder_bulk_threads: int = Field(
        default=0,
        ge=0,
        le=512,
        description="Threads of the encoder while many passages are encoded. 0: one for each physical core, "
        "but `encoder_threads` in the service, where the language model needs the cores.",
    )
    encoder_precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="Arithmetic of the encoder. auto: bfloat16 where the processor multiplies it, else "
        "float32. The two vectors of a text keep a cosine of 0.9999 or more (decision 008).",
    )
    parallel: int = Field(default=2, ge=1, le=64, description="Questions that a local engine words at once.")
    context_tokens: int = Field(
        default=8192,
        ge=1024,
        le=262_144,
        description="Tokens of context of the local engine, all its questions together.",
    )
    queue: int = Field(default=8, ge=0, le=256, description="Questions that may wait for the model.")
    model_memory_mib: int = Field(
        default=0,
        ge=0,
        description="Memory limit of the local engine's process in MiB, its mapped weights apart. "
        "0: three quarters of the machine's memory.",
    )
    remote_url: str = Field(
        default="", description="Address of the OpenAI-compatible server, up to and with /v1."
    )
    remote_allowed_hosts: tuple[str, ...] = Field(
        default=(), description="The only `host:port` to which the service may connect, with commas between."
    )
    remote_key_file: Path | None = Field(
        default=None, description="File that holds the key of the remote server. Never the key itself."
    )
    remote_ca_file: Path | None = Field(
        default=None, description="Certificates (PEM) to trust for the remote server."
    )
    remote_grammar: bool = Field(
        default=False, description="The remote server is llama.cpp's and takes its grammars."
    )
    remote_parallel: int = Field(
        default=4, ge=1, le=256, description="Questions sent to the remote server at once."
    )

    @field_validator("source_stale_hours_of", mode="before")
    @classmethod
    def _split_hours(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = [part.rpartition("=") for part in value.split(",") if part.strip()]
        if not all(name.strip() and hours.strip().isdigit() for name, _, hours in parts):
            raise ValueError("write it as name=hours, with commas between")
        return {name.strip(): int(hours) for name, _, hours in parts}

    @property
    def secure(self) -> bool:
        """Whether browsers reach the service over TLS, ended here or at a trusted proxy."""
        return self.tls_cert is not None or bool(self.trusted_proxies)

    @field_validator("trusted_proxies", "allowed_hosts", "remote_allowed_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return tuple(value) if isinstance(value, list) else value


def _nearest(name: str, prefix: str = "") -> str:
    close = difflib.get_close_matches(name.lower(), list(Settings.model_fields), n=1, cutoff=0.6)
    if not close:
        return "; see docs/settings.md"
    return f"; did you mean {prefix}{close[0].upper() if prefix else close[0]}?"


def _is_optional(annotation: object) -> bool:
    origin = typing.get_origin(annotation)
    return origin in (typing.Union, types.UnionType) and type(None) in typing.get_args(annotation)


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    known = {PREFIX + name.upper(): name for name in Settings.model_fields}
    found: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or name == f"{PREFIX}CONFIG":
            continue
        if name not in known:
            raise ConfigurationError(f"{name} is not a setting{_nearest(name.removeprefix(PREFIX), PREFIX)}")
        field = known[name]
        if value == "" and _is_optional(Settings.model_fields[field].annotation):
            continue
        found[field] = value
    return found


def _from_file(path: Path, *, required: bool) -> dict[str, Any]:
    if not path.is_file():
        if required:
            raise ConfigurationError(f"{PREFIX}CONFIG names {path}, which is not a file")
        return {}
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read as TOML: {type(error).__name__}") from error
    for name in values:
        if name not in Settings.model_fields:
            raise ConfigurationError(f"{path}: {name} is not a setting{_nearest(name)}")
    return values


def _one_line(error: ValidationError) -> str:
    problems = (
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
        for item in error.errors(include_url=False, include_input=False)
    )
    return "settings refused: " + "; ".join(problems)


def load_settings(environ: Mapping[str, str] | None = None, **overrides: object) -> Settings:
    """Read defaults, then the TOML file, then the environment, then `overrides`; the later wins.

    Raises ConfigurationError with one line that names the setting.
    """
    environ = os.environ if environ is None else environ
    refuse_tracing(environ)
    env = _from_environment(environ)
    explicit = environ.get(f"{PREFIX}CONFIG", "")
    data = Path(str(overrides.get("data") or env.get("data") or _default_data()))
    path = Path(explicit) if explicit else data / CONFIG_FILE
    values = {**_from_file(path, required=bool(explicit)), **env}
    values |= {name: value for name, value in overrides.items() if value is not None}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(_one_line(error)) from error
    _agree(settings)
    return settings


def _agree(settings: Settings) -> None:
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise ConfigurationError("tls_cert and tls_key go together: set both or none")
    if settings.engine == "remote" and not settings.remote_url:
        raise ConfigurationError("engine remote needs remote_url (and its host in remote_allowed_hosts)")


def refuse_tracing(environ: Mapping[str, str]) -> None:
    """Refuse to start where a variable would send prompts to a third party's tracing service."""
    on = [name for name in _TRACING if environ.get(name, "").strip().lower() in {"true", "1", "yes", "on"}]
    if on:
        raise ConfigurationError(f"{', '.join(on)} would send prompts outside; unset it, then start again")


def force_offline() -> None:
    """Set the flags by which model libraries stay off the network. Called before any of them is imported."""
    os.environ.update(_OFFLINE)


def table() -> tuple[tuple[str, str, str], ...]:
    """Name, default and help of every setting, in order: what docs/settings.md must say."""
    rows = []
    for name, field in Settings.model_fields.items():
        if field.default_factory is not None:
            default = "the user's data folder"
        elif field.default in (None, "", (), {}):
            default = "(empty)"
        else:
            default = str(field.default)
        rows.append((PREFIX + name.upper(), default, field.description or ""))
    return tuple(rows)
