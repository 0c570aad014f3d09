"""Format `pdf`: PDF letters, and scanned pages as images; a page without a text layer goes through OCR."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from retrieval.composition import ReadItem
from retrieval.errors import NotAccepted, UnknownRecord
from retrieval.formats.base import Source
from retrieval.formats.text import ocr, pdf
from retrieval.formats.text.letter import Letter, document_of
from retrieval.formats.text.units import Unit, lines_as_units, resolve_units

MAX_OCR_PAGES = 50
MAX_OCR_SECONDS = 600.0
"""Of one file; the pages beyond count as unread."""
STAMP_CHARACTERS = 150
SCAN_SHARE = 0.5
"""A page with no more text than a stamp, half covered by one image, is a scan: its text is in the image."""
GARBLED_SHARE = 0.2
_NO_MEANING = re.compile("[\ufffd\ue000-\uf8ff]")
_PAGE = re.compile(r"page\[(\d{1,7})\](/.+)?")
_MEDIA = {ocr.SIGNATURES[0]: "image/png", ocr.SIGNATURES[1]: "image/jpeg"}


class _Pages(NamedTuple):
    """The text of each page; `recognised` came from images, `unread` has no text at all (numbers from 1)."""

    texts: tuple[str, ...]
    recognised: frozenset[int] = frozenset()
    unread: tuple[int, ...] = ()


class PagedFile:
    """Reads PDF, and PNG, JPEG and TIFF as scanned pages."""

    name = "pdf"
    takes_metadata = True

    def recognises(self, source: Source) -> bool:
        """By the first bytes; what precedes the signature of a PDF is passed over where the name says PDF."""
        named = source.name.lower().endswith(".pdf") and pdf.is_pdf(source.data)
        return named or source.data[:5] == pdf.SIGNATURE or ocr.is_image(source.data)

    def read(self, source: Source) -> Iterator[ReadItem]:
        """Yield the one document of the file. Raises InputError; an image needs OCR."""
        if ocr.is_image(source.data):
            pages, media = _pages_of_image(source.data), _media_of(source.data)
        else:
            pages, media = _pages_of_pdf(source.data), "application/pdf"
        letter = Letter(
            units=_units(pages),
            media_type=media,
            text_version=_text_version(pages),
            unread_pages=pages.unread,
            warnings=tuple(
                f"page {number}: the text was recognised from an image (OCR)"
                for number in sorted(pages.recognised)
            ),
        )
        yield document_of(source, letter)

    def resolve(self, raw: bytes, path: str) -> object:
        """The lines at `page[n]/line[a-b]`, or the text of `page[n]`; the page itself where its text was
        recognised (`page[n]/ocr/line[a-b]`) or it has none.

        Raises UnknownRecord.
        """
        match = _PAGE.fullmatch(path)
        if match is None:
            raise UnknownRecord("no such place in the document")
        number = int(match[1])
        if ocr.is_image(raw):
            return raw
        texts = pdf.pages_of(raw)
        text = texts[number - 1] if 1 <= number <= len(texts) else ""
        if text.strip() and not (match[2] or "").startswith("/ocr/"):
            units = lines_as_units(text, f"page[{number}]/line")
            return resolve_units(units, path) if match[2] else text
        alone = pdf.page_alone(raw, number)
        if alone is None:
            raise UnknownRecord("no such page in the document")
        return alone


def _pages_of_pdf(data: bytes) -> _Pages:
    texts = list(pdf.pages_of(data))
    without = _images_among(data, texts)
    tesseract = ocr.engine() if without else None
    if tesseract is None:
        return _Pages(tuple(texts), unread=tuple(without))
    recognised: set[int] = set()
    deadline = time.monotonic() + MAX_OCR_SECONDS
    for number in without[:MAX_OCR_PAGES]:
        if time.monotonic() > deadline:
            break
        image = pdf.image_of(data, number, max_side=ocr.MAX_SIDE)
        text = _cleaned(ocr.recognise(ocr.drawn(image), tesseract)) if image is not None else ""
        if text:
            texts[number - 1] = text
            recognised.add(number)
    unread = tuple(number for number in without if number not in recognised)
    return _Pages(tuple(texts), frozenset(recognised), unread)


def _images_among(data: bytes, texts: Sequence[str]) -> list[int]:
    """The pages (from 1) that only an image tells: no text, a stamp on a scan, or letters without meaning."""
    garbled = {number for number, text in enumerate(texts, start=1) if _is_garbled(text)}
    short = {number for number, text in enumerate(texts, start=1) if len(text.strip()) <= STAMP_CHARACTERS}
    drawn = pdf.drawn_pages(data) if garbled | short else {}
    scanned = {n for n in short & set(drawn) if not texts[n - 1].strip() or drawn[n] >= SCAN_SHARE}
    return sorted(garbled | scanned)


def _is_garbled(text: str) -> bool:
    """Whether the font of a page does not say which characters its signs are."""
    return len(_NO_MEANING.findall(text)) > GARBLED_SHARE * max(len(text), 1)


def _pages_of_image(data: bytes) -> _Pages:
    tesseract = ocr.engine()
    if tesseract is None:
        raise NotAccepted(f"an image, and no OCR to read it: {ocr.HOW}")
    texts: list[str] = []
    deadline = time.monotonic() + MAX_OCR_SECONDS
    for frame in ocr.frames_of(data):
        late = time.monotonic() > deadline
        texts.append("" if late else _cleaned(ocr.recognise(frame, tesseract)))
    unread = tuple(number for number, text in enumerate(texts, start=1) if not text)
    return _Pages(tuple(texts), frozenset(range(1, len(texts) + 1)) - frozenset(unread), unread)


def _cleaned(text: str | None) -> str:
    return pdf.clean(text or "").strip()


def _units(pages: _Pages) -> list[Unit]:
    return [
        unit
        for number, text in enumerate(pages.texts, start=1)
        if text.strip()
        for unit in lines_as_units(
            text, _stem(number, pages), page=number, recognised=number in pages.recognised
        )
    ]


def _stem(number: int, pages: _Pages) -> str:
    return f"page[{number}]/ocr/line" if number in pages.recognised else f"page[{number}]/line"


def _text_version(pages: _Pages) -> str:
    """Another version of Tesseract reads otherwise: its text is another rendering of the same bytes."""
    tesseract = ocr.engine() if pages.recognised else None
    return f"pdf-tesseract-{tesseract.version}@v1" if tesseract else "pdf@v1"


def _media_of(data: bytes) -> str:
    return next((media for mark, media in _MEDIA.items() if data.startswith(mark)), "image/tiff")
