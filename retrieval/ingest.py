"""Ingest: from files to records, one file at a time, all of a file or none of it.

`bytes -> format -> documents, people -> passages -> record store`, and the index follows through the outbox.
One bad file never stops the rest. A run that was interrupted leaves whole files only; the next one goes on.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from models.base import Embedder
from retrieval.composition import Rejection
from retrieval.embedding import PassageVectors
from retrieval.errors import NotAccepted, StoreError
from retrieval.formats.base import FORMATS, Format, load_format
from retrieval.frozen import Frozen
from retrieval.identity import PATIENT_ID_RULE, is_patient_id
from retrieval.index.base import VectorIndex
from retrieval.outbox import apply_outbox, out_of_step
from retrieval.outcome import Limits, Outcome
from retrieval.reading_file import Reader
from retrieval.records import RecordStore
from retrieval.report import IngestReport, Tally
from retrieval.sources import Manifest, SourceFile, find_files, read_manifests
from retrieval.terminology.lexicon import Lexicon

INDEX_EVERY = 400
"""Records that may wait for the index before reading pauses to index them."""


class IngestOptions(Frozen):
    """How to ingest. `patient` is whose all of it is; `manifests` say it file by file (several add up).

    `again` reads files that have not changed too. `dry_run` reads everything and writes nothing.
    `system` names the source in citations when the documents do not.
    """

    format: str = "auto"
    patient: str | None = None
    manifest: tuple[Path, ...] = ()
    dry_run: bool = False
    again: bool = False
    system: str = "file"
    limits: Limits = Limits()


class IngestProgress(Frozen):
    """Where a run is: files read, or index writes done, out of how many; `note` is for people."""

    stage: Literal["reading", "indexing"]
    done: int
    total: int
    file: str = ""
    note: str = ""


ProgressCall = Callable[[IngestProgress], None]


def ingest(
    paths: Sequence[Path],
    *,
    store: RecordStore,
    index: VectorIndex | None,
    embedder: Embedder | None,
    formats: Mapping[str, Format] | None = None,
    options: IngestOptions | None = None,
    progress: ProgressCall | None = None,
    lexicon: Lexicon | None = None,
) -> IngestReport:
    """Read files and folders into the store and the index; with no paths, what the manifests name.

    Without an index or an encoder, index writes wait in the outbox. `lexicon` is that of the site; files are
    read again when it has changed. Raises InputError when the options or a
    manifest are wrong, StoreError (StoreFull among them) when the store cannot be written, IndexUnavailable
    when the index cannot. What was read by then is kept.
    """
    options = options or IngestOptions()
    started = time.monotonic()
    tell = progress or (lambda _: None)
    reader = Reader(
        store,
        formats=_formats(formats, options),
        forced=options.format != "auto",
        system=options.system,
        limits=options.limits,
        lexicon=lexicon,
    )
    manifest = _manifest(options)
    found = find_files(paths, manifest=manifest)
    tally = Tally(rejected=[*manifest.rejected, *found.rejected])
    if options.dry_run:
        _read_all(found.files, reader=reader, options=options, tally=tally, tell=tell, index_now=lambda: None)
        return tally.report(seconds=time.monotonic() - started)
    run_id, unfinished = store.begin_run()
    if unfinished is not None:
        tally.resumed = f"the run of {unfinished} did not end: going on from where it stopped"
        tell(IngestProgress(stage="reading", done=0, total=len(found.files), note=tally.resumed))
    index_now = _indexer(store, index, embedder, tell)
    state: Literal["done", "interrupted", "failed"] = "failed"
    try:
        _read_all(found.files, reader=reader, options=options, tally=tally, tell=tell, index_now=index_now)
        index_now()
        tally.conflicts = store.count_identity_conflicts()
        state = "done"
    except KeyboardInterrupt:
        state = "interrupted"
        raise
    finally:
        report = tally.report(seconds=time.monotonic() - started)
        if state != "failed":  # a store that failed may not take this either, and the next run sees it
            store.end_run(run_id, state=state, report=report.model_dump_json(exclude={"rejected"}))
        with contextlib.suppress(*(() if state == "done" else (StoreError,))):
            for system in sorted(tally.systems):
                store.mark_source(system, succeeded=state == "done")
    return report


def _formats(given: Mapping[str, Format] | None, options: IngestOptions) -> dict[str, Format]:
    known = given if given is not None else FORMATS
    if options.format != "auto" and options.format not in known:
        raise NotAccepted(f"no format is called {options.format}; there are: auto, {', '.join(known)}")
    names = list(known) if options.format == "auto" else [options.format]
    return {name: given[name] if given is not None else load_format(name) for name in names}


def _manifest(options: IngestOptions) -> Manifest:
    if options.patient is not None and not is_patient_id(options.patient):
        raise NotAccepted(PATIENT_ID_RULE)
    return read_manifests(options.manifest)


def _read_all(
    files: Sequence[SourceFile],
    *,
    reader: Reader,
    options: IngestOptions,
    tally: Tally,
    tell: ProgressCall,
    index_now: Callable[[], None],
) -> None:
    waiting = 0
    for place, file in enumerate(files):
        tell(IngestProgress(stage="reading", done=place, total=len(files), file=file.shown))
        patient_id = options.patient or file.patient_id
        outcome = reader.read(file, patient_id=patient_id, again=options.again, keep=not options.dry_run)
        tally.add(outcome)
        waiting += _index_writes(outcome)
        if waiting >= INDEX_EVERY:
            index_now()
            waiting = 0
    tell(IngestProgress(stage="reading", done=len(files), total=len(files)))


def _index_writes(outcome: Outcome) -> int:
    return outcome.read + outcome.replaced


def _indexer(
    store: RecordStore, index: VectorIndex | None, embedder: Embedder | None, tell: ProgressCall
) -> Callable[[], None]:
    """Return the call that does all waiting index work; an index that lost its passages is made again."""
    if index is None or embedder is None:
        return lambda: None
    if out_of_step(store, index):
        store.renew_index_work()
    vectors = PassageVectors(embedder)

    def index_now() -> None:
        def told(done: int, total: int) -> None:
            tell(IngestProgress(stage="indexing", done=done, total=total))

        apply_outbox(store, index, embedder, progress=told, vectors=vectors)

    return index_now


__all__ = ["IngestOptions", "IngestProgress", "IngestReport", "Limits", "Rejection", "ingest"]
