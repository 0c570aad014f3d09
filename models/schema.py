"""Checks a JSON value against the part of JSON Schema that a model's output may be bound to.

Only the keywords that both local engines turn into a grammar, and that every answer form of this project
uses, are known; any other is an error, so that no constraint is ever silently ignored. References stay
inside the schema (``#/$defs/Name``): nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .errors import UnsupportedRequest

MAX_DEPTH = 40
_ANNOTATIONS = frozenset({"$defs", "title", "description", "default", "examples", "$schema"})
_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "null": (type(None),),
    "integer": (int,),
    "number": (int, float),
}
_Walk = Iterator[str]


def _is_type(value: object, name: str) -> bool:
    if name not in _TYPES:
        raise UnsupportedRequest(f"the output schema names an unknown type: {name!r}")
    if isinstance(value, bool) and name != "boolean":
        return False
    return isinstance(value, _TYPES[name])


def _same(left: object, right: object) -> bool:
    """JSON equality: in Python ``True == 1``, in JSON they differ."""
    return isinstance(left, bool) == isinstance(right, bool) and left == right


class _Checker:
    """One check of one value; ``root`` is the schema in which references are resolved."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._keywords: dict[str, Callable[[Any, Any, Mapping[str, Any], str, int], _Walk]] = {
            "$ref": self._ref,
            "type": self._type,
            "enum": self._enum,
            "const": self._const,
            "anyOf": self._any_of,
            "oneOf": self._any_of,
            "properties": self._properties,
            "required": self._required,
            "additionalProperties": self._additional,
            "items": self._items,
        }
        sizes: dict[str, tuple[type | tuple[type, ...], Callable[[Any, Any], bool]]] = {
            "minItems": (list, lambda value, bound: len(value) >= bound),
            "maxItems": (list, lambda value, bound: len(value) <= bound),
            "minLength": (str, lambda value, bound: len(value) >= bound),
            "maxLength": (str, lambda value, bound: len(value) <= bound),
            "minimum": ((int, float), lambda value, bound: value >= bound),
            "maximum": ((int, float), lambda value, bound: value <= bound),
            "pattern": (str, lambda value, bound: re.search(bound, value) is not None),
        }
        self._sizes = sizes

    def walk(self, value: Any, schema: Mapping[str, Any], place: str, depth: int = 0) -> _Walk:
        """Yield a line for each thing that is wrong at or below ``place``."""
        if depth > MAX_DEPTH:
            raise UnsupportedRequest("the output schema is nested too deep")
        for keyword, wanted in schema.items():
            if keyword in self._keywords:
                yield from self._keywords[keyword](value, wanted, schema, place, depth + 1)
            elif keyword in self._sizes:
                kind, holds = self._sizes[keyword]
                if isinstance(value, kind) and not isinstance(value, bool) and not holds(value, wanted):
                    yield f"{place}: breaks {keyword} {wanted!r}"
            elif keyword not in _ANNOTATIONS:
                raise UnsupportedRequest(f"the output schema uses an unknown keyword: {keyword!r}")

    def _ref(self, value: Any, wanted: Any, _s: Mapping[str, Any], place: str, depth: int) -> _Walk:
        definitions = self._root.get("$defs", {})
        name = str(wanted).removeprefix("#/$defs/")
        if not str(wanted).startswith("#/$defs/") or name not in definitions:
            raise UnsupportedRequest(f"the output schema refers outside itself: {wanted!r}")
        yield from self.walk(value, definitions[name], place, depth)

    def _type(self, value: Any, wanted: Any, _s: Mapping[str, Any], place: str, _d: int) -> _Walk:
        names = [wanted] if isinstance(wanted, str) else list(wanted)
        if not any(_is_type(value, name) for name in names):
            yield f"{place}: is not {' or '.join(names)}"

    def _enum(self, value: Any, wanted: Any, _s: Mapping[str, Any], place: str, _d: int) -> _Walk:
        if not any(_same(value, item) for item in wanted):
            yield f"{place}: is not one of the allowed values"

    def _const(self, value: Any, wanted: Any, _s: Mapping[str, Any], place: str, _d: int) -> _Walk:
        if not _same(value, wanted):
            yield f"{place}: is not the required value"

    def _any_of(self, value: Any, wanted: Any, _s: Mapping[str, Any], place: str, depth: int) -> _Walk:
        if all(next(self.walk(value, option, place, depth), None) is not None for option in wanted):
            yield f"{place}: has none of the allowed forms"

    def _properties(self, value: Any, wanted: Any, _s: Mapping[str, Any], place: str, depth: int) -> _Walk:
        if isinstance(value, dict):
            for name, schema in wanted.items():
                if name in value:
                    yield from self.walk(value[name], schema, f"{place}.{name}", depth)

    def _required(self, value: Any, wanted: Any, _s: Mapping[str, Any], place: str, _d: int) -> _Walk:
        if isinstance(value, dict):
            yield from (f"{place}: lacks {name}" for name in wanted if name not in value)

    def _additional(
        self, value: Any, wanted: Any, schema: Mapping[str, Any], place: str, depth: int
    ) -> _Walk:
        others = [name for name in value if name not in schema.get("properties", {})] if _dict(value) else []
        for name in others:
            if wanted is False:
                yield f"{place}: holds a property that is not foreseen"
            elif isinstance(wanted, Mapping):
                yield from self.walk(value[name], wanted, f"{place}.*", depth)

    def _items(self, value: Any, wanted: Any, _s: Mapping[str, Any], place: str, depth: int) -> _Walk:
        if isinstance(value, list):
            for rank, item in enumerate(value):
                yield from self.walk(item, wanted, f"{place}[{rank}]", depth)


def _dict(value: object) -> bool:
    return isinstance(value, dict)


def problems(value: object, schema: Mapping[str, Any]) -> list[str]:
    """What is wrong with ``value``, a line each with its place; empty if it fits.

    Lines name places and rules, never the content. ``UnsupportedRequest`` if the schema uses a keyword, a
    type or a reference that this module does not know.
    """
    return list(_Checker(schema).walk(value, schema, "$"))
