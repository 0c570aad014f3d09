"""The XHTML of a narrative in plain text: no script, no style, nothing hidden."""

from __future__ import annotations

import re

from lxml import etree

from retrieval.errors import InputError
from retrieval.formats.xml_source import parse

_BLOCKS = {"p", "div", "tr", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "dt", "dd", "br"}
_BLOCKS |= {"blockquote", "pre", "hr", "caption", "thead", "tbody"}
_LEFT_OUT = {"script", "style", "head", "title", "template", "noscript", "iframe", "object"}
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_ENTITIES = {"&nbsp;": "\u00a0", "&eacute;": "é", "&egrave;": "è", "&agrave;": "à", "&ccedil;": "ç"}
_SPACE = re.compile(r"[ \t\r\n]+")
_MAX_DEPTH = 150


def text_of(div: str) -> str:
    """The readable text of a narrative; empty when it cannot be parsed."""
    for name, character in _ENTITIES.items():
        div = div.replace(name, character)
    try:
        root = parse(div.encode("utf-8", "replace"))
    except InputError:
        return _bare(div)
    lines = "".join(_flow(root, 0)).split("\n")
    kept = [_SPACE.sub(" ", line).strip(" |") for line in lines]
    return "\n".join(line for line in kept if line)


def _bare(div: str) -> str:
    """Text of a narrative that is no XHTML: its characters without anything between `<` and `>`."""
    return _SPACE.sub(" ", re.sub(r"<[^>]{0,2000}>", " ", div)).strip()


def _flow(element: etree._Element, depth: int) -> list[str]:
    name = etree.QName(element).localname.lower() if isinstance(element.tag, str) else ""
    if depth > _MAX_DEPTH or name in _LEFT_OUT or _HIDDEN.search(element.get("style") or ""):
        return []
    parts = [_SPACE.sub(" ", element.text or "")]
    for child in element:
        parts += _flow(child, depth + 1)
        parts.append(_SPACE.sub(" ", child.tail or ""))
    if name in ("td", "th"):
        return [*(part.replace("\n", " ") for part in parts), " | "]
    if name == "img" and element.get("alt"):
        return [f"[{element.get('alt')}]"]
    return ["\n", *parts, "\n"] if name in _BLOCKS else parts
