"""S17: questions on the institution's own protocols, asked of the chat, answered with citations.

The shelf is invented, for tests only, and not for care (`data/protocols.toml`). A target of the capability
`chat` has loaded `shelf()`; it answers `ask` without a patient with the contract's JSON, and an evidence
item's record id is the protocol's id.

correct        1 when the answer says every gold value and cites the protocol that says it
uncited_dose   for each dose said: 1 when no citation of its sentence quotes that dose. A dose is a number
with a unit
               of mass, volume, amount, activity or counted form, alone or by weight, volume or time;
               thresholds in such units count too. An answer that is not there gives one unscored observation.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from importlib.resources import files
from typing import Any

from eval.cases.case import Capability, Case, Observation, Output, Step
from eval.cases.gold import GoldSpan, GoldValue, NumberGold, RecordGold, TermGold
from eval.metrics.citations import base_id
from eval.metrics.numbers import NumberMention, numbers_in
from eval.metrics.units import measure
from eval.metrics.value_match import equals, judge, said_numbers
from eval.suites.base import World
from eval.suites.record_draw import Place, draw
from eval.suites.record_scoring import answer_of, observe, record_gold, unscored
from eval.synthetic.truth import Value

NOTICE = "Document fictif, écrit pour des tests. Ne pas utiliser pour soigner."
MANY = 2
_RECAP = "Récapitulez les doses et les seuils chiffrés du point {number} du protocole « {title} »."
SHARES = {"dose": 0.5, "other": 0.18, "recap": 0.32}
DOSED = frozenset({"mass", "volume", "amount", "activity"})


class Protocol(Value):
    """One protocol of the shelf, as a chat's library would hold it. `text` opens with the notice."""

    id: str
    title: str
    text: str


class Protocols(Value):
    """The suite; see the module."""

    id: str = "S17"
    title: str = "Protocoles de l’établissement"
    capability: Capability = "chat"
    answers_of: str | None = None

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:  # noqa: ARG002 - the same in any world
        """Questions spread over protocols, dose questions first in proportion."""
        return draw(questions(), wanted, place=_place, shares=SHARES)

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """`correct` for every case, `uncited_dose` for every dose said."""
        return [one for case in cases for one in _observed(case, answer_of(case, outputs))]


def suite() -> Protocols:
    """S17."""
    return Protocols()


def shelf() -> tuple[Protocol, ...]:
    """The protocols that a chat must have loaded before it is asked."""
    return tuple(
        Protocol(
            id=item["id"], title=item["title"], text=f"{NOTICE}\n{item['title']}\n{item['text'].strip()}\n"
        )
        for item in _data()
    )


def questions() -> tuple[Case, ...]:
    """Every question, protocol by protocol; then, for each paragraph of two doses or more, all its doses."""
    asked = [
        _case(item["id"], number, asked)
        for item in _data()
        for number, asked in enumerate(item["question"], start=1)
    ]
    return (*asked, *(case for item in _data() for case in _recaps(item)))


def _recaps(item: Mapping[str, Any]) -> Iterator[Case]:
    """A dose by day is left out: an answer may say it with or without the day."""
    for paragraph in item["text"].strip().splitlines():
        number, _, words = paragraph.partition(". ")
        found = [one for one in numbers_in(words) if is_dose(one) and "/d" not in one.unit]
        values = tuple(dict.fromkeys(NumberGold(value=one.value, unit=one.unit) for one in found))
        if len(values) >= MANY:
            text = _RECAP.format(number=number, title=item["title"])
            yield _asked(item["id"], f"p{number}", text, values, at=words, family="recap")


def gold_value(written: str) -> GoldValue:
    """`0,5 mg` is a number with its unit, anything else words with alternatives between bars."""
    found = numbers_in(written)
    if len(found) == 1 and (found[0].start, found[0].unit_end) == (0, len(written)) and not found[0].word:
        return NumberGold(value=found[0].value, unit=found[0].unit)
    return TermGold(forms=tuple(written.split("|")))


def is_dose(mention: NumberMention) -> bool:
    """Whether a number is a dose: see the module."""
    given = measure(mention.unit.partition("/")[0]) if mention.unit else None
    named = {name for name, _ in given.dimensions} if given else set()
    return any(name in DOSED or name.startswith("{") for name in named)


def uncited_doses(answer: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Every dose that an answer says, as written, and whether no citation of its sentence quotes it."""
    quotes = {
        str(item.get("id")): str((item.get("locator") or {}).get("quote", ""))
        for item in answer.get("evidence") or ()
        if isinstance(item, Mapping)
    }
    for sentence in answer.get("sentences") or ():
        text = str(sentence.get("text", ""))
        cited = [quotes.get(str(label), "") for label in sentence.get("citations") or ()]
        stated = [mention for quote in cited for mention in numbers_in(quote)]
        for mention in said_numbers(text):
            if is_dose(mention):
                gold = NumberGold(value=mention.value, unit=mention.unit, tolerance=Decimal(0))
                quoted = any(equals(other, gold) and other.unit for other in stated)
                yield text[mention.start : mention.unit_end], not quoted


def _data() -> list[dict[str, Any]]:
    told = tomllib.loads(files("eval.suites.data").joinpath("protocols.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = told["protocol"]
    return found


def _case(protocol: str, number: int, asked: Mapping[str, Any]) -> Case:
    values = tuple(gold_value(written) for written in asked["gold"])
    dosed = any(is_dose(mention) for written in asked["gold"] for mention in numbers_in(written))
    family = "dose" if dosed else "other"
    return _asked(protocol, f"{number:02d}", asked["q"], values, at=asked["at"], family=family)


def _asked(
    protocol: str, number: str, text: str, values: tuple[GoldValue, ...], *, at: str, family: str
) -> Case:
    known = tuple(NumberGold(value=one.value, unit=one.unit) for one in numbers_in(at))
    return Case(
        id=f"S17-{protocol}-{number}",
        suite="S17",
        steps=(Step(text=text),),
        gold=RecordGold(all_of=values, spans=(GoldSpan(record_id=protocol, words=at),), known=known),
        strata={"family": family, "protocol": protocol},
        origin=protocol,
    )


def _place(case: Case) -> Place:
    family, protocol = case.strata["family"], case.strata["protocol"]
    return Place(id=case.id, bucket=family, family=protocol, kind=protocol, patient=protocol)


def _observed(case: Case, answer: Mapping[str, Any] | None) -> Iterator[Observation]:
    gold = record_gold(case)
    if gold is None:
        yield unscored(case, "correct", "the gold of this case is not about a record", suite="S17")
        return
    if answer is None:
        yield _clustered(observe(case, "correct", 0.0, suite="S17", answer=None, note="no answer"))
        reason = "no answer: nobody knows which doses it would have said"
        yield unscored(case, "uncited_dose", reason, suite="S17")
        return
    told = judge(gold, answer)
    faults = [*told.faults, *(() if _cites(gold, answer) else ("the protocol is not cited",))]
    right = float(told.right and not faults)
    yield _clustered(observe(case, "correct", right, suite="S17", answer=answer, note="; ".join(faults)))
    for literal, missing in uncited_doses(answer):
        note = f"{literal} is not in what is cited" if missing else ""
        yield _clustered(observe(case, "uncited_dose", float(missing), suite="S17", answer=answer, note=note))


def _cites(gold: RecordGold, answer: Mapping[str, Any]) -> bool:
    labels = {str(label) for one in answer.get("sentences") or () for label in one.get("citations") or ()}
    wanted = {span.record_id for span in gold.spans}
    return any(
        str(item.get("id")) in labels
        and base_id(str((item.get("locator") or {}).get("record_id", ""))) in wanted
        for item in answer.get("evidence") or ()
        if isinstance(item, Mapping)
    )


def _clustered(one: Observation) -> Observation:
    """Questions on one protocol are not independent."""
    return one.model_copy(update={"cluster": one.strata["protocol"]})
