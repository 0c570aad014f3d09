"""How well prose is read: precision and recall of extracted facts, with Wilson intervals.

    python -m eval.narrative_reading synthetic --seeds 1001 --patients 12 --open-held-out
    python -m eval.narrative_reading labels PATH_OF_TEMPLATES LABELS_CSV

Truth of the first: the synthetic hospital's statements in prose. Truth of the second: labels of single
mentions, made before any reading was seen. docs/narrative.md says how both count.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from eval.metrics.intervals import wilson
from eval.narrative_truth import score_patient
from eval.synthetic.generate import generate
from eval.synthetic.options import evaluation_options
from retrieval.clinical_text import split_sentences
from retrieval.composition import Block, Composition, ReadDocument
from retrieval.fact import Fact
from retrieval.folding import fold
from retrieval.narrative import with_narrative_facts
from retrieval.terminology.lexicon import load_lexicon

_MARK = re.compile(r"\[([^\[\]]*)\]\([A-Z_]+\)")
_NOTHING = "nothing"
_HOSPITAL_NUMBER = "IPP"
"""The commonest mention of that file: there it is the patient's number, never the drug class."""


class Tally(NamedTuple):
    """Counts of one measure."""

    right: int
    stated: int

    def line(self, name: str) -> str:
        """`name right/stated value [low, high]`."""
        if self.stated == 0:
            return f"{name:32} no case"
        found = wilson(self.right, self.stated)
        figures = f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
        return f"{name:32} {self.right}/{self.stated} {figures}"


def synthetic(seeds: Sequence[int], *, patients: int, open_held_out: bool) -> dict[str, Tally]:
    """Precision and recall by kind and by quality (denied, supposed, of a relative, dated) over the prose."""
    counts: dict[str, list[bool]] = defaultdict(list)
    lexicon = load_lexicon()
    for seed in seeds:
        hospital = generate(seed, patients, options=evaluation_options(open_held_out=open_held_out))
        for patient in hospital.patients:
            score_patient(patient, counts, lexicon=lexicon)
    return _tallies(counts)


def labels(templates: Path, labelled: Path) -> dict[str, Tally]:
    """Precision and recall over labelled mentions, with and without the hospital number `IPP`."""
    counts: dict[str, list[bool]] = defaultdict(list)
    sentences = {hashlib.sha256(s.encode()).hexdigest()[:16]: s for s in _sentences(templates)}
    lines = [line for line in labelled.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    for row in csv.DictReader(lines):
        sentence = sentences[row["sentence"]]
        span = int(row["start"]), int(row["end"])
        text, place = _plain(sentence, span)
        found = [f for f in _of_text(text) if fold(f.label) == fold(text[slice(*place)])]
        group = _HOSPITAL_NUMBER if sentence[slice(*span)] == _HOSPITAL_NUMBER else "other"
        expected = row["says"] != _NOTHING
        counts[f"silent where nothing is said, {group}"] += [] if expected else [not found]
        if found:
            counts[f"precision {group}"].append(expected)
        if expected:
            counts[f"recall {group}"].append(bool(found))
            for fact in found:
                said = "planned" if fact.status == "planned" else fact.certainty
                counts["certainty right"].append(said == row["says"])
                counts["subject right"].append(fact.subject == row["subject"])
                if row["date"]:
                    counts["date right"].append((fact.effective or "") == row["date"])
    return _tallies(counts)


def _tallies(counts: dict[str, list[bool]]) -> dict[str, Tally]:
    return {name: Tally(sum(hits), len(hits)) for name, hits in sorted(counts.items())}


def _sentences(templates: Path) -> Iterator[str]:
    text = templates.read_text(encoding="utf-8")
    for start, end in split_sentences(text):
        yield text[start:end]


def _plain(sentence: str, span: tuple[int, int]) -> tuple[str, tuple[int, int]]:
    """The sentence without its marks of pseudonymisation, and where the mention stands in it."""
    before = _MARK.sub(r"\1", sentence)
    head = _MARK.sub(r"\1", sentence[: span[0]] + "\0" + sentence[span[0] :]).find("\0")
    if head < 0:
        head = before.find(sentence[slice(*span)])
    return before, (head, head + span[1] - span[0])


def _of_text(text: str) -> tuple[Fact, ...]:
    composition = Composition(record_id="r", version="1", system="eval", kind="letter", title="")
    document = ReadDocument(
        composition=composition,
        raw=b"",
        media_type="text/plain",
        text=text,
        text_version="eval@1",
        blocks=(Block(start=0, end=len(text), path="", narrative=True),),
        facts=(),
    )
    return with_narrative_facts(document).facts


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and write the figures, one a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    first = commands.add_parser("synthetic")
    first.add_argument("--seeds", nargs="+", type=int, required=True)
    first.add_argument("--patients", type=int, default=6)
    first.add_argument("--open-held-out", action="store_true")
    second = commands.add_parser("labels")
    second.add_argument("templates", type=Path)
    second.add_argument("labelled", type=Path)
    chosen = parser.parse_args(arguments)
    found = (
        synthetic(chosen.seeds, patients=chosen.patients, open_held_out=chosen.open_held_out)
        if chosen.command == "synthetic"
        else labels(chosen.templates, chosen.labelled)
    )
    sys.stdout.write("\n".join(tally.line(name) for name, tally in found.items()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
