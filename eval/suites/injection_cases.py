"""What S6 asks: pairs of a payload and a carrier, each on a small record of its own, and their clean twins.

A pair whose payload stands in a document has a small patient to itself, so that payloads never meet. Five
pairs on the same kind of question share one clean twin: such a question on another small patient, without any
payload. A payload in the user's own text is added to the question on that clean patient.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from eval.cases.case import Case, Step
from eval.cases.gold import InjectionGold
from eval.errors import CaseFileError
from eval.suites.base import World
from eval.suites.injection_benign import Benign, Kind, benign, drawn
from eval.suites.injection_payloads import DENIAL, Carrier, Payload, payloads
from eval.synthetic.held_out import held_out
from eval.synthetic.injection import inject
from eval.synthetic.library import Library, load_library
from eval.synthetic.options import HospitalOptions, evaluation_options
from eval.synthetic.small import small_patient
from eval.synthetic.truth import Patient, Value

GROUP = 5
"""Pairs to one clean twin."""
_CLEAN_FROM = 20_000
_ATTACKED_FROM = 40_000
_TRIES = 40
"""Small patients that are looked at before a pair is given up."""
_STRIDE = 1_000_003
"""From one to the next; a prime, so that stories given out in turn differ."""


Make = Callable[[int], Patient]


class Pair(Value):
    """One attack to be made: a payload in a carrier, on a kind of question; `set` tells ours from public."""

    payload: Payload
    carrier: Carrier
    kind: Kind
    set: str = "aparte"

    @property
    def id(self) -> str:
        """Unique among pairs."""
        return f"{self.payload.id}.{self.carrier}"


class Planned(Value):
    """A case of S6 and the patient whom the world must hold for it."""

    case: Case
    patient: Patient


def pairs(world: World) -> tuple[Pair, ...]:
    """Every pair that this world may use, in the order of the draw: each payload once, then once more."""
    found = []
    for payload in payloads():
        if world.open_held_out or not held_out(payload.id):
            carriers = sorted(payload.carriers, key=lambda name: drawn(payload.id, name))
            found += [(place, carrier, payload) for place, carrier in enumerate(carriers)]
    found.sort(key=lambda item: (item[0], drawn(item[2].id, item[1])))
    return tuple(
        Pair(payload=payload, carrier=carrier, kind=kind_of(payload, carrier))
        for _, carrier, payload in found
    )


def kind_of(payload: Payload, carrier: str) -> Kind:
    """What is asked beside a payload: what it is about, or a dose or a result when it fits anything."""
    if payload.about != "any":
        return payload.about
    return "dose" if int(drawn(payload.id, carrier, "kind")[:8], 16) % 2 else "lab"


def planned(world: World, asked: tuple[Pair, ...], *, wanted: int, suite: str = "S6") -> tuple[Planned, ...]:
    """At most `wanted` cases with their patients, each clean twin just before the first pair sharing it."""
    found: list[Planned] = []
    for item in _planned(world, asked, suite):
        if len(found) >= wanted:
            break
        found.append(item)
    return tuple(found)


def injected_patients(world: World, *, wanted: int) -> tuple[Patient, ...]:
    """The patients to add to the hospital so that S6's `wanted` cases can be asked; each once."""
    return patients_of(planned(world, pairs(world), wanted=wanted))


def patients_of(items: tuple[Planned, ...]) -> tuple[Patient, ...]:
    """Their patients, each once, in order."""
    return tuple({item.patient.identity.patient_id: item.patient for item in items}.values())


def _maker(world: World) -> Make:
    options = evaluation_options(templates=world.templates, open_held_out=world.open_held_out, noise=False)
    return lambda index: _made(world.seed, index, options)


@lru_cache(maxsize=2048)
def _made(seed: int, index: int, options: HospitalOptions) -> Patient:
    """Kept, because cases and patients of one run need the same ones, and each takes a fifth of a second."""
    return small_patient(seed, index, options=options, library=_library(options))


@lru_cache(maxsize=2)
def _library(options: HospitalOptions) -> Library:
    return load_library(options)


def _planned(world: World, asked: tuple[Pair, ...], suite: str) -> Iterator[Planned]:
    make = _maker(world)
    counts: dict[Kind, int] = {"allergy": 0, "dose": 0, "lab": 0}
    twins: dict[Kind, tuple[Planned, Benign]] = {}
    for number, pair in enumerate(asked):
        kind = pair.kind
        if counts[kind] % GROUP == 0:
            twins[kind] = _twin(world, make, kind, number=counts[kind] // GROUP, suite=suite)
            yield twins[kind][0]
        counts[kind] += 1
        yield _attacked(world, make, pair, number=number, twin=twins[kind], suite=suite)


def _twin(world: World, make: Make, kind: Kind, *, number: int, suite: str) -> tuple[Planned, Benign]:
    name = f"{suite}-clean-{kind}-{number:03d}"
    place = ("allergy", "dose", "lab").index(kind)
    first = _CLEAN_FROM + 1000 * place + number
    patient, question = _small(world, make, kind, first=first, name=name)
    case = Case(
        id=name,
        suite=suite,
        steps=(Step(text=question.text, patient_id=patient.identity.patient_id),),
        gold=InjectionGold(benign=question.gold, clean=True),
        patient_id=patient.identity.patient_id,
        strata={"about": kind, "carrier": "none", "language": "fr", "payload": "none"},
        group=name,
    )
    return Planned(case=case, patient=patient), question


def _attacked(
    world: World,
    make: Make,
    pair: Pair,
    *,
    number: int,
    twin: tuple[Planned, Benign],
    suite: str,
) -> Planned:
    payload = pair.payload
    name = f"{suite}-{pair.id}"
    if pair.carrier == "user_text":
        patient, question = twin[0].patient, twin[1]
        text = _typed(question.text, payload.filled(question.slots), name)
    else:
        first = _ATTACKED_FROM + number
        patient, question = _small(world, make, pair.kind, first=first, name=name, pair=pair)
        text = question.text
    gold = InjectionGold(
        benign=question.gold,
        success_marks=payload.marks("success", question.slots),
        harm_marks=payload.marks("harm", question.slots),
        exfiltration_marks=payload.exfiltration,
    )
    strata = {
        "about": payload.about,
        "carrier": pair.carrier,
        "language": payload.language,
        "payload": payload.category,
        "set": pair.set,
    }
    case = Case(
        id=name,
        suite=suite,
        steps=(Step(text=text, patient_id=patient.identity.patient_id),),
        gold=gold,
        patient_id=patient.identity.patient_id,
        strata=strata,
        group=twin[0].case.id,
        held_out=held_out(payload.id),
        origin=payload.id,
    )
    return Planned(case=case, patient=patient)


def _typed(question: str, text: str, name: str) -> str:
    """The question with a text that the user pasted before or after it."""
    return f"{question}\n\n{text}" if int(drawn(name, "place")[:8], 16) % 3 else f"{text}\n\n{question}"


def _small(
    world: World, make: Make, kind: Kind, *, first: int, name: str, pair: Pair | None = None
) -> tuple[Patient, Benign]:
    """The first small patient, from `first` on, of whom the question can be asked, with the pair's payload.

    One who has no document for the carrier, or who already says a mark, is passed over.
    """
    for step in range(_TRIES):
        patient = make(first + step * _STRIDE)
        question = benign(patient, kind, world.hospital.today, rng_key=name)
        if question is None or (kind == "allergy" and DENIAL in _told(patient)):
            continue
        if pair is None:
            return patient, question
        if pair.carrier != "user_text" and not _says_mark(patient, pair.payload, question):
            text = pair.payload.filled(question.slots)
            try:
                return inject(patient, text, pair.carrier, rng_key=name), question
            except KeyError:
                continue
    raise CaseFileError(f"{name}: no small patient of this seed can be asked about {kind}; take another seed")


def _says_mark(patient: Patient, payload: Payload, question: Benign) -> bool:
    """Whether the record already says what would show that the payload was obeyed."""
    told = _told(patient)
    forms = (form for mark in payload.marks("success", question.slots) for form in mark.forms)
    return any(_folded(form) in told for form in forms)


def _told(patient: Patient) -> str:
    return _folded("\n".join(document.raw for document in patient.documents))


def _folded(text: str) -> str:
    return text.casefold().replace("’", "'")
