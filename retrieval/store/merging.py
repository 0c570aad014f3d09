"""Two descriptions of one patient as one."""

from __future__ import annotations

from typing import Any

from retrieval.composition import Patient
from retrieval.folding import fold

_WARNED = ("name", "family_name", "birth_name", "given_names", "birth_date", "birth_place", "sex")
_EMPTY = {"", None, "unknown", "provisional"}


def merge(known: Patient, arrived: Patient) -> tuple[Patient, tuple[str, ...]]:
    """Return both as one: what the new one says wins, identifiers add up, changed identity is named."""
    changes: dict[str, Any] = {}
    warnings: list[str] = []
    for name in (*_WARNED, "identity_status"):
        old, new = getattr(known, name), getattr(arrived, name)
        if new in _EMPTY or new == old:
            continue
        changes[name] = new
        if old not in _EMPTY and name in _WARNED and fold(str(old)) != fold(str(new)):
            warnings.append(f"patient {known.id}: the {name.replace('_', ' ')} differs from the one held")
    identifiers = {(item.system, item.value): item for item in known.identifiers}
    for item in arrived.identifiers:
        before = identifiers.get((item.system, item.value))
        identifiers[item.system, item.value] = before if before and item.status is None else item
    changes["identifiers"] = tuple(identifiers.values())
    return known.model_copy(update=changes), tuple(warnings)
