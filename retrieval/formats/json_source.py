"""Bytes to tree for JSON: encoding, limits, duplicate keys, exact numbers, exact places in messages."""

from __future__ import annotations

import codecs
import json
import re
from decimal import Decimal
from typing import Any, NamedTuple, NoReturn

from retrieval.errors import InputError, NotAccepted, NotWellFormed, TooLarge
from retrieval.formats.tree import MAX_BYTES, MAX_DIGITS, MAX_NODES, check_shape, check_size

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_JSON_NUMBER = re.compile(r"[:,\[]\s*(-?Infinity|NaN)\b")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_MAY_BE_UNSTORABLE = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_MAX_COMMAS = 10_000_000
REPLACED = "lone surrogates or null characters were replaced by U+FFFD"


class Loaded(NamedTuple):
    """A parsed JSON text: the tree and what had to be said about it."""

    tree: Any
    warnings: tuple[str, ...]


def decode(data: bytes) -> str:
    """The text of `data`, UTF-8 or with a byte order mark or visible pattern of UTF-16 or UTF-32.

    Raises NotWellFormed with line and column of the first byte that is not in that encoding.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], encoding)
    head = data[:4]
    if len(head) >= 2 and head[0] == 0 and head[1] != 0:
        return _decoded(data, "utf-16-be")
    if len(head) >= 2 and head[1] == 0 and head[0] != 0:
        return _decoded(data, "utf-16-le")
    return _decoded(data, "utf-8")


def _decoded(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(encoding, errors="replace")
        name = encoding.upper().removesuffix("-LE").removesuffix("-BE")
        byte = data[error.start]
        reason = f"the text is not {name} (byte 0x{byte:02X}); save it as UTF-8 (is it Latin-1?)"
        raise NotWellFormed(reason, place=place_of(before, len(before))) from None


def place_of(text: str, position: int) -> str:
    """`line L, column C` (from 1) of the character at `position`."""
    line = text.count("\n", 0, position) + 1
    column = position - (text.rfind("\n", 0, position) + 1) + 1
    return f"line {line}, column {column}"


def load(data: bytes, limit: int = MAX_BYTES) -> Loaded:
    """Parse one JSON text. Raises TooLarge or NotWellFormed, with the place."""
    check_size(data, limit)
    return load_text(decode(data))


def load_text(text: str) -> Loaded:
    """Parse one JSON text that is already decoded. Raises TooLarge or NotWellFormed, with the place."""
    if not text.strip():
        raise NotWellFormed("the file is empty")
    if text.count("{") + text.count("[") > MAX_NODES or text.count(",") > _MAX_COMMAS:
        raise TooLarge(f"more than {MAX_NODES:,} nodes")
    try:
        tree = json.loads(
            text,
            parse_float=_exact,
            parse_int=_whole,
            parse_constant=_refuse_constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise NotWellFormed(f"not JSON: {error.msg}", place=place_of(text, error.pos)) from None
    except RecursionError:
        raise TooLarge("nested too deeply") from None
    except InputError as error:
        raise type(error)(error.reason, place=_place_of_constant(text)) from None
    check_shape(tree)
    if not _MAY_BE_UNSTORABLE.search(text):
        return Loaded(tree, ())
    cleaned, changed = _storable(tree)
    return Loaded(cleaned, (REPLACED,) if changed else ())


def _exact(digits: str) -> Decimal:
    if len(digits) > MAX_DIGITS:
        raise TooLarge(f"a number of {len(digits)} characters; the limit is {MAX_DIGITS}")
    value = Decimal(digits)
    if abs(value.adjusted()) > 999:
        raise TooLarge("a number with an exponent beyond 999")
    return value


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise TooLarge(f"a number of {len(digits)} characters; the limit is {MAX_DIGITS}")
    return int(digits)


def _refuse_constant(name: str) -> NoReturn:
    raise NotWellFormed(f"not JSON: {name} is not a JSON number")


def _place_of_constant(text: str) -> str:
    match = _NOT_JSON_NUMBER.search(text)
    return place_of(text, match.start(1)) if match else ""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    node = dict(pairs)
    if len(node) != len(pairs):
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen and seen[key] != value:
                kind = node.get("_type", "an object")
                raise NotAccepted(f"the key {key!r} stands twice in {kind} with different values")
            seen[key] = value
    return node


def _storable(tree: Any) -> tuple[Any, bool]:
    """A copy of `tree` whose texts can be stored as UTF-8, and whether anything changed."""
    if isinstance(tree, str):
        cleaned = _UNSTORABLE.sub("\ufffd", tree)
        return cleaned, cleaned != tree
    if isinstance(tree, list):
        items = [_storable(item) for item in tree]
        return [item for item, _ in items], any(changed for _, changed in items)
    if isinstance(tree, dict):
        pairs = [(_storable(key), _storable(value)) for key, value in tree.items()]
        changed = any(key[1] or value[1] for key, value in pairs)
        return {key[0]: value[0] for key, value in pairs}, changed
    return tree, False
