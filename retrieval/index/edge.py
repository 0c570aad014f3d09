"""The embedded index: Qdrant's own engine in this process (`qdrant-edge-py`), one folder, one owner.

Settings were measured (docs/retrieval.md): write-ahead log always on, a tenant index on the patient, exact
search inside one patient, French BM25 with accent folding. The frequencies that weigh words are counted over
the patient's own passages, so that no other record moves a ranking. The two orders are fused here and not by
the engine, which returns equal scores in an order that changes from one call to the next.
"""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import qdrant_edge as edge
from pydantic import ValidationError

from retrieval.errors import IndexUnavailable, RetrievalError, StoreFull, StoreLocked
from retrieval.index.base import Hit, IndexPoint, IndexSignature, Vector
from retrieval.index.memory import fused
from retrieval.scope import Filters, Scope

SIGNATURE_FILE = "signature.json"
SHARD = "shard"
AVERAGE_WORDS = 60.0
"""Words of a passage on average, for BM25's length norm (500 to 900 characters, stop words out)."""
FOLDED_STOP_WORDS = {"a", "ete", "etait", "etaient", "meme", "etant"}
CANDIDATES = 4
"""Each of the two searches brings this many times the limit before fusion."""
_Condition = (
    edge.FieldCondition
    | edge.IsEmptyCondition
    | edge.IsNullCondition
    | edge.HasIdCondition
    | edge.HasVectorCondition
    | edge.NestedCondition
    | edge.Filter
)
_NAMESPACE = uuid.UUID("6f1c4c5e-9a53-5d0e-8f0a-1f6f5b1f2b11")
REBUILD = "run `aparte reindex` to make it again from the record store"


def signature_of(folder: Path) -> IndexSignature | None:
    """What the index in `folder` was built with; None when there is none, or none that can be read."""
    try:
        return IndexSignature.model_validate_json((folder / SIGNATURE_FILE).read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def open_edge_index(folder: Path, *, signature: IndexSignature, fresh: bool = False) -> EdgeIndex:
    """Open the index in `folder`, making it where there is none.

    `fresh` throws away what is there: the store then has to be indexed again (`retrieval.outbox.reindex`).

    Raises IndexUnavailable when the folder is damaged or was built with another encoder, StoreLocked when
    another process holds it.
    """
    found, shard = signature_of(folder), folder / SHARD
    if fresh and shard.exists():
        with _index_errors():
            _discard(folder)
    if not shard.exists():
        with _index_errors():
            return EdgeIndex(_create(folder, signature), signature)
    if found != signature:
        made = f"{found.encoder} ({found.dimensions} dimensions)" if found else "an unknown encoder"
        raise IndexUnavailable(f"the search index was built with {made}, not {signature.encoder}: {REBUILD}")
    with _index_errors():
        return EdgeIndex(edge.EdgeShard.load(str(shard), _config(signature)), signature)


def _config(signature: IndexSignature) -> edge.EdgeConfig:
    return edge.EdgeConfig(
        vectors={"meaning": edge.EdgeVectorParams(size=signature.dimensions, distance=edge.Distance.Cosine)},
        sparse_vectors={"words": edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf)},
        wal_enabled=True,
    )


def _create(folder: Path, signature: IndexSignature) -> edge.EdgeShard:
    (folder / SHARD).mkdir(mode=0o700, parents=True)
    shard = edge.EdgeShard.create(str(folder / SHARD), _config(signature))
    tenant = edge.KeywordIndexParams(is_tenant=True)
    shard.update(edge.UpdateOperation.create_field_index("patient", tenant))
    shard.update(edge.UpdateOperation.create_field_index("record", edge.KeywordIndexParams()))
    shard.flush()
    # written last: a folder without it was never finished
    (folder / SIGNATURE_FILE).write_text(signature.model_dump_json(), encoding="utf-8")
    return shard


def _discard(folder: Path) -> None:
    """Throw an index away, damaged or not, unless another process holds it."""
    with suppress(IndexUnavailable), _index_errors():
        edge.EdgeShard.load(str(folder / SHARD)).close()
    shutil.rmtree(folder)


@contextmanager
def _index_errors() -> Iterator[None]:
    """The engine raises bare Exceptions, and panics that are not even those: both end here."""
    try:
        yield
    except RetrievalError:
        raise
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        text = str(error)
        if "WouldBlock" in text:
            raise StoreLocked(
                "another process holds the search index: stop it, or go through the running service"
            ) from error
        if "No space left" in text:
            raise StoreFull("no space is left for the search index: free some, then run again") from error
        raise IndexUnavailable(
            f"the search index cannot be used ({type(error).__name__}): {REBUILD}"
        ) from error


class EdgeIndex:
    """One shard. Queries run beside one another; writes take turns."""

    def __init__(self, shard: edge.EdgeShard, signature: IndexSignature) -> None:
        self._shard = shard
        self._signature = signature
        self._writing = threading.Lock()
        self._closed = False
        # the engine's own stop words bear accents, the words that meet them no longer do
        stop = edge.StopwordsSet(languages={edge.Language.French}, custom=FOLDED_STOP_WORDS)
        self._bm25 = edge.Bm25(
            edge.Bm25Config(language="french", ascii_folding=True, avg_len=AVERAGE_WORDS, stopwords=stop)
        )

    @property
    def signature(self) -> IndexSignature:
        """What it was built with."""
        return self._signature

    def put(self, points: Sequence[IndexPoint]) -> None:
        """Add or replace passages, durably."""
        if any(point.vector.shape != (self._signature.dimensions,) for point in points):
            raise IndexUnavailable("a vector is not of the index's dimensions: another encoder made it")
        if points:
            self._write(edge.UpdateOperation.upsert_points([self._point(point) for point in points]))

    def _point(self, point: IndexPoint) -> edge.Point:
        payload: dict[str, str | int] = {
            "passage": point.passage_id,
            "patient": point.patient_id,
            "record": point.record_id,
            "version": point.version,
            "kind": point.kind,
            "system": point.system,
        }
        if point.first_day is not None and point.last_day is not None:
            payload |= {"first": _day_number(point.first_day), "last": _day_number(point.last_day)}
        vectors = {"meaning": point.vector.tolist(), "words": self._bm25.embed_document(point.text)}
        return edge.Point(id=_point_id(point.passage_id), vector=vectors, payload=payload)

    def retire(self, record_id: str, version: str | None, *, keep: str | None = None) -> None:
        """Remove one version of a record, or all of them, but those of `keep`, durably."""
        must: list[_Condition] = [_equals("record", record_id)]
        if version is not None:
            must.append(_equals("version", version))
        kept: list[_Condition] | None = [_equals("version", keep)] if keep is not None else None
        chosen = edge.Filter(must=must, must_not=kept)
        self._write(edge.UpdateOperation.delete_points_by_filter(chosen))

    def _write(self, operation: edge.UpdateOperation) -> None:
        with self._writing, _index_errors():
            self._check_open()
            self._shard.update(operation)
            self._shard.flush()

    def search(
        self, scope: Scope, *, vector: Vector, text: str, limit: int, filters: Filters
    ) -> tuple[Hit, ...]:
        """Search by meaning and words inside one patient, fused by reciprocal rank."""
        wide, chosen = limit * CANDIDATES, _filter(scope, filters)
        tenant = edge.Filter(must=[_equals("patient", scope.patient_id)])
        by_meaning = edge.QueryRequest(
            query=edge.Query.Nearest(vector.tolist(), using="meaning"),
            filter=chosen,
            limit=wide,
            params=edge.SearchParams(exact=True),
            with_payload=True,
        )
        by_words = edge.QueryRequest(
            query=edge.Query.Nearest(self._bm25.embed_query(text), using="words"),
            filter=chosen,
            limit=wide,
            params=edge.SearchParams(idf=edge.IdfParams(corpus=tenant)),
            with_payload=True,
        )
        with _index_errors():
            self._check_open()
            found = self._shard.query_batch(edge.QueryBatchRequest([by_meaning, by_words]))
        ranked = fused([_in_order(points) for points in found])
        return tuple(Hit(passage_id=name, score=score) for name, score in ranked[:limit])

    def count(self) -> int:
        """How many passages are held."""
        with _index_errors():
            self._check_open()
            return int(self._shard.count(edge.CountRequest(exact=True)))

    def clear(self) -> None:
        """Remove everything, durably."""
        self._write(edge.UpdateOperation.delete_points_by_filter(edge.Filter()))

    def optimize(self) -> None:
        """Rewrite the files without what was removed. Blocks for long; not for a request path."""
        with self._writing, _index_errors():
            self._check_open()
            self._shard.optimize()
            self._shard.flush()

    def close(self) -> None:
        """Flush and release the folder; may be called twice."""
        with self._writing, _index_errors():
            if not self._closed:
                self._closed = True
                self._shard.close()

    def _check_open(self) -> None:
        if self._closed:
            raise IndexUnavailable("the search index is closed")


def _in_order(points: Sequence[edge.ScoredPoint]) -> list[str]:
    """Ids of passages, best first; equal scores in order of id, so that a search can be repeated."""
    pairs = [(-each.score, str((each.payload or {})["passage"])) for each in points]
    return [name for _, name in sorted(pairs)]


def _point_id(passage_id: str) -> str:
    return str(uuid.uuid5(_NAMESPACE, passage_id))


def _day_number(day: str) -> int:
    return int(day.replace("-", ""))


def _equals(key: str, value: str) -> edge.FieldCondition:
    return edge.FieldCondition(key=key, match=edge.MatchValue(value=value))


def _filter(scope: Scope, filters: Filters) -> edge.Filter:
    """The Scope and the filters as one condition; it stands on both searches."""
    must: list[_Condition] = [_equals("patient", scope.patient_id)]
    if filters.kinds:
        must.append(edge.FieldCondition(key="kind", match=edge.MatchAny(any=list(filters.kinds))))
    if filters.sources:
        must.append(edge.FieldCondition(key="system", match=edge.MatchAny(any=list(filters.sources))))
    if filters.from_date is not None:
        lower = edge.RangeFloat(gte=float(_day_number(filters.from_date)))
        must.append(edge.FieldCondition(key="last", range=lower))
    if filters.to_date is not None:
        upper = edge.RangeFloat(lte=float(_day_number(filters.to_date)))
        must.append(edge.FieldCondition(key="first", range=upper))
    masked: list[_Condition] | None = None
    if scope.masked_records:
        names = sorted(scope.masked_records)
        masked = [edge.FieldCondition(key="record", match=edge.MatchAny(any=names))]
    return edge.Filter(must=must, must_not=masked)
