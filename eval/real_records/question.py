"""One question on a public record, and how a hundred of them are drawn: by hash, never by taste."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from eval.cases.case import Language
from eval.cases.gold import RecordGold
from eval.synthetic.truth import Value

Half = Literal["look", "report"]


class RealQuestion(Value):
    """A question, its gold, and the ids of the source records that state it.

    `patient` is an identifier that the raw file gives (or the manifest), `sources` ids of resources,
    documents or compositions: an answer's citations are right when one of them leads there.
    """

    id: str
    file: str
    patient: str
    family: str
    language: Language
    text: str
    gold: RecordGold
    sources: tuple[str, ...] = ()


class Asking(NamedTuple):
    """What a family of questions needs: where it is, in whose record, and how questions are worded."""

    file: str
    patient: str
    wordings: Mapping[str, Mapping[str, str]]

    def question(
        self, family: str, about: str, gold: RecordGold, sources: Iterable[str] = (), **slots: str
    ) -> RealQuestion:
        """The question in French or in English: which of the two is drawn by the hash of its id.

        A slot may give both languages, apart by `|`.
        """
        name = f"{self.patient}/{family}/{about}"
        language: Language = "fr" if digest(name) % 2 else "en"
        place = 0 if language == "fr" else -1
        filled = {key: value.split("|")[place] for key, value in slots.items()}
        text = self.wordings[family][language].format(**filled)
        return RealQuestion(
            id=name,
            file=self.file,
            patient=self.patient,
            family=family,
            language=language,
            text=text[0].upper() + text[1:],
            gold=gold,
            sources=tuple(sources),
        )


def digest(text: str) -> int:
    """A number that depends on the text alone."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8])


def half_of(patient: str) -> Half:
    """Which half a patient belongs to."""
    return "report" if digest(f"half/{patient}") % 2 else "look"


def drawn(
    questions: Iterable[RealQuestion], quotas: Mapping[str, int], *, per_patient: int
) -> Iterator[RealQuestion]:
    """Of each family its number, at most `per_patient` of one patient, in the order of their hashes."""
    ordered = sorted(questions, key=lambda each: digest(each.id))
    yield from (
        one for family, number in quotas.items() for one in _first(ordered, family, number, per_patient)
    )


def _first(ordered: Iterable[RealQuestion], family: str, number: int, per_patient: int) -> list[RealQuestion]:
    kept: list[RealQuestion] = []
    same: Callable[[RealQuestion], int] = lambda one: sum(other.patient == one.patient for other in kept)  # noqa: E731
    for one in ordered:
        if one.family == family and len(kept) < number and same(one) < per_patient:
            kept.append(one)
    return kept
