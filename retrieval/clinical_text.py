"""Clinical French text: sentences, and whether a term is denied, of the family, supposed or of the past.

The only file that imports edsnlp (rule-based, offline, from AP-HP). It is loaded on first use: about 7 s on
one busy core the first time, then 0.3 ms a sentence. `cued` tells cheaply that a text holds no word that
could change a meaning, so that most calls need no load. `french_context.toml` adds what edsnlp missed on our
cases; English has only its own list, `english_context.toml`.

Measured on our probe sentences: tests/retrieval/test_clinical_text.py. edsnlp states for its negation an F1
of 88 % on its own corpus and 71 % on NegParHyp.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from threading import Lock
from typing import Any, Literal, NamedTuple

from retrieval.folding import fold
from retrieval.frozen import Frozen

MAX_CHARACTERS = 200_000
_LOCK = Lock()
_TITLES = r"(?<!\bM\.)(?<!\bMM\.)(?<!\bMe\.)(?<!\bDr\.)(?<!\bPr\.)(?<!\bMme\.)(?<!\bMlle\.)"
"""After « M. » a name goes on."""
_END = re.compile(rf"(?<=[.!?…]){_TITLES}\s+(?=[A-ZÀ-ÖØ-Þ«\"(\d-])|\n+|;\s+")
_BETWEEN_ITEMS = re.compile(r"(,|\b(?:ou|ni|et)\b)")
_ARTICLE = re.compile(r"^ *(?:de |d'|du |des |de la |de l')?$")
_OF_ITEM = re.compile(r"^ *(?:de |d')(?!la |l')")
_DENIED = re.compile(r"\b(?:pas|absence|aucune?s?|sans|indemnes?|jamais|nie)\b")
_CUES = re.compile(
    r"\b(?:pas|aucune?s?|sans|absen\w+|ni|jamais|non|negati\w+|exclu\w*|elimin\w+|ecart\w+|infirm\w+|nie|"
    r"refus\w+|indemnes?|dispar\w+|plus d\w*|n'\w+|ne|rien|neant|ras|nul\w*|d?eni\w*|ni(?:ant|er|ee?s?)|"
    r"depourvu\w*|immunis\w+|im(?:possib|probab)\w+|negligeable\w*|declin\w+|incompatibles?|peu|atypique|"
    r"place|interdi\w+|rejet\w+|refut\w+|"
    r"no|not|without|den(?:y\w*|ie[sd])|never|none|nor|neither|"
    r"peres?|meres?|freres?|soeurs?|grand[- ]?(?:pere|mere)s?|grands[- ]parents|oncles?|tantes?|cousine?s?|"
    r"fils|filles?|famil\w+|maternel\w*|paternel\w*|[mp]aternal|parents?|fratrie|enfants?|neveux?|nieces?|"
    r"aieul\w*|aieux|fiancee?s?|maman|papa|mari|epou\w+|conjoint\w*|"
    r"mother|father|brother|sister|aunt|uncle|(?:her|his) son|daughter|grandmother|grandfather|siblings?|"
    r"suspect\w*|suspicion|probab\w+|possib\w+|evoqu\w+|evoc\w+|hypothe\w+|eventuel\w*|peut[- ]etre|"
    r"semble\w*|compatible|si|risque|doute\w*|craint\w*|redout\w*|recherch\w+|plutot|pourrait|serait|likely|"
    r"may|might|could|if|en cas|in case|a confirmer|to be confirmed|confirm\w+|suspicious|"
    r"certain\w*|montr\w+|visiblement|evide\w+|envisag\w+|potentiel\w*|au cas|condition\w*|discret\w*|"
    r"en admettant|en considerant|en supposant|explor\w+|faudrait|idee|correspond\w+|predispos\w+|s'il|selon|"
    r"soit|reserve|a moins|apparent\w*|soupconn\w+|suggere\w*|"
    r"antecedents?|atcd\w*|history|ancien\w*|prior|previous|past|formerly|tacds|rule[sd]?|unlikely|concern|consider|"
    r"question|cannot|free of)\b|\?|:\s?0\b"
)


class Assertion(Frozen):
    """How the text means one span; `sentence` is the span of the sentence around it."""

    negated: bool = False
    family: bool = False
    hypothesis: bool = False
    history: bool = False
    sentence: tuple[int, int]


class _Rules(NamedTuple):
    rules: dict[str, re.Pattern[str]]
    stop: re.Pattern[str]


def cued(text: str) -> bool:
    """Whether `text` holds any word that could deny, suppose or give to another; False is certain."""
    return _CUES.search(fold(text)) is not None


def split_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the sentences and lines of `text`, in order, white space left out."""
    spans = []
    position = 0
    for match in [*_END.finditer(text), None]:
        end = match.start() if match else len(text)
        start = position + len(text[position:end]) - len(text[position:end].lstrip())
        stop = start + len(text[start:end].rstrip())
        if stop > start:
            spans.append((start, stop))
        position = match.end() if match else end
    return tuple(spans)


def assert_spans(
    text: str, spans: Sequence[tuple[int, int]], *, language: Literal["fr", "en"] = "fr"
) -> tuple[Assertion, ...]:
    """Say for each span of `text` whether it is negated, of the family, hypothetical or history.

    Raises ValueError for a span outside the text or a text over `MAX_CHARACTERS`.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"over {MAX_CHARACTERS} characters")
    if any(not 0 <= start < end <= len(text) for start, end in spans):
        raise ValueError("a span is empty or outside the text")
    sentences = split_sentences(text)
    if not spans or not cued(text):
        return tuple(Assertion(sentence=_around(span, sentences)) for span in spans)
    ruled = [_by_rules(text, span, _around(span, sentences), language=language) for span in spans]
    if language == "fr":
        ruled = [_either(*pair) for pair in zip(_french(text, spans, sentences), ruled, strict=True)]
    return tuple(
        each.model_copy(update={"negated": False, "hypothesis": True})
        if _doubtful(text, span, each.sentence, language=language)
        else each
        for span, each in zip(spans, ruled, strict=True)
    )


def warm_up() -> None:
    """Load edsnlp now, so that the first question does not wait for it."""
    _french("Pas de fièvre.", [(7, 13)], ((0, 14),))


def _around(span: tuple[int, int], sentences: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The sentence that holds the beginning of `span`, stretched to hold all of it."""
    for start, end in sentences:
        if start <= span[0] < end:
            return start, max(end, span[1])
    return span


@lru_cache(maxsize=1)
def _pipeline() -> Any:
    import edsnlp
    import edsnlp.pipes as eds

    nlp = edsnlp.blank("eds")
    nlp.add_pipe(eds.normalizer())
    nlp.add_pipe(eds.sentences())
    nlp.add_pipe(eds.negation())
    nlp.add_pipe(eds.family(use_sections=False))
    nlp.add_pipe(eds.hypothesis())
    nlp.add_pipe(eds.history(use_sections=False))
    return nlp


def _french(
    text: str, spans: Sequence[tuple[int, int]], sentences: Sequence[tuple[int, int]]
) -> tuple[Assertion, ...]:
    """edsnlp sees one of our sentences at a time, so that no qualifier leaks over a line's end."""
    done: dict[tuple[int, int], Assertion] = {}
    with _LOCK:
        for start, end in {_around(span, sentences) for span in spans}:
            inside = [span for span in spans if _around(span, sentences) == (start, end)]
            done.update(_qualified(text, inside, (start, end)))
    return tuple(done[span] for span in spans)


def _qualified(
    text: str, spans: Sequence[tuple[int, int]], sentence: tuple[int, int]
) -> dict[tuple[int, int], Assertion]:
    nlp = _pipeline()
    offset = sentence[0]
    doc = nlp.make_doc(text[offset : sentence[1]].replace("’", "'"))
    layers: list[list[tuple[tuple[int, int], Any]]] = []
    found: dict[tuple[int, int], Assertion] = {}
    for span in sorted(set(spans)):
        found[span] = Assertion(sentence=sentence)
        group = doc.char_span(span[0] - offset, span[1] - offset, alignment_mode="expand")
        if group is not None:
            layer = next((each for each in layers if each[-1][1].end <= group.start), None)
            layers.append([(span, group)]) if layer is None else layer.append((span, group))
    for number, layer in enumerate(layers):
        fresh = doc if number == 0 else nlp.make_doc(doc.text)
        found.update(_together(nlp, fresh, layer, sentence))
    return found


def _together(
    nlp: Any, doc: Any, layer: Sequence[tuple[tuple[int, int], Any]], sentence: tuple[int, int]
) -> dict[tuple[int, int], Assertion]:
    """Entities must not overlap: those of one layer do not, and each layer has a document of its own."""
    from spacy.tokens import Span

    doc.ents = [Span(doc, group.start, group.end, label="term") for _, group in layer]
    for _, pipe in nlp.pipeline:
        doc = pipe(doc)
    return {
        span: Assertion(
            negated=bool(entity._.negation),
            family=bool(entity._.family),
            hypothesis=bool(entity._.hypothesis),
            history=bool(entity._.history),
            sentence=sentence,
        )
        for (span, _), entity in zip(layer, doc.ents, strict=True)
    }


def _by_rules(
    text: str, span: tuple[int, int], sentence: tuple[int, int], *, language: Literal["fr", "en"]
) -> Assertion:
    context = _context(language)
    before, after = _clause(text, span, sentence, context)
    rules = context.rules
    return Assertion(
        negated=bool(rules["negation_before"].search(before) or rules["negation_after"].search(after))
        or (language == "fr" and _in_denied_list(before)),
        family=rules["family_anywhere"].search(fold(text[sentence[0] : sentence[1]])) is not None,
        hypothesis=bool(rules["hypothesis_before"].search(before) or rules["hypothesis_after"].search(after)),
        history=rules["history_before"].search(before) is not None,
        sentence=sentence,
    )


def _in_denied_list(before: str) -> bool:
    """Whether a term ends a list that a denial opens: `absence d'HTA, de diabète ou d'asthme`."""
    parts = _BETWEEN_ITEMS.split(before)
    if not _ARTICLE.match(parts[-1]):
        return False
    for place in range(len(parts) - 1, 1, -2):
        separator, item = parts[place - 1], parts[place]
        if separator == "ni":
            return True
        if separator != "ou" and not _OF_ITEM.match(item):
            return False
        if _DENIED.search(parts[place - 2]):
            return True
    return False


def _doubtful(
    text: str, span: tuple[int, int], sentence: tuple[int, int], *, language: Literal["fr", "en"]
) -> bool:
    """Whether the text leaves open what it seems to deny (`non exclue`), between the commas around it."""
    context = _context(language)
    before, after = _clause(text, span, sentence, context)
    return (
        context.rules["doubt_before"].search(before.rpartition(",")[2]) is not None
        or context.rules["doubt_after"].search(after.partition(",")[0]) is not None
    )


def _clause(text: str, span: tuple[int, int], sentence: tuple[int, int], context: _Rules) -> tuple[str, str]:
    """What stands before and after a span, folded, as far as the nearest `stop` words."""
    before = fold(text[sentence[0] : span[0]])
    after = fold(text[span[1] : sentence[1]])
    stops = list(context.stop.finditer(before))
    stop = context.stop.search(after)
    return before[stops[-1].end() :] if stops else before, after[: stop.start()] if stop else after


def _either(left: Assertion, right: Assertion) -> Assertion:
    """What either rule set finds; a search that came out negative is no longer a hypothesis."""
    negated = left.negated or right.negated
    return Assertion(
        negated=negated,
        family=left.family or right.family,
        hypothesis=(left.hypothesis or right.hypothesis) and not negated,
        history=left.history or right.history,
        sentence=left.sentence,
    )


def _context(language: Literal["fr", "en"]) -> _Rules:
    return _rules("english_context.toml" if language == "en" else "french_context.toml")


@lru_cache(maxsize=2)
def _rules(name: str) -> _Rules:
    data = tomllib.loads(files("retrieval").joinpath(name).read_text(encoding="utf-8"))
    stop = data.pop("stop")
    return _Rules({key: _words(words) for key, words in data.items()}, _words(stop))


def _words(words: Sequence[str]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(_bounded(word) for word in longest_first))


def _bounded(word: str) -> str:
    before = r"(?<!\w)" if word[0].isalnum() else r"\s*"
    after = r"(?!\w)" if word[-1].isalnum() else ""
    return before + re.escape(word) + after
