"""A gold value as a short French sentence, the way a service that knows the truth would write it."""

from __future__ import annotations

from eval.cases.gold import DateGold, DrugGold, GoldValue, NumberGold, PolarityGold, TermGold
from eval.reporting.french import day, number


def sentence(value: GoldValue) -> str:
    """One sentence that says the value and nothing else."""
    match value:
        case NumberGold():
            return f"Le dossier indique : {number(value.value, value.unit)}."
        case DateGold():
            return f"Le dossier donne cette date : {day(value.iso)}."
        case DrugGold():
            return f"Le dossier nomme ce médicament : {value.dci}."
        case TermGold():
            return f"Le dossier dit : {value.forms[0]}."
        case PolarityGold():
            told = "oui, c’est présent" if value.present else "non, c’est absent"
            return f"{value.about[:1].upper()}{value.about[1:]} : {told}."
