"""The outbox: index writes that the record store keeps until the index has acknowledged them.

Each step can be repeated: a record's wanted passages are put first, then everything else of that record is
retired, then the work is struck. A crash between any two leaves the work in the outbox, and the next run does
it again with the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.base import Embedder
from retrieval.embedding import PassageVectors
from retrieval.frozen import Frozen
from retrieval.index.base import IndexPoint, IndexSignature, VectorIndex
from retrieval.passage import Passage
from retrieval.records import RecordStore
from retrieval.store.values import DatedPassage, IndexWork

BATCH = 256
PUT_BATCH = 64

IndexProgress = Callable[[int, int], None]
"""Called with index writes done and index writes known of."""


class IndexReport(Frozen):
    """What was brought up to date: records, and passages put into the index."""

    records: int = 0
    passages: int = 0


def signature_for(embedder: Embedder) -> IndexSignature:
    """The signature of an index built with this encoder."""
    info = embedder.info
    return IndexSignature(encoder=info.name, dimensions=embedder.dimensions, encoder_sha256=info.sha256)


def index_version(passage: Passage) -> str:
    """How the index names the version that a passage belongs to: the version and its rendering."""
    return f"{passage.locator.version}\x1f{passage.locator.text_version}"


def apply_outbox(
    store: RecordStore,
    index: VectorIndex,
    embedder: Embedder,
    *,
    batch: int = BATCH,
    progress: IndexProgress | None = None,
    vectors: PassageVectors | None = None,
) -> IndexReport:
    """Do all waiting index work, `batch` records at a time. Safe to interrupt and to repeat.

    `vectors`: those of this encoder that the caller keeps from one call to the next.
    Raises IndexUnavailable or an error of `models`; what was not done stays in the outbox.
    """
    report, done = IndexReport(), 0
    vectors = vectors or PassageVectors(embedder)
    total = store.statistics().pending
    while works := store.index_work(batch):
        step = _apply(store, index, vectors, works=_up_to_clear(works))
        report = IndexReport(records=report.records + step.records, passages=report.passages + step.passages)
        done += len(_up_to_clear(works))
        if progress is not None:
            progress(done, max(total, done))
    return report


def reindex(
    store: RecordStore, index: VectorIndex, embedder: Embedder, *, progress: IndexProgress | None = None
) -> IndexReport:
    """Empty the index and make it again from the store. Interrupted, it goes on with the next index work."""
    store.renew_index_work()
    return apply_outbox(store, index, embedder, progress=progress)


def _up_to_clear(works: Sequence[IndexWork]) -> Sequence[IndexWork]:
    """Emptying the index is a step of its own: what was noted before it is done before it."""
    if works[0].action == "clear":
        return works[:1]
    place = next((n for n, work in enumerate(works) if work.action == "clear"), len(works))
    return works[:place]


def _apply(
    store: RecordStore, index: VectorIndex, vectors: PassageVectors, *, works: Sequence[IndexWork]
) -> IndexReport:
    if works[0].action == "clear":
        index.clear()
        store.index_work_done([work.id for work in works])
        return IndexReport()
    names = list(dict.fromkeys(work.record_id for work in works))
    wanted = store.wanted_in_index(names)
    passages = [item for items in wanted.values() for item in items]
    points = index_points(passages, vectors)
    for start in range(0, len(points), PUT_BATCH):
        index.put(points[start : start + PUT_BATCH])
    for name, items in wanted.items():
        index.retire(name, None, keep=index_version(items[0].passage) if items else None)
    store.index_work_done([work.id for work in works])
    return IndexReport(records=len(names), passages=len(passages))


def index_points(passages: Sequence[DatedPassage], vectors: PassageVectors) -> list[IndexPoint]:
    """Passages as the index takes them."""
    found = vectors.of([item.passage for item in passages])
    return [
        IndexPoint(
            passage_id=item.passage.id,
            patient_id=item.patient_id,
            record_id=item.passage.locator.record_id,
            version=index_version(item.passage),
            kind=item.passage.kind,
            first_day=item.first_day,
            last_day=item.last_day,
            system=item.passage.locator.system,
            text=item.passage.text,
            vector=vector,
        )
        for item, vector in zip(passages, found, strict=True)
    ]


def out_of_step(store: RecordStore, index: VectorIndex) -> bool:
    """Say whether the index, with no work waiting, holds another number of passages than the store wants.

    True after an index folder was lost or replaced: `reindex` then makes it again.
    """
    return store.statistics().pending == 0 and index.count() != store.count_wanted_in_index()
