"""A draft's JSON as statements: what is said, under which label, citing what.

The typed form of the design: `{"sections": [{"title", "fields": [field]}], "evidence": [item]}`. A field has
a `label`, `citations`, and what it says as `sentences` (each with its own `text` and `citations`), `items` or
`rows` (each an object of short texts, or a text), or one `text` or `value`. A field whose `status` says that
nothing was found, or that nothing is applicable, states nothing of the patient. Anything else is left out,
never an error.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from eval.synthetic.truth import Value

EMPTY = frozenset({"not_found", "not_applicable", "empty", "missing", "non_retrouve", "sans_objet"})
MAX_STATEMENTS = 2000
_SENTENCE = re.compile(r"(?<=[.!?;])\s+(?=[A-ZÀ-Ý])|\n+")


class Statement(Value):
    """One thing that a draft says. `label` is its field's, which may name what a row speaks of."""

    label: str
    text: str
    quotes: tuple[str, ...]

    @property
    def whole(self) -> str:
        """Label and text together: a must-have may be spread over both."""
        return f"{self.label} : {self.text}" if self.label else self.text


def statements(draft: Mapping[str, Any]) -> tuple[Statement, ...]:
    """Every statement of a draft, in order, at most 2,000."""
    quotes = _quotes(draft)
    found: list[Statement] = []
    for section in _objects(draft.get("sections")):
        for field in _objects(section.get("fields")):
            found += _of_field(field, quotes, title=str(section.get("title") or ""))
    return tuple(found[:MAX_STATEMENTS])


def _of_field(field: Mapping[str, Any], quotes: Mapping[str, str], *, title: str) -> Iterator[Statement]:
    if str(field.get("status") or "") in EMPTY:
        return
    label = str(field.get("label") or title)
    common = _labels(field)
    for sentence in _objects(field.get("sentences")):
        yield from _split(label, str(sentence.get("text") or ""), _cited(_labels(sentence) or common, quotes))
    for name in ("items", "rows"):
        for row in field.get(name) or ():
            own = _labels(row) if isinstance(row, Mapping) else []
            yield from _split(label, _row(row), _cited(own or common, quotes), whole=True)
    for name in ("text", "value"):
        if isinstance(field.get(name), str | int | float) and not isinstance(field.get(name), bool):
            yield from _split(label, str(field[name]), _cited(common, quotes))


def _split(label: str, text: str, quotes: tuple[str, ...], *, whole: bool = False) -> Iterator[Statement]:
    for part in [text] if whole else _SENTENCE.split(text):
        if part and part.strip():
            yield Statement(label=label, text=part.strip(), quotes=quotes)


def _row(row: Any) -> str:
    if not isinstance(row, Mapping):
        return str(row)
    return ", ".join(
        str(value)
        for name, value in row.items()
        if name not in {"citations", "id"} and value not in (None, "", [])
    )


def _quotes(draft: Mapping[str, Any]) -> dict[str, str]:
    return {
        str(item.get("id")): "\n".join(
            str(part) for part in ((item.get("locator") or {}).get("quote"), item.get("text")) if part
        )
        for item in _objects(draft.get("evidence"))
    }


def _cited(labels: list[str], quotes: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(quotes[label] for label in labels if label in quotes)


def _labels(holder: Mapping[str, Any]) -> list[str]:
    labels = holder.get("citations")
    return [str(label) for label in labels] if isinstance(labels, list | tuple) else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list | tuple) else []
