"""S18: does the guard of the chat see that a pasted French text identifies somebody, and does it leave others
alone?

An entity is found when every letter and digit of it lies in reported stretches, whatever their label: what
matters is that the person is warned. A stretch counts only when at least half of its own letters and digits
belong to entities, so that reporting a whole text finds nothing. On ordinary texts every reported stretch is
a false alarm. AP-HP's de-identification pipeline reports .91 to .99 by label (Tannier and others 2024), by
token, on real notes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from eval.cases.case import Capability, Case, Observation, Output, Step
from eval.cases.gold import Entity, IdentityGold
from eval.suites.base import World
from eval.suites.identity_texts import held_half, lines
from eval.suites.interleaved import interleaved
from eval.synthetic.truth import Value

OWN_SHARE = 0.5
SHARES = {"identifying": 0.72, "ordinary": 0.28}


class IdentityGuard(Value):
    """The suite; see the module."""

    id: str = "S18"
    title: str = "Garde d’identité de la discussion"
    capability: Capability = "identify"
    answers_of: str | None = None

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """Texts of the open half, or of both for a report: about seven in ten identify somebody."""
        every = [*identifying(), *ordinary()]
        kept = [case for case in every if world.open_held_out or not case.held_out]
        return interleaved(kept, wanted, stratum="text", shares=SHARES)

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """`found` for each entity, `false_alarm` (a count) for each ordinary text; an error finds nothing."""
        return [one for case in cases for one in _observed(case, outputs.get(case.id))]


def suite() -> IdentityGuard:
    """S18."""
    return IdentityGuard()


def identifying() -> tuple[Case, ...]:
    """Every text that identifies somebody, both halves."""
    return tuple(
        _case(line.id, line.text, IdentityGold(entities=line.entities), held=line.held, origin=line.template)
        for line in lines()
    )


def ordinary() -> tuple[Case, ...]:
    """Every text that identifies nobody, both halves."""
    told = tomllib.loads(files("eval.suites.data").joinpath("ordinary_texts.toml").read_text("utf-8"))
    return tuple(
        _case(f"{trap}-{number:02d}", text, IdentityGold(ordinary=True), held=held_half(text), origin=trap)
        for trap, texts in told["texts"].items()
        for number, text in enumerate(texts)
    )


def found_of(text: str, gold: Sequence[Entity], found: Sequence[Mapping[str, Any]]) -> tuple[bool, ...]:
    """For each entity, whether the reported stretches cover it. What is malformed covers nothing."""
    own = {at for entity in gold for at in range(entity.start, entity.end)}
    covered: set[int] = set()
    for start, end in _stretches(found, len(text)):
        said = {at for at in range(start, end) if text[at].isalnum()}
        if said and len(said & own) >= OWN_SHARE * len(said):
            covered |= said
    return tuple(
        all(at in covered for at in range(entity.start, entity.end) if text[at].isalnum()) for entity in gold
    )


def _stretches(found: Sequence[Mapping[str, Any]], length: int) -> Iterator[tuple[int, int]]:
    for item in found:
        start, end = item.get("start"), item.get("end")
        if isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= length:
            yield start, end


def _case(name: str, text: str, gold: IdentityGold, *, held: bool, origin: str) -> Case:
    kind = "ordinary" if gold.ordinary else "identifying"
    return Case(
        id=f"S18-{name}",
        suite="S18",
        steps=(Step(text=text),),
        gold=gold,
        strata={"text": kind, "half": "held_out" if held else "open"},
        held_out=held,
        needs_model=False,
        origin=origin,
    )


def _observed(case: Case, output: Output | None) -> Iterator[Observation]:
    gold = case.gold
    failed = output is None or output.error is not None
    if not isinstance(gold, IdentityGold):
        yield _one(case, "found", None, unscored="the gold of this case is not one of identities")
        return
    reported = () if output is None or failed else output.found
    if gold.ordinary:
        yield _one(case, "false_alarm", 1.0 if failed else float(len(reported)), note=_told(case, reported))
        return
    text = case.question
    for entity, seen in zip(gold.entities, found_of(text, gold.entities, reported), strict=True):
        note = "" if seen else f"not found: {text[entity.start : entity.end]}"
        yield _one(case, "found", float(seen), label=entity.label, note=note)


def _one(
    case: Case,
    measure: str,
    value: float | None,
    *,
    label: str = "",
    note: str = "",
    unscored: str | None = None,
) -> Observation:
    """The bootstrap's unit is the template: lines of one template share their words."""
    return Observation(
        suite=case.suite,
        case_id=case.id,
        measure=measure,
        value=value,
        cluster=case.origin if measure == "found" else case.id,
        strata=case.strata | ({"label": label} if label else {}),
        unscored=unscored,
        note=note,
    )


def _told(case: Case, reported: Sequence[Mapping[str, Any]]) -> str:
    words = [case.question[start:end] for start, end in _stretches(reported, len(case.question))]
    return f"reported: {', '.join(words)}" if words else ""
