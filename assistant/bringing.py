"""Bringing records in, making the index again, erasing a patient: the owner's writes, each in the trail."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

from assistant.errors import BadRequest, Forbidden, NotFound, TooManyRequests
from assistant.people.access import require, require_writing
from assistant.people.principal import Principal
from models.errors import ModelError
from retrieval.errors import IndexUnavailable
from retrieval.ingest import IngestOptions, IngestProgress, ingest
from retrieval.outbox import apply_outbox
from retrieval.outbox import reindex as rebuild
from retrieval.sources import read_manifests

if TYPE_CHECKING:
    from assistant.services import Services
    from models.base import Embedder
    from retrieval.index.base import VectorIndex

Progress = Callable[[int, int, str], None]
Json = dict[str, Any]


class Wanted(NamedTuple):
    """What to bring in, and how; see `retrieval.ingest.IngestOptions`."""

    paths: tuple[Path, ...]
    format: str = "auto"
    patient_id: str | None = None
    manifest: tuple[Path, ...] = ()
    system: str | None = None
    dry_run: bool = False


class Upload(NamedTuple):
    """A file as it was sent: the sender's name of it, which is never used as a path, and its bytes."""

    name: str
    content: BinaryIO


def quiet(_done: int, _total: int, _name: str) -> None:
    """Progress that nobody watches."""


def bring(services: Services, principal: Principal, wanted: Wanted, *, progress: Progress = quiet) -> Json:
    """Read files into the store and the index. Returns the contract's report, with `notes` for people.

    Without the right to write every record, each patient must be named, and be one whom the person may open.

    Without an encoder the records go in all the same, and wait to be indexed; a note says so.
    """
    require(principal, "write_record")
    missing = [path for path in wanted.paths if not path.exists()]
    if missing:
        raise BadRequest(f"{missing[0]} does not exist")
    for manifest in wanted.manifest:
        if not manifest.is_file():
            raise BadRequest(f"the manifest {manifest} does not exist")
    for named in _named(wanted):
        _may_write(services, principal, named)
    with writing_alone(services):
        return _bring(services, principal, wanted, progress=progress)


def bring_uploads(
    services: Services,
    principal: Principal,
    uploads: Sequence[Upload],
    *,
    patient_id: str | None,
    system: str | None,
) -> Json:
    """As `bring`, for files that were sent; they lie in the data folder only while they are read."""
    _may_write(services, principal, patient_id)
    if len({upload.name for upload in uploads}) < len(uploads):
        raise BadRequest("two of the files have the same name: rename one, or send them one after the other")
    with writing_alone(services):
        folder = services.settings.data / "incoming"
        try:
            paths = tuple(_keep(folder, upload, patient_id) for upload in uploads)
            return _bring(services, principal, Wanted(paths, patient_id=patient_id, system=system))
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _named(wanted: Wanted) -> tuple[str | None, ...]:
    """The patients whose records files would go into; None for whomever the files themselves name."""
    if wanted.patient_id is not None or wanted.paths or not wanted.manifest:
        return (wanted.patient_id,)
    return tuple(sorted(set(read_manifests(wanted.manifest).patients.values()))) or (None,)


def _may_write(services: Services, principal: Principal, patient_id: str | None) -> None:
    """Raise unless the person may bring documents into this record; a refusal is in the trail first."""
    try:
        require_writing(principal, patient_id, accounts=services.accounts, identities=services.store)
    except (Forbidden, NotFound):
        named = (patient_id or "")[:200] or None
        services.trail.record(
            "access_refused", actor=principal.id, patient_id=named, detail={"for": "writing"}
        )
        raise


def _bring(services: Services, principal: Principal, wanted: Wanted, *, progress: Progress = quiet) -> Json:
    """`bring`, once nobody else writes."""
    notes: list[str] = []
    services.trail.record(
        "ingest_begun",
        actor=principal.id,
        patient_id=wanted.patient_id,
        detail={"paths": len(wanted.paths), "dry_run": wanted.dry_run},
    )
    index, embedder = (None, None) if wanted.dry_run else _search_parts(services, notes)

    def told(step: IngestProgress) -> None:
        if step.note:
            notes.append(step.note)
        progress(step.done, step.total, step.file or step.stage)

    report = ingest(
        wanted.paths,
        store=services.store,
        index=index,
        embedder=embedder,
        options=_options(wanted),
        progress=told,
        lexicon=services.lexicon(),
    )
    counts = report.model_dump(exclude={"rejected", "seconds"}) | {"rejected": len(report.rejected)}
    services.trail.record("ingest_finished", actor=principal.id, patient_id=wanted.patient_id, detail=counts)
    return report.model_dump(mode="json") | {"notes": [*notes, *report.warnings]}


def _options(wanted: Wanted) -> IngestOptions:
    return IngestOptions(
        format=wanted.format,
        patient=wanted.patient_id,
        manifest=wanted.manifest,
        dry_run=wanted.dry_run,
        system=wanted.system or "file",
    )


def _search_parts(services: Services, notes: list[str]) -> tuple[VectorIndex | None, Embedder | None]:
    try:
        return services.index.get(), services.embedder.get()
    except (ModelError, IndexUnavailable) as error:
        notes.append(f"not indexed yet, search by meaning will wait: {error}")
        return None, None


def _keep(folder: Path, upload: Upload, patient_id: str | None) -> Path:
    """Put an uploaded file where ingest reads it; the same name again takes the same place."""
    name = upload.name
    place = folder / hashlib.sha256(f"{patient_id}\x1f{name}".encode()).hexdigest()[:24]
    folder.mkdir(exist_ok=True, mode=0o700)
    place.mkdir(exist_ok=True, mode=0o700)
    suffix = Path(name).suffix[:12]
    safe = "".join(c for c in Path(name).stem if c.isalnum() or c in "-_")[:80] or "file"
    path = place / f"{safe}{suffix if suffix[1:].isalnum() else ''}"
    with path.open("wb") as out:
        shutil.copyfileobj(upload.content, out)
    return path


def reindex(services: Services, principal: Principal, *, progress: Progress = quiet) -> Json:
    """Make the whole index again from the store."""
    require(principal, "write_record")
    with writing_alone(services):
        services.trail.record("reindex_begun", actor=principal.id)
        report = rebuild(
            services.store,
            services.fresh_index(),
            services.embedder.get(),
            progress=lambda done, total: progress(done, total, "indexing"),
        )
        services.trail.record("reindex_finished", actor=principal.id, detail=report.model_dump())
        services.renew_answering()
    return report.model_dump(mode="json")


def purge(services: Services, principal: Principal, patient_id: str) -> Json:
    """Erase a patient: records, index, questions and answers, care relationships. A tombstone stays."""
    require(principal, "purge")
    notes: list[str] = []
    with writing_alone(services):
        names = services.store.ids_of(patient_id)
        services.trail.record("purge_begun", actor=principal.id, patient_id=patient_id)
        services.store.purge_patient(patient_id)
        bring_index_up(services, notes)
        for name in names:
            services.accounts.forget_patient(name)
        erased = services.trail.erase(patient_id, actor=principal.id, aliases=names)
    return {"purged": patient_id, "answers": erased, "notes": notes}


def bring_index_up(services: Services, notes: list[str]) -> None:
    """Do the index work that waits; without an encoder or an index it goes on waiting, and a note says so."""
    index, embedder = _search_parts(services, notes)
    if index is not None and embedder is not None:
        apply_outbox(services.store, index, embedder)


@contextmanager
def writing_alone(services: Services) -> Iterator[None]:
    """Nobody else writes records inside the block. Raises TooManyRequests at once when somebody does."""
    if not services.writing.acquire(blocking=False):
        raise TooManyRequests(
            "records are being written already; try again when that has ended", retry_after_s=10
        )
    try:
        yield
    finally:
        services.writing.release()
