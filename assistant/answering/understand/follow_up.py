"""Follow-up: what a question leaves to the one before it (« et le sodium ? », « et avant ? »).

A follow-up becomes a whole question, in words, and is then read like any other. What stands on its own is
left as it is: better no help than a question that nobody asked. Words and patterns are data
(`follow_up.toml`).
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from assistant.answering.understand.patterns import cues, flatten
from assistant.answering.understand.periods import find_period
from assistant.answering.understand.question import understand
from retrieval.frozen import Frozen
from retrieval.terminology.concept import Concept
from retrieval.terminology.dates import day_range
from retrieval.terminology.lexicon import Lexicon
from retrieval.terminology.words import words_of

_LEFT = frozenset({"summary", "open", "advice", "general", "write"})
"""Intents that need no thing to be about."""


class Earlier(Frozen):
    """The question before, as it was understood, and the days of what its answer cited (ISO 8601)."""

    question: str
    days: tuple[str, ...] = ()


def resolved(question: str, earlier: Earlier | None, *, lexicon: Lexicon, today: date) -> str:
    """Return the question as a whole one; unchanged where it stands on its own. Never raises."""
    if earlier is None or len(words_of(question)) > _rules().longest:
        return question
    own = _spans(question, lexicon)
    theirs = _spans(earlier.question, lexicon)
    if not theirs:
        return question
    for step in (_before, _other_thing, _other_time, _other_matter):
        made = step(_Turn(question, earlier, own, theirs, lexicon, today))
        if made is not None:
            return made
    return question


class _Span(NamedTuple):
    start: int
    end: int
    group: str


class _Turn(NamedTuple):
    question: str
    earlier: Earlier
    own: tuple[_Span, ...]
    theirs: tuple[_Span, ...]
    lexicon: Lexicon
    today: date


def _before(turn: _Turn) -> str | None:
    """« Et avant ? »: the same, up to the day before what was cited; of a drug, on that day."""
    days = [first for each in turn.earlier.days if (first := _first_day(each)) is not None]
    if turn.own or not days or not _rules().before.fullmatch(flatten(turn.question)):
        return None
    english = _rules().english.search(flatten(turn.question)) is not None
    when = f"before {min(days):%Y-%m-%d}" if english else f"avant le {min(days):%d/%m/%Y}"
    if turn.theirs[0].group == "drug":
        eve = min(days) - timedelta(days=1)
        when = f"on {eve:%Y-%m-%d}" if english else f"le {eve:%d/%m/%Y}"
    return f"{_untimed(turn.earlier.question, turn.today)} {when} ?"


def _other_thing(turn: _Turn) -> str | None:
    """« Et le sodium ? »: the same of another thing of the kind, at another time if one is named."""
    if not turn.own or not _is_bare(turn):
        return None
    alike = [span for span in turn.theirs if span.group == turn.own[0].group]
    if not alike:
        return None
    named = turn.question[turn.own[0].start : turn.own[-1].end]
    text = turn.earlier.question
    made = text[: alike[0].start] + named + text[alike[-1].end :]
    if find_period(turn.question, today=turn.today) is None:
        return made
    beside = turn.question[: turn.own[0].start] + turn.question[turn.own[-1].end :]
    return f"{_untimed(made, turn.today)} {_led(beside)} ?"


def _other_time(turn: _Turn) -> str | None:
    """« Et en 2023 ? »: the same at another time."""
    if turn.own or find_period(turn.question, today=turn.today) is None or not _is_bare(turn):
        return None
    return f"{_untimed(turn.earlier.question, turn.today)} {_led(turn.question)} ?"


def _other_matter(turn: _Turn) -> str | None:
    """« Depuis quand ? »: something else of the same thing."""
    if turn.own:
        return None
    asked = understand(turn.question, lexicon=turn.lexicon, today=turn.today)
    if not _rules().matter.issuperset(asked.terms) or asked.ambiguous:
        return None
    if asked.intents[0] in _LEFT and not (asked.intents[0] == "open" and cues(turn.question)):
        return None
    things = ", ".join(turn.earlier.question[span.start : span.end] for span in turn.theirs)
    return f"{turn.question.strip()} ({things})"


def _untimed(question: str, today: date) -> str:
    """The question without the time that it names, and without its mark."""
    period = find_period(question, today=today)
    kept = question if period is None else question[: period.start] + question[period.end :]
    return " ".join(kept.split()).rstrip(" ?")


def _led(text: str) -> str:
    """The text without the word that leads on, and without its mark."""
    return " ".join(_rules().lead.sub("", text.strip()).split()).rstrip(" ?")


def _is_bare(turn: _Turn) -> bool:
    """Whether nothing is said but a thing, a time and small words."""
    text = turn.question
    period = find_period(text, today=turn.today)
    spans = [(span.start, span.end) for span in turn.own]
    spans += [(period.start, period.end)] if period else []
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return all(word in _rules().small for word in flatten(text).replace("?", " ").split())


def _spans(text: str, lexicon: Lexicon) -> tuple[_Span, ...]:
    mentions = lexicon.mentions(text, lenient=True)
    return tuple(_Span(each.start, each.end, _group(each.concept)) for each in mentions)


def _group(concept: Concept) -> str:
    """What may stand in for what: any measure for any other, any drug for any other."""
    if concept.kind == "topic" and concept.members:
        return "measure"
    return _rules().groups.get(concept.key) or _rules().groups.get(concept.kind) or concept.kind


def _first_day(iso: str) -> date | None:
    days = day_range(iso)
    return days[0] if days else None


class _Rules(NamedTuple):
    longest: int
    before: re.Pattern[str]
    lead: re.Pattern[str]
    english: re.Pattern[str]
    matter: frozenset[str]
    small: frozenset[str]
    groups: dict[str, str]


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    path = files("assistant.answering.understand").joinpath("follow_up.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    return _Rules(
        longest=data["longest"],
        before=re.compile(data["before"]),
        lead=re.compile(data["lead"], re.IGNORECASE),
        english=re.compile(data["english"]),
        matter=frozenset(data["matter"]),
        small=frozenset(data["small"]),
        groups={name: group for group, names in data["groups"].items() for name in names},
    )
