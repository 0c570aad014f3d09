"""The checker of bound output."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import UnsupportedRequest
from models.schema import problems
from models.scripted import minimal

CASES: list[tuple[Any, dict[str, Any], bool]] = [
    ("a", {"type": "string"}, True),
    (1, {"type": "string"}, False),
    (True, {"type": "integer"}, False),
    (1, {"type": "number"}, True),
    (1.5, {"type": "integer"}, False),
    (None, {"type": ["string", "null"]}, True),
    (1, {"const": True}, False),
    (True, {"enum": [1, 2]}, False),
    ("b", {"enum": ["a", "b"]}, True),
    ([1, 2], {"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2}, True),
    ([], {"minItems": 1}, False),
    ([1, 2, 3], {"maxItems": 2}, False),
    ([1, "x"], {"items": {"type": "integer"}}, False),
    ("abc", {"minLength": 2, "maxLength": 3, "pattern": "^a"}, True),
    ("xbc", {"pattern": "^a"}, False),
    ("a", {"minLength": 2}, False),
    (5, {"minimum": 5, "maximum": 5}, True),
    (4, {"minimum": 5}, False),
    (True, {"minimum": 5}, True),
    ({}, {"required": ["a"]}, False),
    ({"a": 1}, {"required": ["a"], "properties": {"a": {"type": "integer"}}}, True),
    ({"a": "1"}, {"properties": {"a": {"type": "integer"}}}, False),
    ({"b": 1}, {"properties": {"a": {}}, "additionalProperties": False}, False),
    ({"b": 1}, {"additionalProperties": {"type": "string"}}, False),
    ({"b": "1"}, {"additionalProperties": {"type": "string"}}, True),
    (1, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, True),
    (None, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, False),
    ("x", {"$ref": "#/$defs/S", "$defs": {"S": {"type": "string"}}}, True),
    (1, {"$ref": "#/$defs/S", "$defs": {"S": {"type": "string"}}}, False),
]


@pytest.mark.parametrize(("value", "schema", "fits"), CASES)
def test_cases(value: Any, schema: dict[str, Any], *, fits: bool) -> None:
    assert (problems(value, schema) == []) is fits


@pytest.mark.parametrize(
    "schema",
    [
        {"format": "date"},
        {"not": {}},
        {"type": "date"},
        {"$ref": "https://example.org/schema"},
        {"$ref": "#/$defs/Absent"},
        {"$ref": "#/$defs/Loop", "$defs": {"Loop": {"$ref": "#/$defs/Loop"}}},
    ],
)
def test_what_is_not_known_is_refused_not_ignored(schema: dict[str, Any]) -> None:
    with pytest.raises(UnsupportedRequest):
        problems({}, schema)


def test_places_are_told_and_content_is_not() -> None:
    schema = {"properties": {"rows": {"items": {"properties": {"text": {"maxLength": 3}}}}}}
    found = problems({"rows": [{"text": "ok"}, {"text": "Dupont Marie"}]}, schema)
    assert found == ["$.rows[1].text: breaks maxLength 3"]


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=8))
def test_json_values_fit_their_own_constant(value: Any) -> None:
    assert problems(json.loads(json.dumps(value)), {"const": value}) == []


def test_the_fakes_smallest_value_fits() -> None:
    for _, schema, fits in CASES:
        if fits and ("type" in schema or "enum" in schema or "$ref" in schema):
            assert problems(minimal(schema), schema) == [], schema
