"""S2: which passage supports which sentence, over the answers of S1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from eval.cases.case import Capability, Case, Observation, Output
from eval.cases.gold import RecordGold
from eval.metrics.citations import Citations, score_citations
from eval.metrics.value_match import says
from eval.suites.base import World
from eval.suites.record_scoring import NOT_A_RECORD, answer_of, answered, observe, record_gold, unscored
from eval.synthetic.truth import Value


class CitationQuality(Value):
    """The suite; see the module. Only what was answered has citations; silence is S1's and S3's matter."""

    id: str = "S2"
    title: str = "Citations"
    capability: Capability = "ask"
    answers_of: str | None = "S1"

    def cases(self, world: World, *, wanted: int) -> tuple[Case, ...]:
        """None of its own."""
        del world, wanted
        return ()

    def score(self, cases: Sequence[Case], outputs: Mapping[str, Output]) -> list[Observation]:
        """One `*_precision` a sentence and citation, one `*_recall` a gold value, `dangling`, `foreign`.

        An error counts as an answered case that cites nothing: recall 0. That is the only measure which a
        missing citation can fail. `foreign` cannot be told for a case that does not name its own records.

        Precision is of the sentences that state the gold, which alone have gold passages (« le dossier
        contient un document plus récent » rightly cites another); of all sentences where none states it.
        """
        return [observation for case in cases for observation in self._scored(case, outputs)]

    def _scored(self, case: Case, outputs: Mapping[str, Output]) -> Iterator[Observation]:
        gold, answer = record_gold(case), answer_of(case, outputs)
        if gold is None:
            yield unscored(case, "strict_precision", NOT_A_RECORD, suite=self.id)
            return
        if answer is None:
            for measure in ("strict_recall", "lenient_recall"):
                yield observe(case, measure, 0.0, suite=self.id, answer=None, note="no answer")
            return
        if not answered(answer):
            return
        found = score_citations(gold, answer, own_records=gold.own_records or None)
        stating = _stating(gold, answer)
        pairs = [pair for pair in found.pairs if pair.sentence in stating] if stating else found.pairs
        for pair in pairs:
            note = f"sentence {pair.sentence + 1}, {pair.label}"
            for measure, right in (("strict_precision", pair.strict), ("lenient_precision", pair.lenient)):
                yield observe(case, measure, float(right), suite=self.id, answer=answer, note=note)
        for value in found.recalled:
            note = "" if value.value is None else f"value {value.value + 1}"
            for measure, right in (("strict_recall", value.strict), ("lenient_recall", value.lenient)):
                yield observe(case, measure, float(right), suite=self.id, answer=answer, note=note)
        yield from self._records(case, found, gold=gold, answer=answer)

    def _records(
        self, case: Case, found: Citations, *, gold: RecordGold, answer: Mapping[str, Any]
    ) -> Iterator[Observation]:
        named = [("dangling", found.dangling)]
        if gold.own_records:
            named.append(("foreign", found.foreign))
        for measure, labels in named:
            note = ", ".join(labels)
            yield observe(case, measure, float(bool(labels)), suite=self.id, answer=answer, note=note)


def _stating(gold: RecordGold, answer: Mapping[str, Any]) -> frozenset[int]:
    """The places of the sentences that state a gold value."""
    values = (*gold.all_of, *gold.any_of)
    texts = (sentence.get("text", "") for sentence in answer["sentences"])
    return frozenset(place for place, text in enumerate(texts) if any(says(text, value) for value in values))


def suite() -> CitationQuality:
    """S2."""
    return CitationQuality()
