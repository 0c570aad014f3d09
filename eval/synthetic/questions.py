"""Questions on the synthetic patients, with gold answers computed from their truth."""

import re
from collections.abc import Iterable
from datetime import date
from random import Random
from typing import Any, Literal

from eval.synthetic import story as st
from eval.synthetic.truth import Hospital, Patient, Statement, Value

Family = Literal[
    "latest_value",
    "trend",
    "list",
    "dose",
    "allergy",
    "absence",
    "date",
    "stopped_and_why",
    "joined",
    "narrative_only",
    "unanswerable",
    "false_premise",
]
Status = Literal["answered", "abstained"]
_THIN = re.compile("[\u00a0\u202f\u2009]")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?:\D|$))")


class Question(Value):
    """One question and what a right answer to it must satisfy.

    A right answer has status `expect_status` or one of `accept_status`. If answered, its
    text holds (see `holds`) at least one of `gold_values` (where there are any), every one of `required`
    (where an entry gives alternatives between bars, one of them), and none of `forbidden`; it cites one of
    `gold_documents` (uids), and one cited quote contains one of `gold_quotes`.
    `structured` says that typed facts alone can answer; otherwise prose must be read.
    """

    id: str
    patient_id: str
    text: str
    family: Family
    expect_status: Status = "answered"
    accept_status: tuple[Status, ...] = ()
    expect_reason: str | None = None
    premise_corrected: bool = False
    gold_values: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    gold_documents: tuple[str, ...] = ()
    gold_quotes: tuple[str, ...] = ()
    structured: bool = True
    notes: str = ""


def normalise(text: str) -> str:
    """Lower case, ordinary spaces and apostrophes, decimal points, no thousands separator.

    `gold_values`, `required` and `forbidden` are already in this form.
    """
    plain = _THIN.sub(" ", text).replace("’", "'").lower()
    plain = _THOUSANDS.sub("", plain)
    return re.sub(r"(?<=\d),(?=\d)", ".", plain).replace(" %", "%")


def holds(answer: str, gold: str) -> bool:
    """Whether the answer contains the gold string, after `normalise`; a number only as a whole number.

    An entry with bars (« furosémide|lasilix ») is held when one of its parts is.
    """
    told = normalise(answer)
    return any(
        re.search(rf"(?<![\d.]){re.escape(part)}(?!\d|\.\d)" if part[:1].isdigit() else re.escape(part), told)
        for part in normalise(gold).split("|")
    )


def questions(hospital: Hospital) -> list[Question]:
    """Every question on every patient, in a fixed order; wordings are chosen by the hospital's seed."""
    from eval.synthetic.question_kinds import FAMILIES  # the families import this module's types

    words, analytes = st.load_templates("questions"), st.load_analytes()
    found: list[Question] = []
    for patient in hospital.patients:
        rng = Random(f"aparte-questions/{hospital.seed}/{patient.identity.patient_id}")
        ask = Asker(
            patient=patient,
            homonyms=tuple(other for other in hospital.patients if _alike(patient, other)),
            words=words,
            analytes=analytes,
            today=hospital.today,
        )
        for family in FAMILIES:
            found.extend(family(rng, ask))
    return found


def _alike(patient: Patient, other: Patient) -> bool:
    one, two = patient.identity, other.identity
    same = one.family_name == two.family_name and one.given_names[0] == two.given_names[0]
    return same and one.patient_id != two.patient_id


class Asker(Value):
    """A patient, and their homonyms, with what is needed to word questions about them."""

    patient: Patient
    homonyms: tuple[Patient, ...]
    words: dict[str, Any]
    analytes: dict[str, st.Analyte]
    today: date

    def wording(self, template: str, **values: str) -> str:
        """The template in the patient's gender, with `values` put in."""
        female = self.patient.identity.sex == "female"
        gendered = {
            "il": "elle" if female else "il",
            "Il": "Elle" if female else "Il",
            "e": "e" if female else "",
        }
        return re.sub(r"\{(\w+)\}", lambda match: {**gendered, **values}[match[1]], template)

    def question(self, family: Family, number: int | str, text: str, **gold: Any) -> Question:
        """A question of this patient; gold strings are normalised here."""
        for name in ("gold_values", "required", "forbidden"):
            gold[name] = tuple(dict.fromkeys(normalise(value) for value in gold.get(name, ())))
        patient_id = self.patient.identity.patient_id
        return Question(
            id=f"{patient_id}-{family}-{number}", patient_id=patient_id, text=text, family=family, **gold
        )

    def cited(self, statements: Iterable[Statement]) -> dict[str, tuple[str, ...]]:
        """`gold_documents` and `gold_quotes` of these statements; a number also with its decimal comma."""
        stated = list(statements)
        uids = dict.fromkeys(self.patient.document(item.document).uid for item in stated)
        quotes: dict[str, None] = {}
        for item in stated:
            quotes[item.quote] = None
            if re.fullmatch(r"\d+\.\d+", item.quote):
                short = item.quote.removesuffix(".0")
                quotes[short] = None
                quotes[short.replace(".", ",")] = None
        return {"gold_documents": tuple(uids), "gold_quotes": tuple(quotes)}
