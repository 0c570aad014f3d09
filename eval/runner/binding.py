"""What a run is bound to: everything that can change an answer, each part by its sha256."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from importlib import metadata, util
from pathlib import Path

from assistant.model_settings import model_settings
from assistant.settings import Settings
from eval.errors import RunError
from eval.runner.results import Binding
from models.catalogue import load_catalogue
from models.errors import ModelError
from models.store import Resolved, resolve

_CODE = {
    "retrieval": ("retrieval", ()),
    "answering": ("assistant", ("answering", "chat", "people", "asking.py", "services.py")),
    "prompts": ("prompts", ()),
    "models": ("models", ()),
    "targets": (
        "eval",
        tuple(
            f"runner/{name}.py"
            for name in ("asking", "choosing", "in_process", "over_http", "sampling", "workspace")
        ),
    ),
}
"""Parts of the code: the package, and what of it counts (nothing named: all of it). Lexicons are data files
of `retrieval` and `assistant/answering`, and count with them."""
_LIBRARIES = (
    "edsnlp",
    "langchain-text-splitters",
    "llama-cpp-python",
    "oehrpy",
    "qdrant-edge-py",
    "rapidfuzz",
    "sentence-transformers",
    "spacy",
    "torch",
    "xllamacpp",
)
_NOT_ANSWERS = frozenset(
    {
        "data", "host", "port", "tls_cert", "tls_key", "trusted_proxies", "allowed_hosts", "session_minutes",
        "idle_minutes", "login_failures", "lockout_minutes", "logins_per_minute", "content_days", "log_level",
        "models", "threads", "encoder_threads", "encoder_bulk_threads", "parallel", "queue",
        "answers_at_once", "model_memory_mib", "remote_key_file", "remote_ca_file", "remote_parallel",
        "allow_test_models",
    }
)  # fmt: skip
"""Settings that change where, when and how fast, not what is answered."""
_SKIPPED = frozenset({".pyc", ".pyo"})


def bind(parts: Mapping[str, str]) -> Binding:
    """The binding of these parts."""
    return Binding(whole=sha256_of(dict(parts)), parts=dict(sorted(parts.items())))


def sha256_of(value: object) -> str:
    """The sha256 of a plain value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def changed(before: Binding, after: Binding) -> tuple[str, ...]:
    """The names of the parts that differ."""
    names = sorted(set(before.parts) | set(after.parts))
    return tuple(name for name in names if before.parts.get(name) != after.parts.get(name))


def code_parts() -> dict[str, str]:
    """The hash of every file, code or data, that has a part in an answer of this installation."""
    found = {f"code:{name}": _tree(_package(package), members) for name, (package, members) in _CODE.items()}
    versions = {name: _version(name) for name in _LIBRARIES}
    return found | {"libraries": sha256_of(versions)}


def reading_digest(settings: Settings) -> str:
    """What the records of a workspace are read and indexed by: code, libraries, encoder."""
    versions = {name: _version(name) for name in _LIBRARIES}
    return sha256_of([_tree(_package("retrieval"), ()), versions, encoder_part(settings)])


def settings_part(settings: Settings) -> str:
    """The hash of the settings that can change an answer."""
    return sha256_of(
        {name: getattr(settings, name) for name in Settings.model_fields if name not in _NOT_ANSWERS}
    )


def encoder_part(settings: Settings) -> str:
    """The encoder by the sha256 of its files. RunError when it is not there."""
    options = model_settings(settings)
    if options.encoder == "hashing":
        return "hashing"
    return _resolved(settings, options.encoder or load_catalogue().default("encoder").name, "encoder").sha256


def model_part(settings: Settings) -> str:
    """The language model by the sha256 of its file; by name where it is elsewhere. RunError when missing."""
    if settings.engine in {"none", "scripted"}:
        return settings.engine
    if settings.engine == "remote":
        return f"remote:{settings.model}"
    return _resolved(settings, settings.model or load_catalogue().default("chat").name, "chat").sha256


def is_smaller_model(settings: Settings) -> bool:
    """Whether the local model's file is smaller than the default model's."""
    if settings.engine not in {"xllamacpp", "llama_cpp"} or not settings.model:
        return False
    default = load_catalogue().default("chat")
    found = _resolved(settings, settings.model, "chat")
    return found.path.stat().st_size < sum(file.size for file in default.files)


def _resolved(settings: Settings, name: str, kind: str) -> Resolved:
    try:
        return resolve(
            name,
            model_settings(settings).models_folder,
            kind="chat" if kind == "chat" else "encoder",
            allow_test=True,
        )
    except ModelError as error:
        raise RunError(f"{name}: {error}") from error


def _package(name: str) -> Path:
    spec = util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise RunError(f"the package {name} is not installed as a folder: its code cannot be hashed")
    return Path(next(iter(spec.submodule_search_locations)))


def _tree(root: Path, members: Sequence[str]) -> str:
    """The hash of the files below a folder, by their path in it; compiled files and caches apart."""
    digest = hashlib.sha256()
    for path in sorted(_files(root, members)):
        name = path.relative_to(root).as_posix()
        digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return digest.hexdigest()


def _files(root: Path, members: Sequence[str]) -> Iterable[Path]:
    for start in [root / member for member in members] or [root]:
        inside = start.rglob("*") if start.is_dir() else [start]
        for path in inside:
            if path.is_file() and path.suffix not in _SKIPPED and not path.name.startswith("."):
                yield path


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""
