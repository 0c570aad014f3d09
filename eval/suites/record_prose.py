"""Questions that only prose answers: notes of the stories, the reason and the outcome of stays."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from eval.cases.gold import GoldValue
from eval.suites.record_ask import Asked, Critical, Reader, on, pieces, shipped, typed
from eval.synthetic.truth import Note

_CRITICAL: tuple[tuple[str, Critical], ...] = (
    ("réaction", "allergy"),
    ("allergi", "allergy"),
    ("intolérance", "allergy"),
    ("anticoag", "anticoagulant"),
    ("inr", "anticoagulant"),
    ("suppléance", "renal_function"),
    ("rénal", "renal_function"),
    ("créatinin", "renal_function"),
    ("dialyse", "renal_function"),
    ("dose", "dose"),
    ("posologie", "dose"),
    ("débit de", "dose"),
)


def critical_of(note: Note) -> Critical | None:
    """By the words of its topic; what the record holds is known, not guessed."""
    topic = note.topic.lower()
    return next((kind for words, kind in _CRITICAL if re.search(rf"\b{words}", topic)), None)


def further_wordings() -> dict[str, Any]:
    """Questions on notes whose story gives none, by story and key."""
    found: dict[str, Any] = shipped("record_questions")["note"]
    return found


def notes(reader: Reader) -> Iterator[Asked]:
    """Every note that can be asked about; its like at another time is the distractor."""
    further = further_wordings()
    for note in reader.patient.notes:
        key = note.key.partition("/")[2]
        own = (*note.questions, *further.get(f"{reader.patient.story}/{key}", ()))
        if not own:
            continue
        right = typed(note.values)
        stem = key.rstrip("0123456789")
        alike = [
            other
            for other in reader.patient.notes
            if other is not note and other.key.partition("/")[2].rstrip("0123456789") == stem
        ]
        wrong: list[GoldValue] = [value for other in alike for value in typed(other.values)]
        yield Asked(
            kind="note",
            key=key,
            family=_family(note, right),
            stratum="narrative",
            critical=critical_of(note),
            wordings=own,
            slots={"topic": note.topic, "Topic": note.topic[0].upper() + note.topic[1:]},
            gold=reader.gold(
                any_of=right,
                none_of=wrong,
                spans=reader.spans(note.stated),
                known=reader.written(note.stated),
            ),
        )


def _family(note: Note, right: tuple[GoldValue, ...]) -> str:
    if "prévenir" in note.topic or "confiance" in note.topic:
        return "who"
    if right[0].type == "date":
        return "date"
    return "value" if right[0].type == "number" else "history"


def stays(reader: Reader) -> Iterator[Asked]:
    """Why they came, and what was found: discharge reports alone say it."""
    told = reader.patient.stays
    days = [on(when.date()) for stay in told for when in (stay.admitted, stay.discharged)]
    for stay in told:
        rest = [other for other in told if other is not stay]
        for kind, words, others in (
            ("stay_reason", stay.reason, [other.reason for other in rest]),
            ("stay_diagnosis", stay.diagnosis, [other.diagnosis for other in rest]),
        ):
            places = [item for item in stay.stated if words in item.quote]
            if not places or any(item.structured for item in places):
                continue
            yield Asked(
                kind=kind,
                key=stay.key.partition("/")[2],
                family="stay",
                stratum="narrative",
                slots={"day": f"{stay.admitted:%d/%m/%Y}"},
                gold=reader.gold(
                    any_of=pieces(words),
                    none_of=[piece for other in others for piece in pieces(other)[:1]],
                    spans=reader.spans(places),
                    known=(*days, *reader.written(places)),
                ),
            )


KINDS = (notes, stays)
