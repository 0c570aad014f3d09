"""K-QA (English): claims beside answers of language models, labelled by three physicians each. Reported
apart.

Manes and others 2024 (Itaymanes/K-QA, MIT). A pair is supported when the majority label is Entailment;
Neutral and Contradiction are not. The set is read from a folder and never shipped.
"""

from __future__ import annotations

from pathlib import Path

from eval.calibration.pairs import SUPPORTED_KIND, Pair
from eval.cases.public_files import rows
from eval.suites.listed_file import read_checked

FOLDER, FILE = "k-qa", "NLI_medical_annotator.csv"
SHA256 = ("98372a3feea2ac7b445357ec2ab2e6f6251ecd72ad03a102ea4e4cdf53956779",)
SOURCE = "Itaymanes/K-QA@ef403d012e199fcfa0d8c02b38a96ff95164f4d0, NLI_medical_annotator.csv (MIT)"


def k_qa(bench: Path) -> tuple[Pair, ...]:
    """The 399 pairs, in file order. Raises CaseFileError when the file is missing or is another one."""
    text = read_checked(bench / FOLDER / FILE, sha256=SHA256, source=SOURCE)
    columns = ("Question", "answer", "claim", "majority_label")
    return tuple(
        Pair(
            id=f"k-qa-{number:03d}",
            sentence=row["claim"],
            source=row["answer"],
            supported=row["majority_label"] == "Entailment",
            kind=SUPPORTED_KIND if row["majority_label"] == "Entailment" else row["majority_label"].lower(),
            cluster=row["Question"],
            held=False,
            true_id="",
        )
        for number, row in enumerate(rows(text, FILE, columns=columns))
    )
