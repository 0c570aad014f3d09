"""Format `docx`: Word letters. Tracked changes as if accepted, tables row by row, headers, notes, footers.

Deleted text is never shown as current, inserted text is. Comments are not part of the letter: they are
counted, not shown. Numbers that Word makes of lists are not in the file and not in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from retrieval.composition import ReadItem
from retrieval.errors import NotWellFormed, TooLarge
from retrieval.formats.base import Source
from retrieval.formats.text.docx_package import OLE, Part, is_docx, parts_of
from retrieval.formats.text.letter import Letter, document_of
from retrieval.formats.text.units import Unit, resolve_units

TEXT_VERSION = "docx@v1"
MAX_CHARACTERS = 5_000_000
MAX_UNITS = 200_000
_SKIPPED = frozenset(
    ("del", "moveFrom", "delText", "instrText", "delInstrText", "pPr", "rPr", "sdtPr", "Fallback", "object")
)
"""What a reader of the printed letter does not see: deletions, field codes, formatting, a second drawing."""
_BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "\u2011", "softHyphen": "\xad"}
_MEDIA = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class WordDocument:
    """Reads `.docx` files, known by their content."""

    name = "docx"
    takes_metadata = True

    def recognises(self, source: Source) -> bool:
        """A ZIP archive with a Word body; a `.doc` or `.docx` of the old binary kind, to say so."""
        old = source.data.startswith(OLE) and source.name.lower().endswith((".doc", ".docx"))
        return old or is_docx(source.data)

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield the one document of the file. Raises InputError."""
        parts = parts_of(source.data)
        units = _units(parts)
        if not any(unit.text.strip() for unit in units):
            raise NotWellFormed("the DOCX holds no text")
        yield document_of(
            source,
            Letter(
                units=units, media_type=_MEDIA, text_version=TEXT_VERSION, warnings=tuple(_warnings(parts))
            ),
        )

    def resolve(self, raw: bytes, path: str) -> object:
        """The text at `paragraph[n-m]`, `table[t]/row[n-m]` or `.../cell[c]`. Raises UnknownRecord."""
        return resolve_units(_units(parts_of(raw)), path)


@dataclass(slots=True)
class _Gathered:
    """Units in the making of one part."""

    stem: str
    units: list[Unit] = field(default_factory=list)
    paragraphs: int = 0
    tables: int = 0
    boxes: list[etree._Element] = field(default_factory=list)

    def paragraph(self, text: str) -> None:
        self.paragraphs += 1
        self.units.append(Unit(text, f"{self.stem}paragraph", self.paragraphs))


def _units(parts: tuple[Part, ...]) -> list[Unit]:
    """All units in the order of reading; a header that stands twice counts once. Raises TooLarge."""
    units: list[Unit] = []
    counts: dict[str, int] = {}
    seen: set[str] = set()
    for part in parts:
        if part.kind == "comments":
            continue
        counts[part.kind] = counts.get(part.kind, 0) + 1
        stem = "" if part.kind == "body" else f"{part.kind}[{counts[part.kind]}]/"
        gathered = _Gathered(stem)
        _blocks(part.root, gathered)
        text = "\n".join(unit.text for unit in gathered.units)
        if part.kind != "body" and (not text.strip() or text in seen):
            continue
        seen.add(text)
        units += gathered.units
    if len(units) > MAX_UNITS or sum(len(unit.text) for unit in units) > MAX_CHARACTERS:
        raise TooLarge(
            f"more than {MAX_CHARACTERS:,} characters or {MAX_UNITS:,} paragraphs: divide the file"
        )
    return units


def _blocks(element: etree._Element, gathered: _Gathered) -> None:
    """The paragraphs and tables below an element, whatever wraps them (content controls, insertions)."""
    for child in element:
        name = _name(child)
        if name == "p":
            boxes: list[etree._Element] = []
            gathered.paragraph(_text(child, boxes))
            for box in boxes:
                _blocks(box, gathered)
        elif name == "tbl":
            _table(child, gathered)
        elif name not in _SKIPPED and len(child):
            _blocks(child, gathered)


def _table(table: etree._Element, gathered: _Gathered) -> None:
    gathered.tables += 1
    stem = f"{gathered.stem}table[{gathered.tables}]/row"
    number = 0
    for row in _below(table, "tr"):
        if any(_name(mark) == "del" for mark in _children(row, "trPr")):
            continue
        number += 1
        cells = tuple(_cell(cell) for cell in _below(row, "tc"))
        text = " | ".join(cell.replace("\n", " ; ") for cell in cells)
        gathered.units.append(Unit(text, stem, number, cells=cells))


def _cell(cell: etree._Element) -> str:
    """The paragraphs of a cell, one a line; a table inside it row by row."""
    inner = _Gathered("")
    _blocks(cell, inner)
    return "\n".join(unit.text for unit in inner.units if unit.text.strip())


def _below(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    """The elements of one name below another, through wrappers but not through one another."""
    for child in element:
        name = _name(child)
        if name == wanted:
            yield child
        elif name in {"sdt", "sdtContent", "customXml", "ins", "moveTo"}:
            yield from _below(child, wanted)


def _children(element: etree._Element, wanted: str) -> Iterator[etree._Element]:
    return (mark for child in element if _name(child) == wanted for mark in child)


def _text(element: etree._Element, boxes: list[etree._Element]) -> str:
    """The text of a paragraph as printed; text boxes that hang on it are put aside in `boxes`."""
    written: list[str] = []
    for child in element:
        name = _name(child)
        if name == "t":
            written.append(child.text or "")
        elif name in _BREAKS:
            written.append(_BREAKS[name])
        elif name == "sym":
            written.append(_symbol(child))
        elif name in {"footnoteReference", "endnoteReference"}:
            written.append(f"[{_attribute(child, 'id')}]")
        elif name == "txbxContent":
            boxes.append(child)
        elif name not in _SKIPPED and not (name == "r" and _is_hidden(child)):
            written.append(_text(child, boxes))
    return "".join(written)


def _is_hidden(run: etree._Element) -> bool:
    return any(
        _name(mark) == "vanish" and _attribute(mark, "val") not in {"0", "false"}
        for mark in _children(run, "rPr")
    )


def _symbol(element: etree._Element) -> str:
    """A character of a symbol font; those of private use have no meaning outside it and show as U+FFFD."""
    try:
        code = int(_attribute(element, "char"), 16)
    except ValueError:
        return "\ufffd"
    return chr(code) if 0x20 <= code < 0xD800 else "\ufffd"


def _warnings(parts: tuple[Part, ...]) -> Iterator[str]:
    remarks = [item for part in parts if part.kind == "comments" for item in part.root]
    comments = sum(_name(item) == "comment" for item in remarks)
    if comments:
        yield f"{comments} comments of reviewers are not part of the letter and are not read"
    names = [_name(item) for part in parts for item in part.root.iter(etree.Element)]
    if "del" in names or "moveFrom" in names:
        yield "the letter has tracked changes: it was read as if they were accepted"
    if "vanish" in names:
        yield "the letter has hidden text, which is not read"
    pictures = names.count("blip")
    if pictures:
        yield f"{pictures} pictures are not read: text in them is not searched"


def _name(element: etree._Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _attribute(element: etree._Element, name: str) -> str:
    return next((str(value) for key, value in element.attrib.items() if str(key).endswith("}" + name)), "")
