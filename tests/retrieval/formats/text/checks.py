"""What holds for every document that a text reader makes."""

from __future__ import annotations

from retrieval.composition import ReadDocument
from retrieval.formats.base import Format, Source


def read_one(reader: Format, source: Source) -> ReadDocument:
    """The one document of a source, checked."""
    (document,) = reader.read(source)
    assert isinstance(document, ReadDocument)
    check(reader, document)
    return document


def check(reader: Format, document: ReadDocument) -> None:
    """Quotes are exact, and each path leads to raw text that holds what is quoted."""
    for fact in document.facts:
        locator = fact.locator
        assert document.text[locator.start : locator.end] == locator.quote
        raw = reader.resolve(document.raw, locator.path)
        assert isinstance(raw, bytes) or locator.quote in str(raw)
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end
        end = block.end
        raw = reader.resolve(document.raw, block.path)
        stretch = document.text[block.start : block.end].strip()
        assert isinstance(raw, bytes) or not raw or stretch in str(raw) or stretch.startswith("Page ")
