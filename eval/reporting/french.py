"""Numbers, dates, durations and gold values as a French page writes them."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal

from eval.cases.gold import DateGold, DrugGold, GoldValue, NumberGold, PolarityGold, TermGold

THIN = "\u202f"
HARD = "\u00a0"
_MONTHS = (
    "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()  # noqa: SIM905
)
_PRINTED = {
    "mL/min/{1.73_m2}": "mL/min/1,73 m²",
    "umol/L": "µmol/L",
    "ug": "µg",
    "ug/L": "µg/L",
    "[IU]": "UI",
    "m[IU]/L": "mUI/L",
    "k[IU]/L": "kUI/L",
    "[IU]/L": "UI/L",
    "10*9/L": "G/L",
    "10*12/L": "T/L",
    "mm[Hg]": "mmHg",
    "Cel": "°C",
    "kg/m2": "kg/m²",
    "mg/m2": "mg/m²",
    "g/(24.h)": "g/24 h",
    "{tablet}": "comprimés",
    "{puff}": "bouffées",
    "{sachet}": "sachets",
    "{pack_year}": "paquets-années",
    "d": "jours",
    "wk": "semaines",
    "mo": "mois",
    "a": "ans",
}


def number(value: Decimal, unit: str) -> str:
    """A number with its UCUM unit as France prints them: decimal comma, no-break space."""
    printed = _PRINTED.get(unit, "" if unit in {"", "1"} else unit)
    return f"{value:f}".replace(".", ",") + (f"{HARD}{printed}" if printed else "")


def day(iso: str) -> str:
    """A civil date, whole or partial: `03/2024`, `12/03/2024`, `en 2024`."""
    return "/".join(reversed(iso.split("-"))) if "-" in iso else f"en {iso}"


def count(value: int) -> str:
    """A whole number with thin spaces between thousands."""
    return f"{value:,}".replace(",", THIN)


def percent(share: float) -> str:
    """A share in percent, one decimal at most, never rounded up to a whole it is not."""
    if not math.isfinite(share):
        return "non bornée"
    told = round(100 * share, 1)
    if share < 1 <= told / 100:
        told = 99.9
    if share > 0 and told == 0:
        return f"<{THIN}0,1{THIN}%"
    return f"{told:.1f}".removesuffix(".0").replace(".", ",").replace("-", "−") + f"{THIN}%"


def plain_number(value: float) -> str:
    """Any figure with at most three decimals."""
    if not math.isfinite(value):
        return "non bornée"
    return f"{value:.3f}".rstrip("0").rstrip(".").replace(".", ",").replace("-", "−")


def moment(iso: str) -> str:
    """`3 mars 2026 à 14 h 05 (UTC)`; the text as it stands when it is not a moment."""
    try:
        when = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    first = "1er" if when.day == 1 else str(when.day)
    zone = " (UTC)" if when.utcoffset() is not None and not when.utcoffset() else ""
    date = f"{first}{HARD}{_MONTHS[when.month - 1]} {when.year}"
    return f"{date} à {when.hour}{HARD}h{HARD}{when.minute:02d}{zone}"


def duration(seconds: float) -> str:
    """`48 s`, `12 min`, `3 h 05 min`."""
    if seconds < 60:
        return f"{seconds:.0f}{HARD}s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes}{HARD}min"
    return f"{minutes // 60}{HARD}h{HARD}{minutes % 60:02d}{HARD}min"


def counted(number_of: int, one: str, many: str) -> str:
    """`0 cas`, `1 exigence`, `2 exigences`: the noun agrees."""
    return f"{count(number_of)}{HARD}{one if number_of < 2 else many}"


def gold(value: GoldValue) -> str:
    """A gold value in French."""
    match value:
        case NumberGold():
            spread = f" (±{THIN}{number(value.tolerance, value.unit)})" if value.tolerance else ""
            return number(value.value, value.unit) + spread
        case DateGold():
            return day(value.iso)
        case DrugGold():
            brands = ", ".join(value.brands)
            return f"{value.dci} ({brands})" if brands else value.dci
        case TermGold():
            others = value.forms[1:4]
            return quoted(value.forms[0]) + (f" (ou {', '.join(map(quoted, others))})" if others else "")
        case PolarityGold():
            return f"{'présent' if value.present else 'absent'}{THIN}: {value.about}"


def quoted(text: str) -> str:
    """Between French quotation marks with thin no-break spaces."""
    return f"«{THIN}{text}{THIN}»"
