"""Style noise of French letters: how one author abbreviates, lays out and copies. Drawn once a patient."""

import re
from random import Random

from eval.synthetic.truth_base import Value

# Words that letters usually abbreviate, whole words only; never inside a marked stretch or a placeholder.
_SHORT = (
    ("hypertension artérielle", "HTA"),
    ("insuffisance rénale chronique", "IRC"),
    ("insuffisance cardiaque", "IC"),
    ("membres inférieurs", "MI"),
    ("médecin traitant", "MT"),
    ("traitements", "ttts"),
    ("traitement", "ttt"),
    ("antécédents", "ATCD"),
    ("antécédent", "ATCD"),
    ("aujourd’hui", "ce j."),
    ("semaines", "sem."),
    ("consultation", "cs"),
    ("radiographie", "Rx"),
    ("hospitalisation", "hospit."),
    ("rendez-vous", "RDV"),
    ("échographie", "écho"),
    ("prise en charge", "PEC"),
    ("intraveineux", "IV"),
    ("diagnostic", "dg"),
)
_PATTERNS = tuple((re.compile(rf"(?<![\w’-]){re.escape(long)}(?![\w’-])"), short) for long, short in _SHORT)


class Style(Value):
    """How the letters of one patient are written; the defaults are the demonstration's."""

    abbreviate: bool = False
    tables: bool = False
    copy_forward: bool = False
    contradict: bool = False
    neighbour: bool = False


def drawn_style(rng: Random) -> Style:
    """A style: most patients have several kinds of noise, none has to have all."""
    return Style(
        abbreviate=rng.random() < 0.6,
        tables=rng.random() < 0.5,
        copy_forward=rng.random() < 0.7,
        contradict=rng.random() < 0.6,
        neighbour=rng.random() < 0.6,
    )


def abbreviated(words: str) -> str:
    """The words with what letters usually abbreviate abbreviated: « traitement » becomes « ttt »."""
    for pattern, short in _PATTERNS:
        words = pattern.sub(short, words)
    return re.sub(r"\b(sem|hospit|ce j)\.\.(?!\.)", r"\1.", words)
