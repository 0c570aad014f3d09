"""From one part of a source to a ReadDocument, a ReadPatient or a Rejection."""

from __future__ import annotations

from collections.abc import Callable

from retrieval.composition import Composition, ReadDocument, ReadItem, Rejection
from retrieval.errors import InputError, NotAccepted
from retrieval.formats.base import Source
from retrieval.formats.openehr.demographics import patient_of
from retrieval.formats.openehr.envelope import Part
from retrieval.formats.openehr.facts import facts_of
from retrieval.formats.openehr.header import check_required, composition_of, deletion_ids, ids_of
from retrieval.formats.openehr.walker import TEXT_VERSION, walk
from retrieval.formats.origin import Origin

Validate = Callable[[dict[str, object]], tuple[str, ...]]


def item_of(
    part: Part,
    source: Source,
    raw: bytes,
    *,
    media_type: str,
    warnings: tuple[str, ...],
    validate: Validate | None,
) -> ReadItem:
    """Read one part; what is wrong with it becomes a Rejection with the place, never an exception."""
    try:
        if part.reason:
            return Rejection(file=source.name, place=part.place, reason=part.reason)
        if part.kind in ("EHR_STATUS", "PERSON"):
            return patient_of(part)
        if part.kind == "DELETED":
            return _deleted(part, raw, media_type)
        return read_composition(
            part, source, raw, media_type=media_type, warnings=warnings, validate=validate
        )
    except InputError as error:
        place = "".join(piece for piece in (part.place, error.place) if piece)
        return Rejection(file=source.name, place=place, reason=error.reason)
    except RecursionError:
        return Rejection(file=source.name, place=part.place, reason="nested too deeply")


def read_composition(
    part: Part,
    source: Source,
    raw: bytes,
    *,
    media_type: str,
    warnings: tuple[str, ...],
    validate: Validate | None,
) -> ReadDocument:
    """Walk one COMPOSITION and build all that is made of it. Raises NotAccepted."""
    check_required(part.node)
    ids, id_warnings = ids_of(part, source, raw)
    state = walk(part.node)
    composition = composition_of(part, ids, state)
    text = state.writer.text()
    origin = Origin(
        system=ids.system,
        record_id=ids.record_id,
        version=ids.version,
        text_version=TEXT_VERSION,
        text=text,
        effective=composition.effective,
        title=composition.title,
    )
    found = (*warnings, *id_warnings, *state.warnings)
    return ReadDocument(
        composition=composition,
        raw=raw,
        media_type=media_type,
        text=text,
        text_version=TEXT_VERSION,
        blocks=tuple(state.writer.blocks),
        facts=facts_of(state.groups, origin),
        warnings=found if validate is None else (*found, *validate(part.node)),
    )


def _deleted(part: Part, raw: bytes, media_type: str) -> ReadDocument:
    """A version that says that its record was deleted: no text, no facts, status `deleted`."""
    ids = deletion_ids(part)
    if ids is None:
        raise NotAccepted("a deletion that does not say which version it deletes")
    composition = Composition(
        record_id=ids.record_id,
        version=ids.version,
        version_number=ids.number,
        system=ids.system,
        kind="other",
        title="Document supprimé",
        status="deleted",
        patient_hint=part.hint,
    )
    return ReadDocument(
        composition=composition,
        raw=raw,
        media_type=media_type,
        text="",
        text_version=TEXT_VERSION,
        blocks=(),
        facts=(),
    )
