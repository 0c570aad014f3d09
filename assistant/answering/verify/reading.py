"""Reading: one sentence or one line of a source, with everything that a check compares.

A source is an evidence item. A fact gives one statement, typed; a passage gives one a sentence, with the
concepts of its headings as context. Relative dates count from the day of the document in a source, and from
the day of the question in an answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from assistant.answering.verify.vocabulary import vocabulary
from retrieval.clinical_text import split_sentences
from retrieval.evidence import EvidenceItem
from retrieval.fact import Fact, Moment
from retrieval.folding import fold
from retrieval.terminology.concept import Concept, Mention
from retrieval.terminology.dates import DateMention, TimeMention, find_dates, find_times, mention_of
from retrieval.terminology.lexicon import Lexicon
from retrieval.terminology.units import QuantityMention, find_quantities

MEASURED = frozenset({"analyte", "vital_sign", "drug", "drug_class"})
_TOKEN = re.compile(r"[^\W_]+")


class Word(NamedTuple):
    """One content word: folded, with its span in the text."""

    text: str
    start: int
    end: int


class Statement(NamedTuple):
    """One sentence, read. `context` are concepts named by headings or by the fact's label; `days` are the
    dates of the item that hold for all of it; `item` is the evidence label, empty for the sentence itself.
    """

    text: str
    mentions: tuple[Mention, ...]
    quantities: tuple[QuantityMention, ...]
    dates: tuple[DateMention, ...]
    times: tuple[TimeMention, ...]
    words: tuple[Word, ...]
    context: tuple[Concept, ...] = ()
    days: tuple[DateMention, ...] = ()
    fact: Fact | None = None
    item: str = ""
    heading: tuple[Word, ...] = ()

    @property
    def folded(self) -> str:
        """The text for word patterns: folded, so offsets may differ from `text`."""
        return fold(self.text)

    @property
    def concepts(self) -> tuple[Concept, ...]:
        """Every concept that it names or stands under."""
        return (*(mention.concept for mention in self.mentions), *self.context)


def read(
    text: str,
    lexicon: Lexicon,
    *,
    anchor: date | None,
    context: tuple[Concept, ...] = (),
    days: tuple[DateMention, ...] = (),
    fact: Fact | None = None,
    item: str = "",
    heading: tuple[Word, ...] = (),
) -> Statement:
    """Read one sentence. A number inside a concept's own name (`diabète de type 2`) is no number."""
    mentions = mentions_in(text, lexicon)
    return Statement(
        text=text,
        mentions=mentions,
        quantities=tuple(
            quantity
            for quantity in find_quantities(text, anchor=anchor)
            if not any(named.start <= quantity.number.start < named.end for named in mentions)
        ),
        dates=find_dates(text, anchor=anchor),
        times=find_times(text),
        words=words_of(text),
        context=context,
        days=days,
        fact=fact,
        item=item,
        heading=heading,
    )


def mentions_in(text: str, lexicon: Lexicon) -> tuple[Mention, ...]:
    """The concepts that a text names, each widened to all that counts as it."""
    return tuple(
        Mention(concept=widened(mention.concept, lexicon), start=mention.start, end=mention.end)
        for mention in lexicon.mentions(text)
    )


def widened(concept: Concept, lexicon: Lexicon) -> Concept:
    """The concept with all that also counts as it among its members (special kinds, combinations)."""
    family = lexicon.family(concept) - {concept.key}
    if family <= set(concept.members):
        return concept
    return concept.model_copy(update={"members": (*concept.members, *sorted(family - set(concept.members)))})


def read_sources(cited: Sequence[EvidenceItem], lexicon: Lexicon) -> tuple[Statement, ...]:
    """Read every cited item; an item that holds an order to a reader or a model states nothing."""
    return tuple(
        statement
        for item in cited
        if not tainted(item_text(item))
        for statement in _statements(item, lexicon)
    )


def item_text(item: EvidenceItem) -> str:
    """All the words of an item: what is shown, and what the source says there."""
    return f"{item.text}\n{item.locator.quote}"


def tainted(text: str) -> bool:
    """Whether a source text tries to command its reader."""
    return vocabulary().orders.search(fold(text)) is not None


def words_of(text: str) -> tuple[Word, ...]:
    """The words of `text` that could carry meaning: no stop words, no bare numbers, no single letters."""
    silent = vocabulary().silent
    found = (Word(fold(match[0]), match.start(), match.end()) for match in _TOKEN.finditer(text))
    return tuple(
        word
        for word in found
        if len(word.text) > 1
        and word.text not in silent
        and not word.text[0].isdigit()
        and word.text.isascii()
    )


def _statements(item: EvidenceItem, lexicon: Lexicon) -> list[Statement]:
    if item.fact is not None:
        return _of_fact(item, item.fact, lexicon)
    heading = item.passage.heading if item.passage else ()
    context = tuple(m.concept for part in (*heading, item.title) for m in mentions_in(part, lexicon))
    titled = words_of(" ".join((*heading, item.title)))
    days = _days(item.effective)
    anchor = days[0].first if days else None
    found: list[Statement] = []
    carried: tuple[Concept, ...] = ()
    text = item.locator.quote or item.text
    for start, end in split_sentences(text):
        line = text[start:end]
        statement = read(
            line,
            lexicon,
            anchor=anchor,
            context=(*context, *carried),
            days=days,
            item=item.id,
            heading=titled,
        )
        found.append(statement)
        # a line that ends with a colon announces the lines after it
        if line.rstrip().endswith(":"):
            carried = tuple(mention.concept for mention in statement.mentions)
    return found


def _of_fact(item: EvidenceItem, fact: Fact, lexicon: Lexicon) -> list[Statement]:
    keys = set(lexicon.label_keys(fact.label)).union(
        *(lexicon.keys_of_code(code.code) for code in fact.codes)
    )
    context = tuple(widened(lexicon.concept(key), lexicon) for key in sorted(keys))
    titled = words_of(" ".join((*fact.heading, item.title)))
    moments = [fact.effective, fact.effective_end, item.effective]
    moments += [detail.value.iso for detail in fact.details if isinstance(detail.value, Moment)]
    days = tuple(day for moment in moments for day in _days(moment))
    anchor = days[0].first if days else None
    lines = [item.text, *(line for line in fact.locator.quote.splitlines() if line.strip())]
    lines += [f"{detail.label} : {detail.text}" for detail in fact.details]
    lines.append(fact.label)
    unique = dict.fromkeys(line.strip() for line in lines if line.strip())
    return [
        read(
            line, lexicon, anchor=anchor, context=context, days=days, fact=fact, item=item.id, heading=titled
        )
        for line in unique
    ]


def _days(moment: str | None) -> tuple[DateMention, ...]:
    mention = mention_of(moment) if moment else None
    return (mention,) if mention else ()
