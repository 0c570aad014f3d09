"""Facts that were read from prose: which may stand beside the structured ones, and how an answer says so.

Structured facts come first: what prose says of a kind that the record states as data is left to the quotes of
prose, because a list would tell it twice. Prose fills a kind that the record does not have as data. On the
subjects of safety both are kept, since one may contradict the other (docs/narrative.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.answering.compose.result import FactsAnswer, FactSentence
from assistant.answering.rendering import Language, typography, value_text
from retrieval.fact import Fact, FactKind
from retrieval.folding import fold
from retrieval.moments import order_of
from retrieval.terminology.lexicon import Lexicon

_SAFETY_KINDS: frozenset[FactKind] = frozenset({"allergy", "device"})
_BLOOD_GROUP = "topic:blood_group"
_SAFETY_TOPICS = frozenset({"topic:pregnancy", _BLOOD_GROUP, "topic:care_limitation", "topic:mdr_bacteria"})
_MEASURES: frozenset[FactKind] = frozenset({"laboratory", "vital_sign"})
_NEVER: frozenset[FactKind] = frozenset({"plan", "generic", "narrative"})
"""Kinds of which a statement of prose fills nothing, the topics of safety apart."""
_GROUP = re.compile(r"\b(ab|a|b|o) ?(?:rh(?:esus)? ?)?(?:d ?)?([+-]|positif|negatif|pos\b|neg\b)")
_MARK: dict[Language, tuple[str, str]] = {
    "fr": ("d’après le texte", "en partie d’après le texte"),
    "en": ("read from the text", "partly read from the text"),
}
"""How a sentence says that all, or some, of what it rests on was read from prose."""
_INCOMPLETE: dict[Language, str] = {
    "fr": " ; liste peut-être incomplète",
    "en": "; the list may be incomplete",
}


def filled(facts: Sequence[Fact], *, lexicon: Lexicon) -> tuple[Fact, ...]:
    """Return all structured facts, and of the extracted ones those that say what no structured fact says.

    A statement repeated from document to document is kept once: the newest.
    """
    structured = [fact for fact in facts if not fact.extracted]
    kinds = {fact.kind for fact in structured}
    named = {_claim(fact, key) for fact in structured for key in _keys(fact, lexicon)}
    kept: dict[tuple[object, ...], Fact] = {}
    for fact in sorted((f for f in facts if f.extracted), key=lambda each: order_of(each.effective)):
        if _admitted(fact, kinds, named, lexicon):
            kept[_same(fact, lexicon)] = fact
    chosen = {fact.id for fact in (*structured, *kept.values())}
    return tuple(fact for fact in facts if fact.id in chosen)


def marked(answer: FactsAnswer, *, language: Language, listed: bool = False) -> FactsAnswer:
    """Say of each sentence that rests on prose that it does, and let structured facts speak first.

    Of a list (`listed`) the last such sentence says that the list may lack something, since reading prose
    misses some. What is present stays before what denies it. A list or a yes that rests on prose does not
    close the question: prose is read further, because its reading may have missed something.
    """
    used = [fact for sentence in answer.sentences for fact in sentence.facts]
    if not any(fact.extracted for fact in used):
        return answer
    ordered = sorted(answer.sentences, key=_order)
    closes = all(fact.kind in _MEASURES for fact in used if fact.extracted)
    read = [place for place, each in enumerate(ordered) if any(fact.extracted for fact in each.facts)]
    last = read[-1] if listed and not closes else None
    told = tuple(_told(each, language, last=place == last) for place, each in enumerate(ordered))
    return answer.model_copy(update={"sentences": told, "complete": answer.complete and closes})


def _order(sentence: FactSentence) -> tuple[bool, bool]:
    return (
        all(fact.certainty == "absent" for fact in sentence.facts),
        all(fact.extracted for fact in sentence.facts),
    )


def _told(sentence: FactSentence, language: Language, *, last: bool) -> FactSentence:
    read = [fact.extracted for fact in sentence.facts]
    if not any(read):
        return sentence
    words = _MARK[language][0 if all(read) else 1]
    words = typography(f"{words}{_INCOMPLETE[language]}", language=language) if last else words
    body = sentence.text.rstrip()
    end = "." if body.endswith(".") else ""
    return FactSentence(f"{body.removesuffix('.')} ({words}){end}", sentence.facts)


def _admitted(fact: Fact, kinds: Iterable[FactKind], named: set[tuple[str, ...]], lexicon: Lexicon) -> bool:
    keys = _keys(fact, lexicon)
    if fact.kind in _SAFETY_KINDS or keys & _SAFETY_TOPICS:
        return fact.certainty != "suspected" and not any(_claim(fact, key) in named for key in keys)
    if fact.kind in _NEVER or fact.kind in kinds or fact.certainty == "suspected":
        return False
    if fact.kind in _MEASURES or fact.kind in ("procedure", "imaging"):
        return fact.effective is not None
    return fact.certainty == "present" or fact.kind == "social_history"


def _claim(fact: Fact, key: str) -> tuple[str, ...]:
    """What a statement says of a key. Of a topic of safety also in which words: another group, another germ
    or a newer pregnancy is no repetition.
    """
    said: tuple[str, ...] = ()
    if key == _BLOOD_GROUP:
        said = (_group_of(fact),)
    elif key in _SAFETY_TOPICS:
        said = (fold(fact.label), fold(value_text(fact.value)), fact.effective or "")
    return (fact.kind, key, fact.certainty, *said)


def _group_of(fact: Fact) -> str:
    """The blood group with its rhesus, in one spelling; the words themselves where it cannot be read."""
    words = fold(f"{fact.label} {value_text(fact.value)}")
    found = _GROUP.search(words)
    return f"{found[1]}{'+' if found[2] in ('+', 'positif', 'pos') else '-'}" if found else words


def _keys(fact: Fact, lexicon: Lexicon) -> frozenset[str]:
    return lexicon.label_keys(fact.label) or frozenset({fold(fact.label)})


def _same(fact: Fact, lexicon: Lexicon) -> tuple[object, ...]:
    """What makes two statements of prose one: of a measure its value and day too, of a blood group itself."""
    keys = _keys(fact, lexicon)
    measured = (str(fact.value), fact.effective) if fact.kind in _MEASURES else ()
    dated = (fact.effective,) if fact.kind in ("procedure", "imaging") else ()
    if _BLOOD_GROUP in keys:
        measured = (_group_of(fact), "")
    return (fact.kind, keys, fold(fact.label), fact.certainty, fact.status, *measured, *dated)
