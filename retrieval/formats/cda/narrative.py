"""The narrative block of a section as lines of text: paragraphs, lists, tables, line breaks.

White space is that of a printed page: runs are one space. A table row is one line, its cells apart by ` | `.
"""

from __future__ import annotations

from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.tables import rows_of

_BLOCKS = {"paragraph", "list", "item", "table", "tr", "caption", "thead", "tbody", "tfoot", "footnote"}
_SUPERSCRIPT = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
_SUBSCRIPT = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
_CELL_BREAK = " ; "
_BREAK = "\n"


def text_of(node: Node) -> str:
    """The narrative below a node, verbatim but for white space; empty where there is none."""
    return "\n".join(line for line in _lines(_flow(node)) if line)


def line_of(node: Node) -> str:
    """The narrative below a node on one line, its line breaks as ` ; `."""
    return _CELL_BREAK.join(line for line in _lines(_flow(node)) if line)


def anchors(section_text: Node) -> dict[str, Node]:
    """The elements of a narrative by their ID; the first where an ID is given twice."""
    found: dict[str, Node] = {}
    for node in section_text.walk():
        name = node.get("ID") or node.get("id")
        if name:
            found.setdefault(name, node)
    return found


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.split(_BREAK)]


def _flow(node: Node) -> str:
    parts = [_flat(node.text)]
    for position, child in enumerate(node.children, start=1):
        parts.append(_element(child, node, position))
        parts.append(_flat(child.tail))
    return "".join(parts)


def _flat(text: str) -> str:
    """A line end in the source is white space, not a line."""
    return text.replace("\n", " ").replace("\r", " ") if text else ""


def _element(node: Node, parent: Node, position: int) -> str:
    if node.name == "br":
        return _BREAK + _flow(node)
    if node.name in ("sup", "sub"):
        return _raised(_flow(node), above=node.name == "sup")
    if node.name == "table":
        return _BREAK + _table(node) + _BREAK
    if node.name == "item":
        mark = f"{position}. " if parent.get("listType") == "ordered" else "- "
        return _BREAK + mark + _flow(node).strip() + _BREAK
    if node.name == "linkHtml":
        href = node.get("href")
        words = _flow(node)
        return words if not href or href in words else f"{words} <{href}>"
    inner = _flow(node)
    return f"{_BREAK}{inner}{_BREAK}" if node.name in _BLOCKS else inner


def _raised(text: str, *, above: bool) -> str:
    """10<sup>9</sup> is 10⁹, never 109; what has no small form is marked."""
    bare = text.strip()
    small = bare.translate(_SUPERSCRIPT if above else _SUBSCRIPT)
    unchanged = any(a == b for a, b in zip(bare, small, strict=True))
    return (f"^{bare}" if above else f"_{bare}") if bare and unchanged else small


def _table(table: Node) -> str:
    lines = [line_of(child) for child in table.children if child.name == "caption"]
    lines += [" ".join((table.text or "").split())]
    lines += [" | ".join(row) for row in rows_of(table, line_of)]
    return _BREAK.join(line for line in lines if line.strip(" |"))
