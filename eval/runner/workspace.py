"""The workspace of a run: the hospital's documents and a data folder of its own, filled by the service.

Making one is resumable: what was read stays read, and a marker says from what it was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, time
from pathlib import Path

from assistant.bringing import Wanted, bring
from assistant.model_settings import model_settings
from assistant.services import Services
from assistant.settings import Settings
from assistant.workplace import shipped_chat_model, shipped_embedder
from eval.errors import RunError
from eval.runner.accounts import ACCOUNTS_FILE, LOADER, login_of, make_accounts
from eval.runner.folder import read_value, write_value
from eval.synthetic.truth import Hospital, Value
from eval.synthetic.write import write
from models.base import ChatModel
from retrieval.errors import StoreLocked
from retrieval.folder_lock import acquire

MARKER = "workspace.json"
Say = Callable[[str], None]


class Marker(Value):
    """What a workspace was made from; `ready` once everything was read and indexed."""

    documents_sha256: str
    reading_sha256: str
    ready: bool


class Workspace(Value):
    """A workspace: where it is, the settings of its service, the day of its hospital."""

    folder: Path
    settings: Settings
    today: datetime

    @property
    def passwords_file(self) -> Path:
        """Where the passwords of its accounts are kept, for their owner alone."""
        return self.folder / ACCOUNTS_FILE


def documents_digest(hospital: Hospital) -> str:
    """The sha256 of everything that is written of a hospital: the same whatever it was drawn from."""
    digest = hashlib.sha256()
    for patient in hospital.patients:
        for text in (patient.identity.patient_id, patient.person, *(item.raw for item in patient.documents)):
            digest.update(hashlib.sha256(text.encode()).digest())
    digest.update(hospital.today.isoformat().encode())
    return digest.hexdigest()


def workspace_of(folder: Path, hospital: Hospital, settings: Settings, *, at_once: int) -> Workspace:
    """The workspace in that folder, with the settings of this machine but a data folder of its own.

    Its records are synthetic: models for tests are admitted. `at_once`: questions asked at the same time.
    """
    changed = {
        "data": folder / "data",
        "allow_test_models": True,
        "host": "127.0.0.1",
        "port": 0,
        "tls_cert": None,
        "tls_key": None,
        "trusted_proxies": (),
        "answers_at_once": max(settings.answers_at_once, at_once),
        "queue": max(settings.queue, at_once),
        "models": model_settings(settings).models_folder,
    }
    noon = datetime.combine(hospital.today, time(12), tzinfo=UTC)
    return Workspace(folder=folder, settings=settings.model_copy(update=changed), today=noon)


def fill(
    workspace: Workspace, hospital: Hospital, *, accounts: Sequence[str], reading_sha256: str, say: Say
) -> None:
    """Write the hospital, bring it in, make the accounts; what is done already is not done again.

    `reading_sha256` stands for the code and the encoder that read records. RunError when the workspace was
    made from other records or by other code, or when a document is refused.
    """
    wanted = Marker(documents_sha256=documents_digest(hospital), reading_sha256=reading_sha256, ready=True)
    workspace.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    former = read_value(workspace.folder / MARKER, Marker)
    if former is not None and former.model_copy(update={"ready": True}) != wanted:
        raise RunError(
            f"{workspace.folder} was made from other records, or read by other code: name another folder, "
            "or remove this one"
        )
    with opened(workspace, model=lambda: None) as services:
        make_accounts(services, accounts, workspace.passwords_file)
        if former is None or not former.ready:
            write_value(workspace.folder / MARKER, wanted.model_copy(update={"ready": False}))
            _bring(services, workspace, hospital, say=say)
            write_value(workspace.folder / MARKER, wanted)


def _bring(services: Services, workspace: Workspace, hospital: Hospital, *, say: Say) -> None:
    manifest = write(hospital, workspace.folder / "hospital")
    documents = sum(len(patient.documents) for patient in hospital.patients)
    say(f"hospital: {len(hospital.patients)} patients, {documents} documents, all invented; reading them")
    loader = services.accounts.by_login(login_of(LOADER))
    report = bring(services, loader, Wanted(paths=(manifest.parent,), manifest=(manifest,)))
    if report["rejected"]:
        first = report["rejected"][0]
        raise RunError(f"{len(report['rejected'])} documents were refused, first {first['file']}")
    if services.index.made is None:
        raise RunError(
            "the records cannot be indexed: aparte models fetch brings the encoder, then run again"
        )
    say(f"hospital: {report['read']} read, {report['unchanged']} there already, {report['seconds']:.0f} s")


@contextmanager
def opened(
    workspace: Workspace, *, model: Callable[[], ChatModel | None] | None = None
) -> Iterator[Services]:
    """Own the workspace's data folder, with services whose day is the hospital's.

    `model` makes another language model than the settings'. RunError when another process has the folder.
    """
    settings = workspace.settings
    try:
        with acquire(settings.data):
            services = Services(
                settings,
                make_embedder=lambda: shipped_embedder(settings),
                make_chat_model=model or (lambda: shipped_chat_model(settings)),
                clock=lambda: workspace.today,
            )
            try:
                services.put_in_order()
                yield services
            finally:
                services.close()
    except StoreLocked as error:
        raise RunError(f"another process uses {settings.data}: wait until it ends, or stop it") from error
