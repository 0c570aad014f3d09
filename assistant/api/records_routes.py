"""Bringing records in, making the index again, and erasing a patient."""

from __future__ import annotations

import json
import logging
import queue
import threading
from collections.abc import Callable, Iterator
from contextvars import copy_context
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import Field

from assistant import bringing
from assistant.api.failures import body_of
from assistant.api.log import REQUEST_ID, log, place_of
from assistant.api.signing import PrincipalDep, ServicesDep
from assistant.bringing import Json, Progress, Upload, Wanted
from assistant.errors import Forbidden
from assistant.people.access import require
from assistant.people.principal import Principal
from retrieval.composition import Rejection
from retrieval.frozen import Frozen

router = APIRouter(prefix="/api", tags=["records"])
_WORDS = Annotated[str | None, Form(max_length=200)]


class Brought(Frozen):
    """What a run did; `notes` are for people."""

    read: int
    unchanged: int
    replaced: int
    patients: int
    compositions: int
    facts: int
    passages: int
    quarantined: int
    conflicts: int
    rejected: tuple[Rejection, ...]
    seconds: float
    notes: tuple[str, ...]


class Paths(Frozen):
    """Files and folders of this machine; from the command line only."""

    paths: tuple[Path, ...] = Field(max_length=10_000)
    format: str = Field(default="auto", max_length=40)
    patient_id: str | None = Field(default=None, max_length=200)
    manifest: tuple[Path, ...] = ()
    system: str | None = Field(default=None, max_length=200)
    dry_run: bool = False


class Purged(Frozen):
    """What was erased beside the records: how many questions and answers."""

    purged: str
    answers: int
    notes: tuple[str, ...]


@router.post("/records")
def upload(
    principal: PrincipalDep,
    services: ServicesDep,
    files: Annotated[list[UploadFile], File(max_length=1000)],
    patient_id: _WORDS = None,
    system: _WORDS = None,
) -> Brought:
    """Bring uploaded files in; `patient_id` says whose they are where they do not."""
    uploads = [Upload(file.filename or "file", file.file) for file in files]
    report = bringing.bring_uploads(services, principal, uploads, patient_id=patient_id, system=system)
    return Brought.model_validate(report)


@router.post("/records/paths", response_class=StreamingResponse)
def bring_paths(body: Paths, principal: PrincipalDep, services: ServicesDep) -> StreamingResponse:
    """Bring files of this machine in, for the command line: `{done, total, name}` lines, then `{report}`."""
    _command_line_only(principal)
    require(principal, "write_record")
    wanted = Wanted(**dict(body))
    return _lines(lambda progress: bringing.bring(services, principal, wanted, progress=progress))


@router.post("/records/reindex", response_class=StreamingResponse)
def reindex(principal: PrincipalDep, services: ServicesDep) -> StreamingResponse:
    """Make the index again: lines of `{done, total, name}`, then `{report}`."""
    require(principal, "write_record")
    return _lines(lambda progress: bringing.reindex(services, principal, progress=progress))


@router.delete("/patients/{patient_id}")
def purge(patient_id: str, principal: PrincipalDep, services: ServicesDep) -> Purged:
    """Erase a patient everywhere."""
    return Purged.model_validate(bringing.purge(services, principal, patient_id))


def _command_line_only(principal: Principal) -> None:
    if principal.via != "command_line":
        raise Forbidden("files of the server are read for the command line only; upload them instead")


def _lines(work: Callable[[Progress], Json]) -> StreamingResponse:
    """Run the work in a thread and send its progress as lines of JSON, its report or its error last.

    The work goes on to its end if the asker goes away: what it has begun it finishes.
    """
    lines: queue.Queue[dict[str, Any] | None] = queue.Queue()

    def run() -> None:
        try:
            report = work(lambda done, total, name: lines.put({"done": done, "total": total, "name": name}))
            lines.put({"report": report})
        except Exception as error:  # noqa: BLE001 - said to the asker as the one error body
            body = body_of(error, REQUEST_ID.get())
            log(
                logging.ERROR,
                "records not written",
                code=body.code,
                error=type(error).__name__,
                place=place_of(error),
            )
            lines.put(body.model_dump())
        finally:
            lines.put(None)

    def sent() -> Iterator[str]:
        while (line := lines.get()) is not None:
            yield json.dumps(line, ensure_ascii=False) + "\n"

    # the thread takes the request id with it, for its lines in the log
    threading.Thread(target=copy_context().run, args=(run,), name="aparte-records", daemon=True).start()
    return StreamingResponse(sent(), media_type="application/x-ndjson")
