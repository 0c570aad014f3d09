"""The exact source text of each item inside a JSON text, so that every record keeps its own raw bytes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

Steps = tuple[str | int, ...]
"""Where an item stands in a parsed tree: keys and indices from the root."""
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)
_SPACE = re.compile(r"[ \t\r\n]*")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _items(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Start and end of each item of the array at `at`."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = _DECODER.raw_decode(text, at)
        yield at, end
        at = _skip(text, end)
        at = _skip(text, at + 1) if text[at] == "," else at


def _member(text: str, at: int, name: str) -> int:
    """Where the value of the last member `name` of the object at `at` starts."""
    found = -1
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        if key == name:
            found = at
        _, at = _DECODER.raw_decode(text, at)
        at = _skip(text, at)
        at = _skip(text, at + 1) if text[at] == "," else at
    return found


def slices(text: str, wanted: list[Steps]) -> dict[Steps, str]:
    """The source text at each of `wanted`, which are steps into the parsed tree of a valid `text`."""
    found: dict[Steps, str] = {}
    _collect(text, _skip(text, 0), wanted, 0, found)
    return found


def _collect(text: str, at: int, wanted: list[Steps], depth: int, found: dict[Steps, str]) -> None:
    """Note the text at `at` for the path that ends here; go on into the next step of the others."""
    deeper: dict[str | int, list[Steps]] = {}
    for path in wanted:
        if len(path) == depth:
            _, end = _DECODER.raw_decode(text, at)
            found[path] = text[at:end]
            return
        deeper.setdefault(path[depth], []).append(path)
    if text[at] == "[":
        for index, (start, _) in enumerate(_items(text, at)):
            if index in deeper:
                _collect(text, start, deeper[index], depth + 1, found)
        return
    for name, inside in deeper.items():
        start = _member(text, at, str(name))
        if start >= 0:
            _collect(text, start, inside, depth + 1, found)
