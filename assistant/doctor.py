"""`aparte doctor`: what is wrong here, in words, and how to mend it. Reads; changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from assistant.errors import AssistantError
from assistant.model_settings import model_settings
from assistant.owner import OWNER_FILE, os_user, read_owner
from assistant.people.accounts import Accounts
from assistant.settings import Settings
from models.catalogue import load_catalogue
from models.engines import engine
from models.errors import ModelError
from models.machine import physical_cores
from models.store import resolve
from retrieval.errors import RetrievalError
from retrieval.folder_lock import owner_of
from retrieval.formats.text import ocr
from retrieval.frozen import Frozen
from retrieval.index.edge import signature_of
from retrieval.records import open_store

_LOW_DISK = 2 * 1024**3


class Finding(Frozen):
    """One thing looked at. `mend` says what to do about it, empty when there is nothing."""

    about: str
    state: Literal["ok", "warning", "broken"]
    says: str
    mend: str = ""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Everything that can be looked at without changing anything."""
    checks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _python,
        _folder,
        _disk,
        _lock,
        _store,
        _accounts,
        _index,
        _encoder,
        _language_model,
        _threads,
        _scanned_pages,
        _network,
    )
    return tuple(finding for check in checks for finding in check(settings))


def _ok(about: str, says: str) -> Finding:
    return Finding(about=about, state="ok", says=says)


def _broken(about: str, says: str, mend: str) -> Finding:
    return Finding(about=about, state="broken", says=says, mend=mend)


def _note(about: str, says: str, mend: str = "") -> Finding:
    return Finding(about=about, state="warning", says=says, mend=mend)


def _python(_settings: Settings) -> Iterator[Finding]:
    version = ".".join(str(part) for part in sys.version_info[:3])
    yield _ok("python", version)


def _folder(settings: Settings) -> Iterator[Finding]:
    data = settings.data
    if not data.is_dir():
        yield _note("data folder", f"{data} does not exist yet", "aparte demo, or aparte users add, makes it")
        return
    if not os.access(data, os.R_OK | os.W_OK | os.X_OK):
        yield _broken(
            "data folder", f"{data} cannot be read and written", f"give {os_user()} the rights to it"
        )
        return
    mode = stat.S_IMODE(data.stat().st_mode)
    if os.name == "posix" and mode & 0o077:
        yield _note("data folder", f"{data} is open to other users (mode {mode:o})", f"chmod 700 {data}")
        return
    yield _ok("data folder", str(data))


def _disk(settings: Settings) -> Iterator[Finding]:
    place = next(path for path in (settings.data, *settings.data.parents) if path.exists())
    free = shutil.disk_usage(place).free
    if free < _LOW_DISK:
        yield _broken(
            "disk", f"{free / 1024**3:.1f} GiB free", "free some: writes stop when the disk is full"
        )
    else:
        yield _ok("disk", f"{free / 1024**3:.1f} GiB free")


def _lock(settings: Settings) -> Iterator[Finding]:
    owner = owner_of(settings.data)
    served = read_owner(settings.data)
    if owner is not None:
        where = f" at {served.url}" if served else ""
        yield _ok("owner", f"process {owner.pid} uses the data folder{where}")
    elif (settings.data / OWNER_FILE).exists():
        yield _note("owner", f"{OWNER_FILE} was left by a service that ended badly", "nothing: it is ignored")
    else:
        yield _ok("owner", "nobody uses the data folder")


def _store(settings: Settings) -> Iterator[Finding]:
    if not (settings.data / "records.sqlite").exists():
        yield _note("records", "none yet", "aparte ingest PATH, or aparte demo")
        return
    try:
        store = open_store(settings.data)
        held = store.statistics()
        store.close()
    except RetrievalError as error:
        yield _broken("records", str(error), "restore the data folder from its backup")
        return
    yield _ok("records", f"{held.patients} patients, {held.records} records, {held.facts} facts")
    if held.pending:
        yield _note("index work", f"{held.pending} writes wait", "aparte reindex")
    if held.quarantined:
        yield _note(
            "quarantine", f"{held.quarantined} documents of unknown patients", "ingest them with --patient"
        )


def _accounts(settings: Settings) -> Iterator[Finding]:
    if not (settings.data / "people.sqlite").exists():
        yield _note("accounts", "none yet", "aparte users add LOGIN --role physician")
        return
    accounts = Accounts(settings.data)
    try:
        acting = accounts.for_os_user(os_user())
        yield _ok("accounts", f"your commands act as {acting.login}")
    except AssistantError as error:
        yield _note("accounts", str(error), f"aparte users map-os {os_user()} LOGIN")
    finally:
        accounts.close()


def _index(settings: Settings) -> Iterator[Finding]:
    signature = signature_of(settings.data / "index")
    if signature is None:
        yield _note("index", "none yet", "it is made by aparte ingest")
        return
    wanted = "hashing-v1" if settings.encoder == "hashing" else settings.encoder
    wanted = wanted or load_catalogue().default("encoder").name
    if Path(wanted).name != signature.encoder:
        yield _broken(
            "index", f"built with {signature.encoder}, the settings name {wanted}", "aparte reindex"
        )
        return
    yield _ok("index", f"built with {signature.encoder}")


def _encoder(settings: Settings) -> Iterator[Finding]:
    if settings.encoder == "hashing":
        yield _note("encoder", "hashing: words only, no meaning", "unset APARTE_ENCODER for the default")
        return
    name = settings.encoder or load_catalogue().default("encoder").name
    yield from _weights(settings, "encoder", name)


def _language_model(settings: Settings) -> Iterator[Finding]:
    if settings.engine in {"none", "scripted"}:
        yield _note("language model", f"engine {settings.engine}: facts and search only")
        return
    if settings.engine == "remote":
        yield _ok("language model", f"{settings.model or '(no name)'} at {settings.remote_url}")
        return
    name = settings.model or load_catalogue().default("chat").name
    yield from _weights(settings, "language model", name)
    yield from _engine(settings)


def _weights(settings: Settings, about: Literal["encoder", "language model"], name: str) -> Iterator[Finding]:
    options = model_settings(settings)
    kind: Literal["encoder", "chat"] = "encoder" if about == "encoder" else "chat"
    try:
        found = resolve(name, options.models_folder, kind=kind, allow_test=options.allow_test_models)
    except ModelError as error:
        mend = (
            f"aparte models fetch {name}" if name in load_catalogue().names() else "aparte models import FILE"
        )
        yield _broken(about, str(error), mend)
        return
    languages = ", ".join(found.languages) or "unknown languages"
    yield _ok(
        about, f"{found.name}, sha256 {found.sha256[:12]}, {found.licence}, {languages}, {found.status}"
    )


def _engine(settings: Settings) -> Iterator[Finding]:
    from importlib.util import find_spec

    chosen = engine(settings.engine)
    module = {"xllamacpp": "xllamacpp", "llama_cpp": "llama_cpp"}[settings.engine]
    if find_spec(module) is None:
        yield _broken("engine", f"{settings.engine} is not installed", chosen.hint)
        return
    yield _ok("engine", settings.engine)


def _threads(settings: Settings) -> Iterator[Finding]:
    cores = physical_cores()
    threads = settings.threads or cores
    if settings.engine in {"xllamacpp", "llama_cpp"} and threads > cores:
        yield _broken(
            "threads",
            f"{threads} threads on {cores} cores: the engine would spin and crawl",
            f"set APARTE_THREADS to {cores} or less",
        )
        return
    yield _ok("threads", f"{threads} threads on {cores} cores")


def _scanned_pages(_settings: Settings) -> Iterator[Finding]:
    tesseract = ocr.engine()
    if tesseract is None:
        yield _note("scanned pages", "not read: every answer that finds nothing names them", ocr.HOW)
        return
    yield _ok("scanned pages", f"read by Tesseract {tesseract.version} in French, marked to be checked")


def _network(settings: Settings) -> Iterator[Finding]:
    hosts = ", ".join(settings.remote_allowed_hosts)
    if settings.engine == "remote":
        yield _ok("network", f"outbound only to {hosts}" if hosts else "outbound to nobody")
        if not hosts:
            yield _broken("network", "the remote server is not listed", "set APARTE_REMOTE_ALLOWED_HOSTS")
        return
    yield _ok("network", "nothing goes out: no telemetry, no hub, no remote model")
