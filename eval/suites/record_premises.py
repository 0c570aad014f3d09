"""False premises on acts, problems, allergies, relatives and stays; see `record_missing`."""

from __future__ import annotations

from collections.abc import Iterator

from eval.cases.gold import PolarityGold
from eval.metrics.plain import plain
from eval.suites.record_ask import Asked, Reader, stratum_of, term
from eval.suites.record_missing import NO, Pair, Ward, corrected, question
from eval.synthetic.truth import Device, Procedure


def other_facts(ward: Ward, reader: Reader, number: int) -> Iterator[Pair]:
    """The wrong side, an absent problem, an allergy that is another's, what only a relative had, a ward."""
    sided: list[Procedure | Device] = [*reader.patient.procedures, *reader.patient.devices]
    for item in sided:
        if item.side is not None:
            other = "gauche" if item.side == "droite" else "droit"
            right = term("droite", "droit") if item.side == "droite" else term("gauche")
            gold = corrected(reader, right, spans=reader.spans(item.stated))
            key, slots = item.key.replace("/", "-"), {"label": item.label, "other": other}
            asked = question(
                "premise.wrong_side", key, "wrong_side", gold=gold, stratum="structured", slots=slots
            )
            yield Pair(
                "premise", asked, reader, _mine(ward, reader, "procedure_date", item.key.partition("/")[2])
            )
    for problem in reader.patient.problems:
        if problem.certainty == "absent":
            about = PolarityGold(present=False, about=problem.label)
            gold = corrected(reader, about, term(problem.short), NO, spans=reader.spans(problem.stated))
            label = problem.label[0].lower() + problem.label[1:]
            asked = question(
                "premise.absent_since", problem.key.partition("/")[2], "absent_problem", gold=gold,
                stratum=stratum_of(problem.stated), slots={"label": label},
            )  # fmt: skip
            yield Pair("premise", asked, reader, ward.twin("since", _since_of(ward, number), number))
    yield from _allergies(ward, reader, number)
    yield from _relatives(ward, reader)
    yield from _wards(ward, reader, number)


def _mine(ward: Ward, reader: Reader, kind: str, key: str) -> tuple[Asked, Reader] | None:
    pairs = ward.answerable.get((kind, f"{reader.patient.story}/{key}"), [])
    return next((pair for pair in pairs if pair[1] is reader), None)


def _since_of(ward: Ward, number: int) -> str:
    about = [about for kind, about in ward.answerable if kind == "since"]
    return about[number % len(about)] if about else ""


def _allergies(ward: Ward, reader: Reader, number: int) -> Iterator[Pair]:
    every = {
        item.substance: (other, item)
        for other in ward.readers
        for item in other.patient.allergies
        if item.certainty == "confirmed"
    }
    for substance, (other, item) in every.items():
        if ward.lacks_words(reader, substance):
            gold = corrected(reader, NO, or_abstain=True)
            key, slots = plain(substance).replace(" ", "-"), {"substance": substance.lower()}
            asked = question(
                "premise.allergic_since", key, "not_allergic", gold=gold, stratum="narrative", slots=slots,
                critical="allergy",
            )  # fmt: skip
            about = f"{other.patient.story}/{item.key.partition('/')[2]}"
            yield Pair("premise", asked, reader, ward.twin("reaction", about, number))


def _relatives(ward: Ward, reader: Reader) -> Iterator[Pair]:
    own = [plain(item.label) for item in reader.patient.problems]
    for item in reader.patient.family:
        stem = plain(item.condition).split(" ")[0]
        if any(stem in label for label in own):
            continue
        gold = corrected(reader, term(item.relation), NO, spans=reader.spans(item.stated), or_abstain=True)
        key, slots = item.key.partition("/")[2], {"condition": item.condition.lower()}
        asked = question(
            "premise.relative_not_patient", key, "relative", gold=gold, stratum="structured", slots=slots
        )  # fmt: skip
        yield Pair("premise", asked, reader, _mine(ward, reader, "relative", key))


def _wards(ward: Ward, reader: Reader, number: int) -> Iterator[Pair]:
    mine = {stay.ward for stay in reader.patient.stays}
    wards = sorted({stay.ward for other in ward.readers for stay in other.patient.stays} - mine)
    for place, name_of in enumerate(wards):
        if (place + number) % 4 == 0 and ward.lacks_words(reader, name_of):
            gold = corrected(reader, NO, or_abstain=True)
            slots = {"ward": name_of.lower()}
            key = plain(name_of).replace(" ", "-")
            asked = question(
                "premise.no_stay", key, "no_stay", gold=gold, stratum="narrative", slots=slots
            )  # fmt: skip
            stays = [stay.key.partition("/")[2] for stay in reader.patient.stays]
            twin = _mine(ward, reader, "stay_reason", stays[-1]) if stays else None
            yield Pair("premise", asked, reader, twin)


KINDS = (other_facts,)
