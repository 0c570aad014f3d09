"""Values of a template that differ from patient to patient: `<<name>>` in its texts, drawn from its `draw` table.

    [draw]
    fevg = [{ before = 35, after = 40 }, { before = 30, after = 38 }]

One row of each group is drawn by seed; without a seed, the first. A number inside a text takes a decimal comma;
alone (`amount = "<<dose>>"`) it stays a number.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import Any

_NAME = re.compile(r"<<(\w+)>>")


def resolved(raw: dict[str, Any], rng: Random | None = None) -> dict[str, Any]:
    """The template with one row of each group filled in; ValueError names a `<<name>>` that no group gives."""
    groups: dict[str, list[dict[str, Any]]] = raw.get("draw", {})
    picked: dict[str, Any] = {}
    for rows in groups.values():
        picked |= rows[0] if rng is None else rng.choice(rows)
    rest = {key: value for key, value in raw.items() if key != "draw"}
    return {key: _filled(value, picked) for key, value in rest.items()}


def every_row(raw: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The template once for each row of its longest group, so that a loader can check every row."""
    groups: dict[str, list[dict[str, Any]]] = raw.get("draw", {})
    for number in range(max((len(rows) for rows in groups.values()), default=1)):
        one = {name: [rows[number % len(rows)]] for name, rows in groups.items()}
        yield resolved({**raw, "draw": one})


def _filled(value: Any, picked: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, picked) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, picked) for item in value]
    if not isinstance(value, str):
        return value
    alone = _NAME.fullmatch(value)
    if alone:
        return _one(alone[1], picked)
    return _NAME.sub(lambda match: _french(_one(match[1], picked)), value)


def _one(name: str, picked: dict[str, Any]) -> Any:
    if name not in picked:
        raise ValueError(f"<<{name}>> is drawn nowhere: give it a value in [draw]")
    return picked[name]


def _french(value: Any) -> str:
    return f"{value:f}".replace(".", ",") if isinstance(value, Decimal) else str(value)
