"""S8: drafts of letters and summaries against the truth: what they leave out, and what has no support.

omission, critical_omission   for each must-have fact: 1 when no statement says it; a dose counts only in a
                              statement that names its drug
unsupported_sentence          for each statement: 1 when a number, a date, a drug or a denial in it is not
                              true, when it cites nothing, or when most of its words stand nowhere
                              (`eval.metrics.unsupported`)
number_right                  for each number or date: 1 when it is true of the patient

A wrong relation between true words stays unseen: this is a floor, not a proof. Rates of omission and of
unsupported sentences are those of CREOLA (Asgari and others 2025: 3.45 % and 1.47 %), counted by rule, not by
clinicians.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from eval.cases.case import Capability, Case, Observation, Output, Step
from eval.cases.gold import DraftGold, DrugGold, GoldValue, NumberGold, PolarityGold, TermGold
from eval.metrics.numeric_fidelity import text_fidelity
from eval.metrics.plain import plain
from eval.metrics.polarity import polarity
from eval.metrics.unsupported import support
from eval.metrics.value_match import label, says
from eval.suites.base import World
from eval.suites.draft_gold import LETTER, SUMMARY, gold_of, known_of
from eval.suites.draft_reading import Statement, statements
from eval.suites.interleaved import interleaved
from eval.synthetic.truth import Patient, Value

SHARES = {LETTER: 0.7, SUMMARY: 0.3}
ASKED = {LETTER: "Lettre de liaison à la sortie du dernier séjour", SUMMARY: "Synthèse médicale à ce jour"}


class Drafts(Value):
    """The suite; see the module."""

    id: str = "S8"
    title: str = "Brouillons de lettres et de synthèses"
    capability: Capability = "draft"
    answers_of: str | None = None

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """A letter and a summary of each patient at most, about seven letters in ten."""
        made = (
            case
            for patient in world.hospital.patients
            for kind in (LETTER, SUMMARY)
            if (case := _case(patient, world, kind)) is not None
        )
        return interleaved(made, wanted, stratum="kind", shares=SHARES)

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """Every unit of every draft; a draft that is not there leaves everything out and supports nothing."""
        return [one for case in cases for one in _observed(case, outputs.get(case.id))]


def suite() -> Drafts:
    """S8."""
    return Drafts()


def omitted(gold: DraftGold, said: Sequence[Statement]) -> tuple[bool, ...]:
    """For each must-have fact, whether it is left out."""
    return tuple(
        not any(_says(gold, index, one) for one in said) and not _spread(gold, index, said)
        for index in range(len(gold.must_have))
    )


def reasons_against(gold: DraftGold, statement: Statement, known: Sequence[GoldValue]) -> tuple[str, ...]:
    """What speaks against one statement; nothing when it is supported."""
    true = (*known, *gold.must_have)
    told = plain(statement.text)
    forbidden = [
        value
        for value in gold.none_of
        if _may_be_said(value, told) and not _named_in_truth(value, statement, true)
    ]
    found = list(support(statement.text, known=true, quotes=statement.quotes, forbidden=forbidden).reasons)
    for value in known:
        if isinstance(value, PolarityGold):
            said = polarity(statement.text, value.about)
            if said in ("present", "absent") and (said == "present") != value.present:
                found.append(f"it says that {value.about} is {said}")
    return tuple(found)


def _may_be_said(value: GoldValue, told: str) -> bool:
    """A cheap look before the exact one: most drugs of others are nowhere near."""
    return not isinstance(value, DrugGold) or any(plain(name) in told for name in (value.dci, *value.brands))


def _named_in_truth(value: GoldValue, statement: Statement, true: Sequence[GoldValue]) -> bool:
    """Whether the statement names it only inside something true: a combination, a complication of it."""
    for term in true:
        forms = term.forms if isinstance(term, TermGold) else ()
        if isinstance(term, DrugGold) and term != value:
            forms = (term.dci,)
        if any(says(form, value) and says(statement.text, TermGold(forms=(form,))) for form in forms):
            return True
    return False


def _case(patient: Patient, world: World, kind: str) -> Case | None:
    gold = gold_of(patient, world.hospital, kind)
    if gold is None or not gold.must_have:
        return None
    who = patient.identity.patient_id
    known = known_of(patient, world.hospital.today)
    return Case(
        id=f"S8-{who}-{kind}",
        suite="S8",
        steps=(Step(text=ASKED[kind], patient_id=who),),
        gold=gold.model_copy(update={"known": known}),
        patient_id=who,
        strata={"kind": kind},
        origin=patient.story,
    )


def _says(gold: DraftGold, index: int, one: Statement) -> bool:
    value = gold.must_have[index]
    before = gold.must_have[index - 1] if index else None
    if isinstance(before, DrugGold) and _is_dose(value):
        return says(one.whole, before) and says(one.whole, value)
    return says(one.whole, value)


def _is_dose(value: GoldValue) -> bool:
    return isinstance(value, NumberGold) or (isinstance(value, TermGold) and value.forms[0][:1].isdigit())


def _spread(gold: DraftGold, index: int, said: Sequence[Statement]) -> bool:
    """Words may be spread over statements (a diagnosis told in two sentences); doses and drugs may not."""
    value = gold.must_have[index]
    if not isinstance(value, TermGold) or _is_dose(value):
        return False
    return says("\n".join(one.whole for one in said), value)


def _observed(case: Case, output: Output | None) -> Iterator[Observation]:
    gold = case.gold
    if not isinstance(gold, DraftGold):
        yield _one(case, "critical_omission", None, unscored="the gold of this case is not one of drafts")
        return
    draft = output.draft if output is not None and output.error is None else None
    said = statements(draft) if draft is not None else ()
    for index, missing in enumerate(omitted(gold, said)):
        name = label(gold.must_have[index])
        note = f"left out: {name}" if missing else ""
        yield _one(case, "omission", float(missing), note=note)
        if index in gold.critical:
            yield _one(case, "critical_omission", float(missing), note=note)
    if not said:
        yield _one(case, "unsupported_sentence", 1.0, note="no draft")
        yield _one(case, "number_right", 0.0, note="no draft")
    for one in said:
        yield from _of_statement(case, gold, one)


def _of_statement(case: Case, gold: DraftGold, one: Statement) -> Iterator[Observation]:
    reasons = reasons_against(gold, one, gold.known)
    note = f"{one.text} ({'; '.join(reasons)})" if reasons else ""
    yield _one(case, "unsupported_sentence", float(bool(reasons)), note=note)
    checked = text_fidelity(one.text, about=(), known=(*gold.known, *gold.must_have))
    wrong = list(checked.wrong)
    for literal in checked.numbers:
        right = literal not in wrong
        yield _one(case, "number_right", float(right), note="" if right else f"{literal} is not true")


def _one(
    case: Case, measure: str, value: float | None, *, note: str = "", unscored: str | None = None
) -> Observation:
    return Observation(
        suite="S8",
        case_id=case.id,
        measure=measure,
        value=value,
        cluster=case.patient_id or case.id,
        strata=case.strata,
        unscored=unscored,
        note=note,
    )
