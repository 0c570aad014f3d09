"""S10: the same question in other words, with mistakes, in capitals: is it answered as well?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from eval.cases.case import Capability, Case, Observation, Output, Step
from eval.metrics.stability import flips, worst_drop
from eval.suites.base import World
from eval.suites.record_ask import Asked, Reader
from eval.suites.record_cases import asked_of, make, place, read
from eval.suites.record_draw import Place, draw
from eval.suites.record_qa import SHARES, WEIGHTS
from eval.suites.record_scoring import NOT_A_RECORD, answer_of, judged, observe, unscored
from eval.suites.record_variants import other_units, telegraphic, upper, with_typos, without_accents
from eval.suites.record_wordings import Words, pick, say
from eval.synthetic.truth import Value

EACH = 6
"""Cases of a group: the base and five of the six kinds of variant, another one left out each time."""
BASE = "base"
KINDS = ("paraphrase", "accents", "typos", "upper", "unit_style", "telegraphic")


class Stability(Value):
    """The suite; see the module."""

    id: str = "S10"
    title: str = "Stabilité sous reformulation"
    capability: Capability = "ask"
    answers_of: str | None = None

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """Groups of six, whole ones only: the base first."""
        drawn = draw(_bases(self.id, world), wanted // EACH, place=_place, shares=SHARES, weights=WEIGHTS)
        return tuple(case for group in drawn for case in _group(*group))

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """`worst_drop` for each base, `flip` for each variant; a group without both cannot be scored."""
        groups: defaultdict[str, list[Case]] = defaultdict(list)
        for case in cases:
            groups[case.group or case.id].append(case)
        return [found for members in groups.values() for found in self._scored(members, outputs)]

    def _scored(self, members: Sequence[Case], outputs: Mapping[str, Output]) -> Iterator[Observation]:
        bases = [case for case in members if case.strata.get("variant") == BASE]
        others = [case for case in members if case.strata.get("variant") != BASE]
        told = {case.id: judged(case, outputs) for case in members}
        why = None if len(bases) == 1 and others else "a group needs one base and a variant"
        for judgement in told.values():
            why = why or (NOT_A_RECORD if judgement is None else judgement.unscored)
        if why is not None:
            yield unscored(members[0], "worst_drop", why, suite=self.id)
            for case in others:
                yield unscored(case, "flip", why, suite=self.id)
            return
        right = {key: judgement.right for key, judgement in told.items() if judgement is not None}
        base, variants = right[bases[0].id], [right[case.id] for case in others]
        drop = worst_drop(base, variants)
        missed = ", ".join(case.strata.get("variant", case.id) for case in others if not right[case.id])
        answer = answer_of(bases[0], outputs)
        yield observe(bases[0], "worst_drop", drop, suite=self.id, answer=answer, note=missed)
        for case, flip in zip(others, flips(base, variants), strict=True):
            yield observe(case, "flip", flip, suite=self.id, answer=answer_of(case, outputs))


_Base = tuple[Case, Asked, Reader, Words]


def _bases(suite: str, world: World) -> Iterator[_Base]:
    """Questions that can be worded in two ways."""
    readers, words = read(world)
    for reader in readers:
        for asked in asked_of(reader):
            if len(words.ways(asked)) >= 2:
                case = make(suite, asked, reader, words, variant=BASE)
                if case is not None:
                    yield case.model_copy(update={"group": case.id}), asked, reader, words


def _place(base: _Base) -> Place:
    return place(base[0])


def _group(base: Case, asked: Asked, reader: Reader, words: Words) -> Iterator[Case]:
    yield base
    left_out = KINDS[pick(f"{base.id}/left out", len(KINDS))]
    for kind in KINDS:
        if kind == left_out:
            continue
        step = Step(text=_varied(kind, base, asked, reader, words), patient_id=base.patient_id)
        yield base.model_copy(
            update={
                "id": f"{base.id}-{kind}",
                "steps": (step,),
                "strata": {**base.strata, "variant": kind},
            }
        )


def _varied(kind: str, base: Case, asked: Asked, reader: Reader, words: Words) -> str:
    text = base.question
    if kind == "paraphrase":
        return _paraphrase(base, asked, reader, words)
    if kind == "typos":
        return with_typos(text, salt=base.id)
    if kind == "unit_style":
        analyte = asked.analyte
        return other_units(text, unit=reader.analytes[analyte].shown if analyte is not None else None)
    return {"accents": without_accents, "upper": upper, "telegraphic": telegraphic}[kind](text)


def _paraphrase(base: Case, asked: Asked, reader: Reader, words: Words) -> str:
    """Another wording of the same question, with the usual name of what it is about."""
    names = words.names(asked)
    for way in sorted(words.ways(asked), key=lambda way: pick(f"{base.id}/{way.id}", 2**31)):
        text = say(way.template, asked, identity=reader.patient.identity, name=names[0] if names else None)
        if text.casefold() != base.question.casefold() and way.id not in base.origin:
            return text
    return base.question


def suite() -> Stability:
    """S10."""
    return Stability()
