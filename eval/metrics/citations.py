"""Citations of an answer against the spans that state its gold (S2).

After ArchEHR-QA (Soni and Demner-Fushman 2025), which scores the sentences an answer cites against those that
annotators called essential (strict) or essential and supplementary (lenient). Here the gold spans are
essential. Strict: the cited item is of the gold record and its quote holds the gold words. Lenient: the cited
item is of a gold record, or its quote states a gold value, wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from eval.cases.gold import GoldSpan, RecordGold
from eval.metrics.plain import plain
from eval.metrics.value_match import says
from eval.synthetic.truth import Value

_HALF = 0.5
_WORD = re.compile(r"\w+(?:[.,]\w+)*")


class Pair(Value):
    """One citation of one sentence. A dangling one is neither strictly nor leniently right."""

    sentence: int
    label: str
    strict: bool
    lenient: bool


class Recalled(Value):
    """Whether one gold value is cited; `value` is its index in `all_of`, None for the answer as a whole."""

    value: int | None
    strict: bool
    lenient: bool


class Citations(Value):
    """Every pair, every gold value that has spans, the dangling labels and the records that are somebody
    else's.
    """

    pairs: tuple[Pair, ...]
    recalled: tuple[Recalled, ...]
    dangling: tuple[str, ...]
    foreign: tuple[str, ...]


def score_citations(
    gold: RecordGold, answer: Mapping[str, Any], *, own_records: Collection[str] | None
) -> Citations:
    """The citations of an answered case. `own_records` are the record ids of the patient; None: not checked.

    Dangling: a label that no evidence item has. Foreign: an item, cited or not, whose record is not the
    patient's: whatever came with the answer was received. Record ids are compared without their version.
    """
    items = dict(_items(answer))
    cited = [(number, label) for number, labels in enumerate(_labels(answer)) for label in labels]
    pairs = tuple(
        Pair(
            sentence=number,
            label=label,
            strict=(item := items.get(label)) is not None and _strict(gold.spans, item),
            lenient=item is not None and _lenient(gold, gold.spans, item),
        )
        for number, label in cited
    )
    used = [items[label] for label in dict.fromkeys(label for _, label in cited) if label in items]
    own = None if own_records is None else {base_id(record) for record in own_records}
    foreign = [] if own is None else [_record(item) for item in items.values() if _record(item) not in own]
    return Citations(
        pairs=pairs,
        recalled=tuple(_recalled(gold, used)),
        dangling=tuple(dict.fromkeys(label for _, label in cited if label not in items)),
        foreign=tuple(dict.fromkeys(foreign)),
    )


def base_id(record_id: str) -> str:
    """A record id without system and version: `uid::system::3` is `uid`."""
    return record_id.partition("::")[0]


def _recalled(gold: RecordGold, used: Sequence[Mapping[str, Any]]) -> Iterator[Recalled]:
    for value in sorted({span.value for span in gold.spans}, key=lambda index: (index is None, index or 0)):
        spans = [span for span in gold.spans if span.value == value]
        strict = any(_strict(spans, item) for item in used)
        yield Recalled(
            value=value, strict=strict, lenient=strict or any(_lenient(gold, spans, item) for item in used)
        )


def _items(answer: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    evidence = answer.get("evidence")
    for item in evidence if isinstance(evidence, list) else []:
        if isinstance(item, Mapping) and isinstance(item.get("id"), str):
            yield item["id"], item


def _labels(answer: Mapping[str, Any]) -> Iterator[list[str]]:
    sentences = answer.get("sentences")
    for sentence in sentences if isinstance(sentences, list) else []:
        labels = sentence.get("citations") if isinstance(sentence, Mapping) else None
        yield [str(label) for label in labels] if isinstance(labels, list) else []


def _locator(item: Mapping[str, Any]) -> Mapping[str, Any]:
    locator = item.get("locator")
    return locator if isinstance(locator, Mapping) else {}


def _record(item: Mapping[str, Any]) -> str:
    return base_id(str(_locator(item).get("record_id", "")))


def _quote(item: Mapping[str, Any]) -> str:
    quote = _locator(item).get("quote")
    return quote if isinstance(quote, str) else ""


def _strict(spans: Sequence[GoldSpan], item: Mapping[str, Any]) -> bool:
    return any(base_id(span.record_id) == _record(item) and holds(_quote(item), span.words) for span in spans)


def _lenient(gold: RecordGold, spans: Sequence[GoldSpan], item: Mapping[str, Any]) -> bool:
    if any(base_id(span.record_id) == _record(item) for span in spans):
        return True
    wanted = [
        gold.all_of[span.value] for span in spans if span.value is not None and span.value < len(gold.all_of)
    ]
    return any(says(_quote(item), value) for value in wanted or (*gold.all_of, *gold.any_of))


def holds(quote: str, words: str) -> bool:
    """Whether a quote holds the gold words, or is itself at least half of them; case, accents, decimal mark
    apart.
    """
    told, wanted = _words(quote), _words(words)
    if not told or not wanted:
        return False
    return _within(wanted, told) or (len(told) >= _HALF * len(wanted) and _within(told, wanted))


def _words(text: str) -> list[str]:
    return [word.replace(",", ".") for word in _WORD.findall(plain(text))]


def _within(few: list[str], many: list[str]) -> bool:
    return any(many[at : at + len(few)] == few for at in range(len(many) - len(few) + 1))
