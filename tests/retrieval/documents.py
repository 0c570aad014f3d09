"""Small documents made by hand, for the tests of the record store and of what stands on it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from decimal import Decimal

from retrieval.composition import Block, Composition, Patient, ReadDocument, ReadItem, ReadPatient, Rejection
from retrieval.errors import NotAccepted, NotWellFormed
from retrieval.fact import Code, Fact, Quantity
from retrieval.formats.base import Source
from retrieval.locator import locate
from retrieval.scope import Scope

RENDERER = "tests@v1"


def scope(patient_id: str, *, masked: Sequence[str] = ()) -> Scope:
    return Scope(principal_id="dr", patient_id=patient_id, purpose="care", masked_records=frozenset(masked))


def document(
    record_id: str,
    text: str,
    *,
    version: str = "1",
    number: int | None = None,
    committed: str | None = None,
    effective: str | None = "2024-03-01T10:00:00+01:00",
    kind: str = "hospital_report",
    title: str = "Compte rendu",
    status: str = "final",
    hint: str | None = None,
    system: str = "tests",
    text_version: str = RENDERER,
    narrative: bool = True,
    raw: bytes | None = None,
    facts: Sequence[tuple[str, str]] = (),
    effective_end: str | None = None,
) -> ReadDocument:
    """A document of one block; `facts` are (label, magnitude) and stand over the whole text."""
    composition = Composition(
        record_id=record_id,
        version=version,
        version_number=number,
        committed=committed,
        system=system,
        kind=kind,  # type: ignore[arg-type]
        title=title,
        effective=effective,
        effective_end=effective_end,
        status=status,  # type: ignore[arg-type]
        patient_hint=hint,
    )
    place = locate(
        text,
        (0, len(text)),
        system=system,
        record_id=record_id,
        version=version,
        path="/content",
        text_version=text_version,
    )
    made = tuple(
        Fact(
            id=f"{record_id}/{version}/{number_}",
            kind="laboratory",
            label=label,
            codes=(Code(system="LOINC", code=label.upper()),),
            value=Quantity(magnitude=Decimal(magnitude), unit="mmol/L"),
            effective=effective,
            status="final",
            locator=place,
        )
        for number_, (label, magnitude) in enumerate(facts)
    )
    blocks = (Block(start=0, end=len(text), path="/content", narrative=narrative),) if text else ()
    return ReadDocument(
        composition=composition,
        raw=raw if raw is not None else text.encode("utf-8", "surrogatepass"),
        media_type="text/plain",
        text=text,
        text_version=text_version,
        blocks=blocks,
        facts=made,
    )


class LineFormat:
    """A format for tests: JSON lines that name `record`, `text` and more, or a `person`, or a `bad` part."""

    name = "lines"

    def recognises(self, source: Source) -> bool:
        return source.name.endswith(".jsonl")

    def read(self, source: Source) -> Iterator[ReadItem]:
        for number, line in enumerate(source.data.decode("utf-8").splitlines(), 1):
            try:
                item = json.loads(line)
            except ValueError as error:
                raise NotWellFormed("not JSON", place=f"line {number}") from error
            if "bad" in item:
                yield Rejection(file=source.name, place=f"line {number}", reason=item["bad"])
            elif "person" in item:
                yield ReadPatient(patient=Patient(id=item["person"], name=item.get("name", "")))
            elif "crash" in item:
                raise KeyError("a word of the patient's text")
            elif "record" not in item:
                raise NotAccepted("no record", place=f"line {number}")
            else:
                record = item.pop("record")
                yield document(record, item.pop("text"), raw=line.encode("utf-8"), **item)

    def resolve(self, raw: bytes, path: str) -> object:
        return json.loads(raw)[path]


def lines(*items: dict[str, object]) -> str:
    return "\n".join(json.dumps(item, ensure_ascii=False) for item in items) + "\n"
