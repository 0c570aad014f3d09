"""How the hospital's values are written for a French reader, in narratives and plain text."""

from decimal import Decimal

from eval.synthetic import writing_items as it

_UNITS = {"mm[Hg]": "mmHg", "umol/L": "µmol/L", "ug/L": "µg/L", "Cel": "°C", "10*9/L": "G/L", "10*12/L": "T/L",
          "mL/min/{1.73_m2}": "mL/min/1,73 m²", "m[IU]/L": "mUI/L", "[IU]/L": "UI/L", "k[IU]/L": "kUI/L",
          "/min": "/min", "1": ""}  # fmt: skip
_STATES = {
    "preliminary": "résultat préliminaire",
    "final": "",
    "amended": "résultat modifié",
    "entered_in_error": "saisi par erreur, à ne pas prendre en compte",
}
_FLAGS = {"LL": "très bas", "L": "bas", "N": "", "H": "élevé", "HH": "très élevé"}


def number(value: Decimal) -> str:
    """With a decimal comma and the digits of the truth."""
    return f"{value:f}".replace(".", ",")


def unit(ucum: str) -> str:
    """A unit as French laboratories print it."""
    return _UNITS.get(ucum, ucum)


def measure(value: it.Measure) -> str:
    """« 5,4 mmol/L »."""
    return f"{number(value.value)} {unit(value.unit)}".strip()


def limits(result: it.Result) -> str:
    """« 3,5 - 5,0 », « < 5 », « > 60 », or nothing."""
    if result.low is not None and result.high is not None:
        return f"{number(result.low)} - {number(result.high)}"
    if result.high is not None:
        return f"< {number(result.high)}"
    return "" if result.low is None else f"> {number(result.low)}"


def state_words(state: str) -> str:
    """What a laboratory prints beside a result that is not simply definitive."""
    return _STATES[state]


def flag_words(interpretation: str) -> str:
    """« bas », « élevé », or nothing."""
    return _FLAGS.get(interpretation, "")


def day(iso: str) -> str:
    """« 27/02/2026 » of an ISO date or time, or nothing."""
    return "/".join(reversed(iso[:10].split("-"))) if iso else ""


def moment(iso: str) -> str:
    """« 27/02/2026 à 08:00 »."""
    return f"{day(iso)} à {iso[11:16]}" if len(iso) > 10 else day(iso)
