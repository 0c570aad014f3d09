"""Which cases go through the model: the pool that facts leave open, and a fixed stratified sample of it.

The sample depends on the ids of the pool alone: cells of suite and stratum share the limit in proportion to
their size, and inside a cell the sha256 of the id decides. Variants of a suite that only mean something
together go or stay together.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eval.cases.case import Case, Output
from eval.runner.tiers import whole_groups

MODEL_WANTED = "model_wanted"
"""Key of an answer asked without the model, where the target could tell whether a model would have been."""
_PROSE = frozenset({"narrative", "joined"})


class Sample(NamedTuple):
    """Ids by suite: what a model could change, what of it is asked with the model, what is left out.

    `left_out` holds the rest of the pool and, where groups are whole, their companions: no observation
    counts them.
    """

    pool: dict[str, tuple[str, ...]]
    asked: dict[str, tuple[str, ...]]
    left_out: dict[str, tuple[str, ...]]


def model_could_change(case: Case, output: Output | None) -> bool:
    """Whether a language model might answer otherwise than what came back without it.

    A target that knows says so in the answer; else an abstention that only says `not_verified`, or
    `not_in_record` on prose, counts as open. An error stays what it is.
    """
    if case.needs_model is not None:
        return case.needs_model
    if output is None or output.error is not None:
        return False
    told = [answer[MODEL_WANTED] for answer in output.answers if MODEL_WANTED in answer]
    if told:
        return any(told)
    answer = output.answer or {}
    if answer.get("status") == "error":
        return answer.get("reason") == "model_unavailable"
    if answer.get("status") != "abstained":
        return False
    in_prose = case.strata.get("stratum") in _PROSE
    return answer.get("reason") == "not_verified" or (answer.get("reason") == "not_in_record" and in_prose)


def draw(cases: Mapping[str, Sequence[Case]], pool: Mapping[str, Sequence[str]], *, limit: int) -> Sample:
    """Draw at most `limit` cases of the pool (0: all); what a whole group leaves of a share goes to others.

    `cases` are all cases by suite, `pool` the ids that a model could change.
    """
    wanted = {suite: set(ids) for suite, ids in pool.items()}
    units = _units(cases, wanted)
    total = sum(len(unit) for members in units.values() for unit in members)
    shares = _shares({cell: sum(map(len, members)) for cell, members in units.items()}, limit or total)
    asked: defaultdict[str, list[str]] = defaultdict(list)
    passed_over: list[tuple[str, list[str]]] = []
    unused = 0
    for cell, members in units.items():
        left = shares[cell]
        for unit in members:
            if len(unit) <= left:
                asked[cell[0]] += unit
                left -= len(unit)
            else:
                passed_over.append((cell[0], unit))
        unused += left
    for suite, unit in sorted(passed_over, key=lambda item: _draw_key(item[1][0])):
        if len(unit) <= unused:
            asked[suite] += unit
            unused -= len(unit)
    chosen = {suite: _in_order(cases[suite], set(asked[suite])) for suite in cases}
    return Sample(
        pool={suite: _in_order(items, wanted.get(suite, set())) for suite, items in cases.items()},
        asked=chosen,
        left_out={
            suite: _left_out(suite, items, wanted.get(suite, set()) - set(chosen[suite]))
            for suite, items in cases.items()
        },
    )


def weights(suite: str, cases: Sequence[Case], sample: Sample) -> dict[str, float]:
    """How many cases each drawn case stands for; those that facts close are not here: they stand for one.

    Without it the figures of a suite would lean to what facts answer. A cell of which nothing was drawn is
    represented by nothing: what is left out of a suite is told beside its figures.
    """
    pool, drawn = set(sample.pool.get(suite, ())), set(sample.asked.get(suite, ()))
    grouped = {case.id: case.group for case in cases if case.group} if suite in whole_groups() else {}
    opened = {grouped.get(case.id, case.id) for case in cases if case.id in pool}
    taken = {grouped.get(case.id, case.id) for case in cases if case.id in drawn}
    cells: defaultdict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for case in cases:
        unit, stratum = grouped.get(case.id, case.id), "" if grouped else case.strata.get("stratum", "")
        if unit in opened:
            cells[stratum][0].add(unit)
        if unit in taken:
            cells[stratum][1].add(unit)
    found = {}
    for case in cases:
        unit, stratum = grouped.get(case.id, case.id), "" if grouped else case.strata.get("stratum", "")
        if unit in taken:
            of, by = cells[stratum]
            found[case.id] = len(of) / len(by)
    return found


Cell = tuple[str, str]


def _units(
    cases: Mapping[str, Sequence[Case]], wanted: Mapping[str, set[str]]
) -> dict[Cell, list[list[str]]]:
    """The pool by suite and stratum, as units that go together, in the order of their sha256."""
    grouped: defaultdict[Cell, defaultdict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for suite in sorted(cases):
        whole = suite in whole_groups()
        for case in cases[suite]:
            if case.id in wanted.get(suite, ()):
                unit = case.group if whole and case.group else case.id
                stratum = "" if whole else case.strata.get("stratum", "")
                grouped[suite, stratum][unit].append(case.id)
    return {cell: [units[name] for name in sorted(units, key=_draw_key)] for cell, units in grouped.items()}


def _draw_key(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _shares(sizes: Mapping[Cell, int], limit: int) -> dict[Cell, int]:
    """Share `limit` in proportion to the sizes, by largest remainder; never more than there is."""
    total = sum(sizes.values())
    if total <= limit:
        return dict(sizes)
    exact = {cell: size * limit / total for cell, size in sizes.items()}
    shares = {cell: int(value) for cell, value in exact.items()}
    rest = limit - sum(shares.values())
    for cell in sorted(exact, key=lambda item: (shares[item] - exact[item], item))[:rest]:
        shares[cell] += 1
    return shares


def _left_out(suite: str, cases: Sequence[Case], open_ids: set[str]) -> tuple[str, ...]:
    if suite not in whole_groups():
        return _in_order(cases, open_ids)
    groups = {case.group for case in cases if case.id in open_ids and case.group}
    return tuple(case.id for case in cases if case.id in open_ids or (case.group and case.group in groups))


def _in_order(cases: Sequence[Case], ids: set[str]) -> tuple[str, ...]:
    return tuple(case.id for case in cases if case.id in ids)
