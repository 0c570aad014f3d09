"""From drafts to a patient: documents are written, and every truth learns where it is stated."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from random import Random
from typing import TypeVar
from uuid import UUID

from eval.synthetic.chart import Chart
from eval.synthetic.demographics import person
from eval.synthetic.distractors import derived
from eval.synthetic.drafts import Draft, Sealed, seal
from eval.synthetic.truth import Distractor, Patient, Statement, Truth

T = TypeVar("T", bound=Truth)
_Found = dict[str, tuple[Statement, ...]]


def sealed_patient(
    rng: Random, played: Chart, drafts: Sequence[Draft], *, modules: tuple[str, ...] = ()
) -> Patient:
    """The patient whose record is these drafts, in order. What no document states is not part of it."""
    uids: dict[str, str] = {}
    sealed = [seal(item, uids.setdefault(item.key, new_uid(rng))) for item in drafts]
    stated = _by_key(pair for item in sealed for pair in item.statements)
    against = _by_key(pair for item in sealed for pair in item.conflicts)
    patient = _patient(rng, played, sealed, stated=stated, against=against)
    planted: tuple[Distractor, ...] = tuple(one for item in sealed for one in item.planted)
    return patient.model_copy(update={"modules": modules, "distractors": (*planted, *derived(patient))})


def new_uid(rng: Random) -> str:
    """A version 4 UUID drawn from `rng`."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def _patient(
    rng: Random, played: Chart, sealed: Sequence[Sealed], *, stated: _Found, against: _Found
) -> Patient:
    acts = played.acts

    def known(truths: Iterable[T]) -> tuple[T, ...]:
        return tuple(
            truth.model_copy(update={"stated": stated[truth.key], "conflict": against.get(truth.key, ())})
            for truth in truths
            if truth.key in stated
        )

    return Patient(
        identity=played.identity,
        story=played.story.name,
        person=person(played.identity, new_uid(rng)),
        problems=known(played.problems),
        allergies=known(played.allergies),
        medications=known(played.medications),
        labs=known(lab for report in played.reports for lab in report.labs),
        vitals=known(vital for taken in played.readings for vital in taken.vitals),
        procedures=known(acts.procedures),
        imaging=known(acts.imaging),
        stays=known(played.stays),
        devices=known(acts.devices),
        immunisations=known(acts.immunisations),
        family=known(acts.family),
        notes=known(acts.notes),
        pending=known(acts.pending),
        transfusions=known(acts.transfusions),
        microbiology=known(acts.microbiology),
        documents=tuple(item.document for item in sealed),
    )


def _by_key(pairs: Iterable[tuple[str, Statement]]) -> _Found:
    found: defaultdict[str, list[Statement]] = defaultdict(list)
    for key, statement in pairs:
        if statement not in found[key]:
            found[key].append(statement)
    return {key: tuple(statements) for key, statements in found.items()}
