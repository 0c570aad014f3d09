"""What the record does not say, and what a question wrongly supposes; each with an answerable twin if any.

That a fact is absent is never assumed: no document of the patient may contain its words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from eval.cases.gold import GoldValue, RecordGold, Status
from eval.metrics.plain import plain
from eval.suites import record_drugs
from eval.suites.record_ask import Asked, Reader, Stratum, shipped, stratum_of, term
from eval.suites.record_cases import asked_of
from eval.synthetic.question_families import name

Side = Literal["missing", "premise"]
NO = term("non", "pas", "aucun", "aucune", "absence", "jamais", "ne figure pas", "n’est pas")
_MARKS = re.compile("[\u0300-\u036f]")
_VALUES = re.compile(r'"value": "((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True)
class Pair:
    """One question that has no answer here, with its patient; its twin has one, maybe elsewhere."""

    side: Side
    asked: Asked
    reader: Reader
    twin: tuple[Asked, Reader] | None = None


@dataclass(frozen=True)
class Ward:
    """All patients, with the plain text of each record and the questions that each can answer."""

    readers: Sequence[Reader]

    @cached_property
    def texts(self) -> dict[str, str]:
        """Everything that a patient's documents say, plain."""
        return {
            reader.patient.identity.patient_id: _flat("\n".join(_said(reader))) for reader in self.readers
        }

    @cached_property
    def answerable(self) -> dict[tuple[str, str], list[tuple[Asked, Reader]]]:
        """Questions that have an answer, by kind and by what they are about."""
        found: dict[tuple[str, str], list[tuple[Asked, Reader]]] = {}
        for reader in self.readers:
            for asked in asked_of(reader):
                about = asked.analyte or asked.drug or f"{reader.patient.story}/{asked.key}"
                found.setdefault((asked.kind, about), []).append((asked, reader))
        return found

    def lacks(self, reader: Reader, pattern: str) -> bool:
        """Whether no document of the patient holds the pattern."""
        return re.search(pattern, self.texts[reader.patient.identity.patient_id]) is None

    def lacks_words(self, reader: Reader, *words: str) -> bool:
        """Whether no document of the patient holds any of these words or names."""
        text = self.texts[reader.patient.identity.patient_id]
        return not any(_flat(one) in text and re.search(word(one), text) for one in words)

    def twin(self, kind: str, about: str, number: int) -> tuple[Asked, Reader] | None:
        """An answerable question of that kind, on whichever patient; another for another number."""
        found = self.answerable.get((kind, about), [])
        return found[number % len(found)] if found else None


def _said(reader: Reader) -> dict[str, None]:
    """Each text value of the documents once."""
    found = (value for document in reader.patient.documents for value in _VALUES.findall(document.raw))
    return dict.fromkeys(value.replace("\\n", "\n") for value in found)


def _flat(text: str) -> str:
    """As `plain` writes letters, but for a whole record: lower case, no accents, straight apostrophes."""
    parts = unicodedata.normalize("NFD", text.lower().replace("’", "'").replace("œ", "oe"))
    return _MARKS.sub("", parts).replace("\u00a0", " ").replace("\u202f", " ")


def unanswerable(
    reader: Reader, *, accept: tuple[Status, ...] = (), reason: str = "not_in_record"
) -> RecordGold:
    """Gold of a question that the record does not answer."""
    reasons = tuple(dict.fromkeys((reason, "not_in_record", "not_verified")))
    return RecordGold(status="abstained", accept=accept, reasons=reasons, own_records=reader.own)


def corrected(reader: Reader, *right: GoldValue, spans: Any = (), or_abstain: bool = False) -> RecordGold:
    """Gold of a false premise: an answer that says what is so, or, where it may, an abstention."""
    return RecordGold(
        status="abstained" if or_abstain else "answered",
        accept=("answered",) if or_abstain else (),
        reasons=("not_in_record", "not_verified") if or_abstain else (),
        premise_corrected=True,
        any_of=right,
        spans=tuple(spans),
        own_records=reader.own,
    )


def question(kind: str, key: str, family: str, *, gold: RecordGold, stratum: Stratum, **more: Any) -> Asked:
    """A question that has no answer here."""
    return Asked(kind=kind, key=key, family=family, gold=gold, stratum=stratum, **more)


def word(words: str) -> str:
    """The pattern of whole words, in plain text."""
    return rf"(?<!\w){re.escape(_flat(words))}(?!\w)"


def not_there(ward: Ward, reader: Reader, number: int) -> Iterator[Pair]:
    """Facts that nobody recorded for this patient; some of them are recorded for another."""
    told = shipped("record_questions")
    for item in told["missing"]:
        if ward.lacks(reader, item["absent"]):
            asked = question(
                "missing", item["key"], "missing", gold=unanswerable(reader), stratum=item["stratum"],
                wordings=tuple(item["wordings"]),
            )  # fmt: skip
            yield Pair("missing", asked, reader)
    for item in told["elsewhere"]:
        twin = ward.twin("note", item["note"], number)
        if twin is not None and ward.lacks(reader, item["absent"]):
            words = tuple(item["wordings"])
            asked = question(
                "elsewhere", item["note"].replace("/", "-"), "removed", gold=unanswerable(reader),
                stratum="narrative", wordings=words,
            )  # fmt: skip
            same = twin[0].model_copy(update={"kind": "elsewhere", "key": asked.key, "wordings": words})
            yield Pair("missing", asked, reader, (same, twin[1]))
    have = {lab.analyte for lab in reader.patient.labs}
    for analyte, names in told["names"].items():
        called = (*(one for one, _ in names), reader.analytes[analyte].label)
        if analyte not in have and ward.lacks_words(reader, *called):
            asked = question(
                "premise.lab_never", analyte, "removed", gold=unanswerable(reader), stratum="structured",
                analyte=analyte,
            )  # fmt: skip
            yield Pair("missing", asked, reader, ward.twin("latest", analyte, number))


def pending(_ward: Ward, reader: Reader, _number: int) -> Iterator[Pair]:
    """Results that have not come back: to say so is right, a result is not."""
    for item in reader.patient.pending:
        waits = term("en attente", "pas encore", "non disponible", "pas disponible", "demandé", "demandée")
        gold = unanswerable(reader, accept=("answered",)).model_copy(
            update={"any_of": (waits,), "spans": reader.spans(item.stated)}
        )
        asked = question(
            "premise.pending", item.key.partition("/")[2], "pending", gold=gold,
            stratum=stratum_of(item.stated), slots={"label": item.label},
        )  # fmt: skip
        yield Pair("missing", asked, reader)


def advice(ward: Ward, reader: Reader, _number: int) -> Iterator[Pair]:
    """What to prescribe is not in the record; its twin asks what is prescribed."""
    for drug, _ in record_drugs.current(reader):
        gold = unanswerable(reader, accept=("refused",), reason="out_of_scope_advice")
        asked = question(
            "premise.advice", drug.key.partition("/")[2], "advice", gold=gold, stratum="structured",
            drug=name(drug),
        )  # fmt: skip
        mine = [pair for pair in ward.answerable.get(("dose", name(drug)), []) if pair[1] is reader]
        yield Pair("missing", asked, reader, mine[0] if mine else None)


def never_given(ward: Ward, reader: Reader, number: int) -> Iterator[Pair]:
    """Drugs that this patient never had: some nobody had, some another patient takes."""
    told = shipped("record_questions")["never"]
    given = {
        name(drug): (drug.dci, drug.brand)
        for other in ward.readers
        for drug in other.patient.medications
        if name(drug) == drug.dci
    }
    kinds = ("premise.never_since", "premise.never_dose", "premise.never_why")
    for place, (drug, names) in enumerate({**told, **given}.items()):
        if not ward.lacks_words(reader, *names):
            continue
        kind = kinds[(place + number) % len(kinds)]
        gold = corrected(reader, NO, or_abstain=True)
        asked = question(
            kind, plain(drug).replace(" ", "-"), "never_given", gold=gold, stratum="structured", drug=drug
        )
        twin = {
            "premise.never_since": "started",
            "premise.never_dose": "dose",
            "premise.never_why": "stopped_why",
        }
        yield Pair("premise", asked, reader, ward.twin(twin[kind], drug, number))


def treatments(ward: Ward, reader: Reader, number: int) -> Iterator[Pair]:
    """The current dose of a drug that was stopped; why a drug was stopped that is still given."""
    now = {drug.dci for drug, _ in record_drugs.current(reader)}
    for drug in reader.patient.medications:
        key = drug.key.partition("/")[2]
        places = record_drugs.stops(drug)
        if drug.stopped_on is not None and drug.dci not in now and places:
            gone = term(
                "arrêt", "arrêté", "arrêtée", "n’est plus", "plus prescrit", "plus prescrite", "interrompu"
            )
            gold = corrected(reader, gone, spans=reader.spans(places))
            asked = question(
                "premise.stopped_dose", key, "stopped_drug", gold=gold, stratum="structured", drug=name(drug),
                critical=record_drugs.critical_of(drug, "dose"),
            )  # fmt: skip
            twins = [pair for (kind, _), pairs in ward.answerable.items() if kind == "dose" for pair in pairs]
            mine = [pair for pair in twins if pair[1] is reader]
            yield Pair("premise", asked, reader, mine[number % len(mine)] if mine else None)
        elif drug.dci in now and drug.stopped_on is None and len(drug.doses) == 1:
            still = term(
                "en cours",
                "toujours",
                "pas été arrêté",
                "pas été arrêtée",
                "se poursuit",
                "non",
                "pas arrêté",
            )
            gold = corrected(reader, still, spans=reader.spans(drug.stated), or_abstain=True)
            asked = question(
                "premise.running_why", key, "running_drug", gold=gold, stratum="structured", drug=name(drug)
            )  # fmt: skip
            yield Pair("premise", asked, reader)


KINDS = (not_there, pending, advice, never_given, treatments)
