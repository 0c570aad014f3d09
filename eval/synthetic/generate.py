"""The synthetic hospital: patients drawn by seed, their truth, and the documents that state it.

Same seed, same bytes, in any process: every choice comes from `random.Random` seeded with a string, nothing
depends on the clock, on the order of a set or on hashing.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, TypeVar
from uuid import UUID

from eval.synthetic import story as st
from eval.synthetic.chart import Chart, chart
from eval.synthetic.demographics import person
from eval.synthetic.documents import structured
from eval.synthetic.drafts import Draft, Sealed, seal
from eval.synthetic.narratives import narratives
from eval.synthetic.openehr import FACILITY
from eval.synthetic.people import identity
from eval.synthetic.trajectory import Clock
from eval.synthetic.truth import Hospital, Patient, Sex, Statement, Truth

TODAY = date(2026, 3, 2)
T = TypeVar("T", bound=Truth)


def generate(seed: int = 7, patients: int = 12) -> Hospital:
    """The hospital of that seed with that many patients, at least one.

    Patient `i` plays story `i` modulo the number of stories, so a larger hospital contains a smaller one.
    """
    if patients < 1:
        raise ValueError(f"a hospital needs at least one patient, not {patients}")
    analytes, words, names = st.load_analytes(), st.load_templates("letters"), st.load_templates("people")
    stories = {name: st.load_story(name) for name in st.ORDER}
    people = []
    for index in range(patients):
        rng = Random(f"aparte-synthetic/{seed}/{index}")
        story = stories[st.ORDER[index % len(st.ORDER)]]
        sex: Sex = rng.choice(("female", "male")) if story.sex == "any" else story.sex
        sex = "female" if index in (0, 1) else sex
        who = identity(rng, index, sex=sex, age=story.age, today=TODAY, names=names)
        clock = Clock(today=TODAY, shift=rng.randint(0, 20))
        played = chart(rng, story, who, clock=clock, analytes=analytes, index=index)
        people.append(_patient(rng, played, words))
    return Hospital(name=FACILITY, seed=seed, today=TODAY, patients=tuple(people))


def _uid(rng: Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))


def _patient(rng: Random, played: Chart, words: dict[str, Any]) -> Patient:
    drafts = [*structured(rng, played, words), *narratives(rng, played, words)]
    uids: dict[str, str] = {}
    sealed = [seal(item, uids.setdefault(item.key, _uid(rng))) for item in _ordered(drafts)]
    stated = _statements(sealed)
    acts = played.acts
    return Patient(
        identity=played.identity,
        story=played.story.name,
        person=person(played.identity, _uid(rng)),
        problems=_stated(played.problems, stated),
        allergies=_stated(played.allergies, stated),
        medications=_stated(played.medications, stated),
        labs=_stated([lab for report in played.reports for lab in report.labs], stated),
        vitals=_stated([vital for taken in played.readings for vital in taken.vitals], stated),
        procedures=_stated(acts.procedures, stated),
        imaging=_stated(acts.imaging, stated),
        stays=_stated(played.stays, stated),
        devices=_stated(acts.devices, stated),
        immunisations=_stated(acts.immunisations, stated),
        family=_stated(acts.family, stated),
        notes=_stated(acts.notes, stated),
        pending=_stated(acts.pending, stated),
        documents=tuple(item.document for item in sealed),
    )


def _ordered(drafts: Sequence[Draft]) -> list[Draft]:
    """Oldest first; nothing is dated after today."""
    kept = [item for item in drafts if item.when.date() < TODAY + timedelta(days=1)]
    return sorted(kept, key=lambda item: (item.when, item.key, item.version))


def _statements(sealed: Sequence[Sealed]) -> dict[str, tuple[Statement, ...]]:
    found: defaultdict[str, list[Statement]] = defaultdict(list)
    for item in sealed:
        for key, statement in item.statements:
            if statement not in found[key]:
                found[key].append(statement)
    return {key: tuple(statements) for key, statements in found.items()}


def _stated(truths: Sequence[T], stated: dict[str, tuple[Statement, ...]]) -> tuple[T, ...]:
    """The truths with their statements; what no document states is not part of the patient."""
    return tuple(
        truth.model_copy(update={"stated": stated[truth.key]}) for truth in truths if truth.key in stated
    )
