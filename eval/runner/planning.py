"""From options and suites to what is asked: the hospital, the cases, and what the run is bound to."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import Field

from eval.cases.case import Case
from eval.cases.files import digest, dump, read_cases
from eval.errors import CaseFileError, RunError
from eval.runner.binding import bind, changed
from eval.runner.folder import CASES, RUN, RunPlan, SuitePlan, read_value, write_value, write_whole
from eval.runner.targets import Targets
from eval.runner.tiers import TierPlan, tier_plan
from eval.runner.workspace import documents_digest
from eval.suites.base import Suite, Tier, World
from eval.synthetic.generate import generate
from eval.synthetic.options import evaluation_options
from eval.synthetic.truth import Hospital, Patient, Value

NO_CASES = hashlib.sha256(b"").hexdigest()


class RunOptions(Value):
    """What is asked for on the command line. `patients` replaces the tier's number of patients."""

    out: Path
    tier: Tier
    seed: int
    secret_seed: bool = False
    patients: int | None = Field(default=None, ge=1, le=1000)
    bench: Path | None = None
    templates: tuple[Path, ...] = ()
    cases_file: Path | None = None
    cases_only: bool = False
    open_held_out: bool = False
    at_once: int = Field(default=4, ge=1, le=64)
    use_inspect: bool = True
    timeout_s: float = Field(default=900.0, gt=0)


class Planned(NamedTuple):
    """A run before anything is asked. `cases` are by suite, for those that are asked."""

    plan: RunPlan
    cases: dict[str, tuple[Case, ...]]
    hospital: Hospital


def plan_run(options: RunOptions, suites: Sequence[Suite], targets: Targets) -> Planned:
    """Draw the hospital and the cases. Raises CaseFileError and RunError."""
    tier = tier_plan(options.tier)
    kind = evaluation_options(templates=options.templates, open_held_out=options.open_held_out)
    world = World(
        hospital=generate(options.seed, options.patients or tier.patients, options=kind),
        seed=options.seed,
        bench=options.bench,
        templates=options.templates,
        open_held_out=options.open_held_out,
    )
    own = _site_cases(options.cases_file)
    unknown = sorted(set(own) - {suite.id for suite in suites})
    if unknown:
        raise RunError(f"{options.cases_file}: the run has no suite {unknown[0]}; see --suite")
    rows: list[SuitePlan] = []
    cases: dict[str, tuple[Case, ...]] = {}
    for suite in suites:
        row, drawn = _suite(suite, world, options, tier, targets, own.get(suite.id, ()))
        rows.append(row)
        if drawn:
            cases[suite.id] = drawn
    by_id = {row.suite: row for row in rows}
    rows = [_scored_with(row, by_id) for row in rows]
    hospital = _with_injected(world, suites, cases, tier)
    return Planned(_plan(options, tier, rows, targets, hospital), cases, hospital)


def _suite(
    suite: Suite, world: World, options: RunOptions, tier: TierPlan, targets: Targets, own: tuple[Case, ...]
) -> tuple[SuitePlan, tuple[Case, ...]]:
    reason = _why_not(suite, targets)
    drawn: tuple[Case, ...] = ()
    wanted = 0 if options.cases_only else tier.cases_of(suite.id)
    if suite.answers_of is None and not reason:
        try:
            drawn = (*(suite.cases(world, wanted=wanted) if wanted else ()), *own)
        except CaseFileError as error:
            reason = f"its cases cannot be had: {error}"
        _refuse_twice(drawn)
        if not drawn and not reason:
            reason = f"the tier {options.tier} asks no case of it"
    row = SuitePlan(
        suite=suite.id,
        capability=suite.capability,
        cases=len(drawn),
        case_file_sha256=digest(drawn) if drawn else NO_CASES,
        answers_of=suite.answers_of,
        reason=reason,
    )
    return row, drawn


def _why_not(suite: Suite, targets: Targets) -> str:
    if suite.capability not in targets.capabilities:
        return f"the target {targets.name} cannot do what it needs yet: {suite.capability}"
    if suite.capability == "choose" and not targets.has_model:
        return "it needs a language model, and this run has none"
    return ""


def _scored_with(row: SuitePlan, rows: dict[str, SuitePlan]) -> SuitePlan:
    """A suite that scores another's outputs has that one's cases."""
    if row.answers_of is None or row.reason:
        return row
    other = rows.get(row.answers_of)
    if other is None or other.reason:
        return row.model_copy(update={"reason": f"it scores the answers of {row.answers_of}: not asked here"})
    return row.model_copy(update={"cases": other.cases, "case_file_sha256": other.case_file_sha256})


def _site_cases(path: Path | None) -> dict[str, tuple[Case, ...]]:
    found: dict[str, tuple[Case, ...]] = {}
    for case in read_cases(path) if path else ():
        found[case.suite] = (*found.get(case.suite, ()), case)
    return found


def _refuse_twice(cases: Sequence[Case]) -> None:
    seen: set[str] = set()
    for case in cases:
        if case.id in seen:
            raise CaseFileError(f"the id {case.id} of {case.suite} is used twice: give each case its own")
        seen.add(case.id)


def _with_injected(
    world: World, suites: Sequence[Suite], cases: dict[str, tuple[Case, ...]], tier: TierPlan
) -> Hospital:
    """The hospital with the patients that suites bring: injected records, homonyms, canaries."""
    people: dict[str, Patient] = {who.identity.patient_id: who for who in world.hospital.patients}
    for suite in suites:
        brings = getattr(suite, "patients", None)
        if brings is None or suite.id not in cases:
            continue
        for patient in brings(world, wanted=tier.cases_of(suite.id)):
            known = people.setdefault(patient.identity.patient_id, patient)
            if known != patient:
                raise RunError(f"{suite.id} brings the patient {patient.identity.patient_id} a second time")
    return world.hospital.model_copy(update={"patients": tuple(people.values())})


def _plan(
    options: RunOptions, tier: TierPlan, rows: Sequence[SuitePlan], targets: Targets, hospital: Hospital
) -> RunPlan:
    limit = tier.smaller_model if targets.has_model and targets.smaller_model else tier.through_model
    parts = targets.parts()
    parts |= {f"cases:{row.suite}": row.case_file_sha256 for row in rows if not row.reason}
    parts |= {"records": documents_digest(hospital), "tier": options.tier, "target": targets.name}
    if not options.secret_seed:
        parts["seed"] = str(options.seed)
    binding = bind(parts)
    return RunPlan(
        id=binding.whole[:16],
        target=targets.name,
        tier=options.tier,
        seed=None if options.secret_seed else options.seed,
        binding=binding,
        suites=tuple(rows),
        through_model=limit if targets.has_model else None,
        facts_first=tier.facts_first or not targets.has_model,
        settings={
            "patients": str(len(hospital.patients)),
            "held_out": "open" if options.open_held_out else "closed",
            "at_once": str(options.at_once),
        },
    )


def keep_plan(run: Path, planned: Planned) -> RunPlan:
    """Write the plan and its cases; where there is one already, check that it is the same.

    Raises RunError that names what has changed: outputs of two different things are never mixed.
    """
    former = read_value(run / RUN, RunPlan)
    if former is not None:
        parts = changed(former.binding, planned.plan.binding)
        if parts:
            raise RunError(
                f"{run} was begun with another {', '.join(parts)}: name a new folder for this run, "
                "or go back to what it was begun with"
            )
        return former
    for suite, cases in planned.cases.items():
        write_whole(run / CASES / f"{suite}.jsonl", dump(cases))
    write_value(run / RUN, planned.plan)
    return planned.plan
