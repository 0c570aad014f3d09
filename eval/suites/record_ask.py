"""What is asked of one record, before it is worded: the kind of question and its typed gold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Literal, TypedDict, Unpack

from pydantic import Field

from eval.cases.gold import (
    DateGold,
    DrugGold,
    GoldSpan,
    GoldValue,
    NumberGold,
    RecordGold,
    TermGold,
)
from eval.metrics.plain import plain
from eval.synthetic.letters import long_date
from eval.synthetic.story import Analyte, load_templates
from eval.synthetic.truth import Document, Hospital, Patient, Statement, Truth, Value

Stratum = Literal["structured", "narrative", "joined"]
Critical = Literal["allergy", "dose", "anticoagulant", "renal_function"]
ANTICOAGULANT = ("B01AA", "B01AB", "B01AE", "B01AF", "B01AX05")
RENAL = ("creatinine", "egfr")
_SAME = ("", "mg", "g", "mL", "ng", "kg", "%", "mm", "cm", "L/min", "h", "min")
_OTHER = {
    "µg": "ug",
    "UI": "[IU]",
    "MU": "M[IU]",
    "mg/m²": "mg/m2",
    "PA": "{pack_year}",
    "heures": "h",
    "minutes": "min",
    "sachet": "{sachet}",
    "sachets": "{sachet}",
    "bouffée": "{puff}",
    "bouffées": "{puff}",
    "comprimé": "{tablet}",
    "comprimés": "{tablet}",
}
_UNITS = {unit: unit for unit in _SAME} | _OTHER


class Asked(Value):
    """One question to be worded. `kind` names its wordings, unless it brings its own; (`kind`, `key`) is
    unique in a patient. `name_of` is the analyte or drug that the wordings call `{x}`."""

    kind: str
    key: str
    family: str
    gold: RecordGold
    stratum: Stratum
    critical: Critical | None = None
    analyte: str | None = None
    drug: str | None = None
    slots: dict[str, str] = Field(default_factory=dict)
    wordings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reader:
    """One patient's truth, as the kinds of question read it; what is costly is read once."""

    patient: Patient
    homonyms: tuple[Patient, ...]
    today: date
    analytes: dict[str, Analyte]

    @cached_property
    def by_key(self) -> dict[str, Document]:
        """The documents by their key."""
        return {document.key: document for document in self.patient.documents}

    @cached_property
    def texts(self) -> tuple[tuple[date, str], ...]:
        """Day and lower-case content of every document."""
        return tuple((item.time.date(), item.raw.lower()) for item in self.patient.documents)

    @cached_property
    def _mentions(self) -> dict[tuple[str, ...], tuple[DateGold, ...]]:
        return {}

    @cached_property
    def own(self) -> tuple[str, ...]:
        """The ids of all of this patient's records."""
        return tuple(dict.fromkeys(document.uid for document in self.patient.documents))

    def spans(self, statements: Iterable[Statement], value: int | None = None) -> tuple[GoldSpan, ...]:
        """Where the gold is stated, each place once."""
        found = (
            GoldSpan(record_id=self.by_key[item.document].uid, words=_shown(item.quote), value=value)
            for item in statements
        )
        return tuple(dict.fromkeys(found))

    def written(self, statements: Iterable[Statement]) -> tuple[DateGold, ...]:
        """The days of the documents that state something."""
        days = {self.by_key[item.document].time.date() for item in statements}
        return tuple(DateGold(iso=day.isoformat()) for day in sorted(days))

    def mentioning(self, *words: str) -> tuple[DateGold, ...]:
        """The days of the documents that contain one of these words."""
        if words not in self._mentions:
            wanted = [word.lower() for word in words if word]
            days = {day for day, text in self.texts if any(word in text for word in wanted)}
            self._mentions[words] = tuple(DateGold(iso=day.isoformat()) for day in sorted(days))
        return self._mentions[words]

    def distractors(self, truth: Truth) -> tuple[str, ...]:
        """What stands in the record and is not this truth's value; a planted contradiction is not among it,
        since a good answer shows both."""
        return tuple(
            item.value
            for item in self.patient.distractors
            if item.truth == truth.key and item.kind not in ("contradiction", "injection", "planned_act")
        )

    def gold(
        self,
        *,
        all_of: Sequence[GoldValue] = (),
        any_of: Sequence[GoldValue] = (),
        none_of: Iterable[GoldValue] = (),
        spans: Iterable[GoldSpan] = (),
        known: Iterable[GoldValue] = (),
    ) -> RecordGold:
        """The gold of an answerable question; a distractor that is also right is left out."""
        right = (*all_of, *any_of)
        wrong = [item for item in dict.fromkeys(none_of) if not any(same(item, other) for other in right)]
        return RecordGold(
            all_of=tuple(all_of),
            any_of=tuple(any_of),
            none_of=tuple(wrong),
            spans=tuple(dict.fromkeys(spans)),
            own_records=self.own,
            known=tuple(dict.fromkeys(known)),
        )


@cache
def shipped(name: str) -> dict[str, Any]:
    """A template file of the synthetic hospital, read once; nobody changes it."""
    return load_templates(name)


class Told(TypedDict, total=False):
    """What a question may have beside its places; see `Asked` and `RecordGold`."""

    all_of: Iterable[GoldValue]
    any_of: Iterable[GoldValue]
    none_of: Iterable[GoldValue]
    known: Iterable[GoldValue]
    spans: tuple[GoldSpan, ...]
    stratum: Stratum
    critical: Critical | None
    analyte: str
    drug: str
    slots: dict[str, str]
    wordings: tuple[str, ...]


def ask(
    kind: str, key: str, family: str, *, reader: Reader, stated: Iterable[Statement], **told: Unpack[Told]
) -> Asked:
    """A question whose gold is stated at these places, which give its stratum too unless it is told."""
    places = tuple(stated)
    gold = reader.gold(
        all_of=tuple(told.get("all_of", ())),
        any_of=tuple(told.get("any_of", ())),
        none_of=tuple(told.get("none_of", ())),
        spans=told.get("spans") or reader.spans(places),
        known=(*reader.written(places), *told.get("known", ())),
    )
    return Asked(
        kind=kind,
        key=key,
        family=family,
        gold=gold,
        stratum=told.get("stratum") or stratum_of(places),
        critical=told.get("critical"),
        analyte=told.get("analyte"),
        drug=told.get("drug"),
        slots=told.get("slots", {}),
        wordings=told.get("wordings", ()),
    )


def readers(hospital: Hospital, analytes: dict[str, Analyte]) -> tuple[Reader, ...]:
    """A reader for each patient of the hospital, in its order."""
    return tuple(
        Reader(
            patient=patient,
            homonyms=tuple(other for other in hospital.patients if _alike(patient, other)),
            today=hospital.today,
            analytes=analytes,
        )
        for patient in hospital.patients
    )


def _alike(patient: Patient, other: Patient) -> bool:
    one, two = patient.identity, other.identity
    return one.family_name == two.family_name and one.patient_id != two.patient_id


def same(one: GoldValue, other: GoldValue) -> bool:
    """Whether saying one may be saying the other: numbers by value alone, words when one holds the other."""
    if isinstance(one, NumberGold) and isinstance(other, NumberGold):
        return one.value == other.value
    if isinstance(one, DateGold) and isinstance(other, DateGold):
        return one.iso.startswith(other.iso) or other.iso.startswith(one.iso)
    if isinstance(one, TermGold) and isinstance(other, TermGold):
        return any(plain(a) in plain(b) or plain(b) in plain(a) for a in one.forms for b in other.forms)
    if isinstance(one, DrugGold) and isinstance(other, DrugGold):
        return plain(one.dci) in plain(other.dci) or plain(other.dci) in plain(one.dci)
    return one == other


def _shown(quote: str) -> str:
    """A whole number as every reader shows it: the magnitude 250.0 is printed 250."""
    return quote[:-2] if re.fullmatch(r"\d+\.0", quote) else quote


def stratum_of(statements: Iterable[Statement]) -> Stratum:
    """Structured as soon as one place states it as data; narrative when only prose does."""
    return "structured" if any(item.structured for item in statements) else "narrative"


def on(day: date) -> DateGold:
    """That very day."""
    return DateGold(iso=day.isoformat())


def month(day: date) -> DateGold:
    """That month; a day in it is more precise, not different."""
    return DateGold(iso=day.isoformat()[:7])


def term(*forms: str) -> TermGold:
    """One of these words."""
    return TermGold(forms=tuple(dict.fromkeys(form.rstrip(".").strip() for form in forms)))


def quantity(amount: Decimal, unit: str) -> GoldValue:
    """An amount in a unit as a prescriber writes it; counted things (« 2 bouffées ») are words."""
    if unit in _UNITS:
        return NumberGold(value=amount, unit=_UNITS[unit])
    number = format(amount.normalize(), "f")
    forms = [f"{number} {unit}", f"{number.replace('.', ',')} {unit}"]
    if len(number) > 3 and "." not in number:
        forms.append(f"{number[:-3]} {number[-3:]} {unit}")
    return term(*forms)


_NUMBER = re.compile(r"(?P<value>-?\d+(?:,\d+)?) ?(?P<unit>%|mm|cm|mL|L/min|mg|PA|h|heures|minutes)?")
_DAY = re.compile(r"(\d{2})/(\d{2})/(\d{4})")
_MONTHS = tuple(long_date(date(2000, month, 2)).split(" ")[1] for month in range(1, 13))
_MONTH = re.compile(rf"({'|'.join(_MONTHS)}) (\d{{4}})")


def typed(values: Iterable[str]) -> tuple[GoldValue, ...]:
    """Short answers of a note as typed values: « 35 % » a number, « mai 2026 » a date, else words."""
    found: list[GoldValue] = []
    words: list[str] = []
    for value in values:
        if day := _DAY.fullmatch(value):
            found.append(DateGold(iso=f"{day[3]}-{day[2]}-{day[1]}"))
        elif named := _MONTH.fullmatch(value):
            found.append(DateGold(iso=f"{named[2]}-{_MONTHS.index(named[1]) + 1:02d}"))
        elif number := _NUMBER.fullmatch(value):
            amount = Decimal(number["value"].replace(",", "."))
            found.append(NumberGold(value=amount, unit=_UNITS[number["unit"] or ""]))
        else:
            words.append(value)
    return (*found, *((term(*words),) if words else ()))


def pieces(words: str) -> tuple[GoldValue, ...]:
    """The clauses of a sentence, each of which shows that it was found."""
    parts = [part.strip(" .;") for part in re.split(r"[.,;:]| avec | sur | et ", words)]
    kept = [part for part in parts if len(part.split()) >= 2 or len(part) > 8]
    return tuple(term(part) for part in dict.fromkeys([words.rstrip("."), *kept]))
