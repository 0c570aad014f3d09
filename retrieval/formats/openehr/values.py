"""Data values: what a DATA_VALUE says (typed) and how it is written in the rendered text."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Literal, NamedTuple

from retrieval.fact import (
    Boolean,
    Code,
    Coded,
    Duration,
    Identifier,
    Interval,
    Media,
    Moment,
    Ordinal,
    Quantity,
    Ratio,
    ReferenceRange,
    Text,
    Value,
)
from retrieval.formats import french
from retrieval.formats.openehr.precision import magnitude_of
from retrieval.formats.openehr.ranges import Interpretation, bounds, interpret, limits, written_range
from retrieval.formats.openehr.vocabulary import table
from retrieval.formats.tree import Node, flag_of, node_of, nodes_of, number_of, text_of, value_at

Comparator = Literal["<", "<=", ">", ">=", "~"]
_COMPARATORS: dict[str, Comparator] = {
    "<": "<",
    "<=": "<=",
    ">": ">",
    ">=": ">=",
    "~": "~",
    "≤": "<=",
    "≥": ">=",
}
_PERCENT, _UNITARY, _FRACTIONS = 2, 1, (3, 4)


class Reading(NamedTuple):
    """One data value: its words, its typed value, codes, normal range and interpretation."""

    text: str
    value: Value
    codes: tuple[Code, ...] = ()
    range: ReferenceRange | None = None
    interpretation: Interpretation | None = None


def read_value(node: Node, kind: str) -> Reading | None:
    """Read a data value of class `kind`; None when it holds nothing that can be said."""
    reader = _READERS.get(kind)
    found = reader(node) if reader is not None else None
    return found if found is not None else _fallback(node)


def code_of(phrase: object, display: str = "") -> Code | None:
    """The Code of a CODE_PHRASE; None when it has no code."""
    code = value_at(phrase, "code_string")
    if not code:
        return None
    return Code(system=value_at(phrase, "terminology_id", "value"), code=code, display=display)


def _codes(node: Node) -> tuple[Code, ...]:
    """The defining code and the targets of the term mappings of a text."""
    found = [code_of(node.get("defining_code"), text_of(node.get("value")))]
    found += [code_of(mapping.get("target")) for mapping in nodes_of(node.get("mappings"))]
    return tuple(code for code in found if code is not None)


def _text(node: Node) -> Reading | None:
    words = text_of(node.get("value"))
    codes = _codes(node)
    uri = value_at(node, "hyperlink", "value")
    if not words and not codes and not uri:
        return None
    shown = (words or (codes[0].code if codes else "")) + (f" <{uri}>" if uri else "")
    return Reading(shown, Text(text=words or shown), codes)


def _coded(node: Node) -> Reading | None:
    found = _text(node)
    if found is None:
        return None
    code = code_of(node.get("defining_code"), text_of(node.get("value")))
    return found._replace(value=Coded(text=text_of(node.get("value")) or found.text, code=code))


def _paragraph(node: Node) -> Reading | None:
    items = [found for item in nodes_of(node.get("items")) if (found := _text(item)) is not None]
    words = "\n".join(item.text for item in items)
    return Reading(words, Text(text=words), sum((item.codes for item in items), ())) if items else None


def _boolean(node: Node) -> Reading | None:
    flag = flag_of(node.get("value"))
    return None if flag is None else Reading("oui" if flag else "non", Boolean(value=flag))


def _state(node: Node) -> Reading | None:
    return _coded(node_of(node.get("value")))


def _identifier(node: Node) -> Reading | None:
    identifier = text_of(node.get("id"))
    more = [text_of(node.get(key)) for key in ("type", "issuer", "assigner")]
    extra = ", ".join(dict.fromkeys(part for part in more if part))
    if not identifier and not extra:
        return None
    shown = f"{identifier} ({extra})" if extra else identifier
    return Reading(shown, Identifier(id=identifier, issuer=text_of(node.get("issuer"))))


def _moment(node: Node) -> Reading | None:
    iso = text_of(node.get("value"))
    if not iso:
        return None
    return Reading(_prefixed(node, french.moment(iso)), Moment(iso=iso))


def _duration(node: Node) -> Reading | None:
    iso = text_of(node.get("value"))
    return Reading(_prefixed(node, french.duration(iso)), Duration(iso=iso)) if iso else None


def _prefixed(node: Node, shown: str) -> str:
    status = text_of(node.get("magnitude_status"))
    return f"{status} {shown}" if status not in ("", "=") else shown


def _quantity(node: Node) -> Reading | None:
    magnitude = magnitude_of(node)
    if magnitude is None:
        return None
    units = text_of(node.get("units"))
    status = _COMPARATORS.get(text_of(node.get("magnitude_status")))
    value = Quantity(magnitude=magnitude, unit=units, comparator=status)
    shown_unit = text_of(node.get("units_display_name")) or french.unit(units)
    number = _prefixed(node, french.number(magnitude)) + _accuracy(node)
    return _ordered(node, f"{number} {shown_unit}".rstrip(), value, magnitude)


def _accuracy(node: Node) -> str:
    accuracy = number_of(node.get("accuracy"))
    if accuracy is None or accuracy <= 0:
        return ""
    return f" ± {french.number(accuracy)}" + (" %" if flag_of(node.get("accuracy_is_percent")) else "")


def _count(node: Node) -> Reading | None:
    magnitude = number_of(node.get("magnitude"))
    if magnitude is None:
        return None
    status = _COMPARATORS.get(text_of(node.get("magnitude_status")))
    shown = _prefixed(node, french.number(magnitude)) + _accuracy(node)
    return _ordered(node, shown, Quantity(magnitude=magnitude, comparator=status), magnitude)


def _proportion(node: Node) -> Reading | None:
    top, bottom = number_of(node.get("numerator")), number_of(node.get("denominator"))
    kind = number_of(node.get("type"))
    if kind == _PERCENT and bottom is None:
        bottom = Decimal(100)
    if kind == _UNITARY and bottom is None:
        bottom = Decimal(1)
    if top is None or bottom is None:
        return None
    if kind == _PERCENT and bottom == 100:
        shown = f"{french.number(top)} %"
    elif kind == _UNITARY and bottom == 1:
        shown = french.number(top)
    else:
        sign = "/" if kind in _FRACTIONS else ":"
        shown = f"{french.number(top)}{sign}{french.number(bottom)}"
    shown = _prefixed(node, shown) + _accuracy(node)
    return _ordered(node, shown, Ratio(numerator=top, denominator=bottom), top)


def _ordinal(node: Node) -> Reading | None:
    rank = number_of(node.get("value"))
    symbol = node_of(node.get("symbol"))
    words = text_of(symbol.get("value"))
    if rank is None:
        return _coded(symbol)
    shown = f"{french.number(rank)} ({words})" if words else french.number(rank)
    found = _ordered(node, shown, Ordinal(rank=rank, text=words), rank)
    return found._replace(codes=_codes(symbol))


def _ordered(node: Node, shown: str, value: Value, magnitude: Decimal) -> Reading:
    """Add the normal range, the normal status and other ranges to the words and to the reading."""
    stated = value_at(node, "normal_status", "code_string")
    normal = node_of(node.get("normal_range"))
    units = text_of(node.get("units"))
    reference = limits(normal) if normal else None
    if normal and (span := written_range(normal, units)):
        shown += f" ({span})"
    for other in nodes_of(node.get("other_reference_ranges")):
        words = f"{value_at(other, 'meaning', 'value')} : {written_range(node_of(other.get('range')), units)}"
        shown += f" ({words.strip(' :')})"
    if stated:
        shown += f" [{table('normal_status').get(stated, stated)}]"
    found = interpret(stated, normal, magnitude, unit=units, status=text_of(node.get("magnitude_status")))
    return Reading(shown, value, (), reference, found)


def _interval(node: Node) -> Reading | None:
    low, high, unit = bounds(node)
    shown = written_range(node, None)
    return Reading(shown, Interval(low=low, high=high, unit=unit)) if shown else None


def _uri(node: Node) -> Reading | None:
    uri = text_of(node.get("value"))
    return Reading(uri, Text(text=uri)) if uri else None


def _parsable(node: Node) -> Reading | None:
    words = text_of(node.get("value"))
    return Reading(words, Text(text=words)) if words else None


def _multimedia(node: Node) -> Reading | None:
    kind = value_at(node, "media_type", "code_string")
    uri = value_at(node, "uri", "value")
    size = number_of(node.get("size"))
    alternate = text_of(node.get("alternate_text"))
    if not (kind or uri or alternate or node.get("data")):
        return None
    octets = f"{french.number(size)} octets" if size else ""
    shown = ", ".join(part for part in (alternate, kind, octets, uri) if part)
    whole = int(size) if size is not None and size >= 0 else None
    media = Media(media_type=kind, uri=uri, size_bytes=whole)
    return Reading(f"[pièce jointe : {shown}]" if shown else "[pièce jointe]", media)


def _timing(node: Node) -> Reading | None:
    return _parsable(node_of(node.get("value")))


def _fallback(node: Node) -> Reading | None:
    """What an unknown or ill-formed value still says: its scalar, or that of the value inside."""
    for key in ("value", "magnitude", "code_string", "id"):
        words = text_of(node.get(key)) or value_at(node, key, "value")
        if words:
            return Reading(words, Text(text=words), _codes(node))
    return None


_READERS: dict[str, Callable[[Node], Reading | None]] = {
    "DV_TEXT": _text,
    "DV_CODED_TEXT": _coded,
    "DV_PARAGRAPH": _paragraph,
    "DV_BOOLEAN": _boolean,
    "DV_STATE": _state,
    "DV_IDENTIFIER": _identifier,
    "DV_DATE": _moment,
    "DV_TIME": _moment,
    "DV_DATE_TIME": _moment,
    "DV_DURATION": _duration,
    "DV_QUANTITY": _quantity,
    "DV_COUNT": _count,
    "DV_PROPORTION": _proportion,
    "DV_ORDINAL": _ordinal,
    "DV_SCALE": _ordinal,
    "DV_INTERVAL": _interval,
    "DV_URI": _uri,
    "DV_EHR_URI": _uri,
    "DV_PARSABLE": _parsable,
    "DV_MULTIMEDIA": _multimedia,
    "DV_PERIODIC_TIME_SPECIFICATION": _timing,
    "DV_GENERAL_TIME_SPECIFICATION": _timing,
    "DV_TIME_SPECIFICATION": _timing,
}
