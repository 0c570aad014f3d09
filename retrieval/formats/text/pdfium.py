"""PDFium through pypdfium2: the text and the image of pages (figures in docs/decisions/013).

Scripts, forms, attachments and links are never run, opened or followed: only the text of the pages is read.
PDFium is not safe to call from two threads at once, and a hostile file may exhaust memory in it: it runs
in the process of `pdf_process`, behind `pdf`.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, NamedTuple

import pypdfium2

from retrieval.errors import NotAccepted, NotWellFormed, TooLarge

MAX_BYTES = 50_000_000
MAX_PAGES = 2_000
MAX_CHARACTERS = 5_000_000
MAX_SECONDS = 60.0
"""Of reading one file; looked at between pages."""
SIGNATURE = b"%PDF-"
_MAX_IMAGES = 1_000
_NEEDS_PASSWORD = 4
"""FPDF_ERR_PASSWORD in fpdfview.h."""
_SOFT_BREAK = re.compile(r"(?<=[a-zà-öø-ÿœ])[\ufffe\u0002\xad]\n?(?=[a-zà-öø-ÿœ])")
_BREAK_MARK = re.compile(r"[\ufffe\u0002\xad]")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\uffff]")


class GreyImage(NamedTuple):
    """A drawn page, one byte a pixel; `stride` bytes a row, of which the first `width` count."""

    width: int
    height: int
    stride: int
    rows: bytes


def is_pdf(data: bytes) -> bool:
    """Whether the bytes begin as a PDF does (the signature may stand in the first kilobyte)."""
    return SIGNATURE in data[:1024]


def pages_of(data: bytes) -> tuple[str, ...]:
    """Return the text of each page in order, lines ended by `\\n`; `""` for a page without a text layer.

    A word that the page divides at a line end is whole again. Raises NotAccepted when a password protects the
    file, NotWellFormed when it is damaged, TooLarge over 50 MB, 2,000 pages, 5,000,000 characters or 60 s.
    """
    deadline = time.monotonic() + MAX_SECONDS
    texts: list[str] = []
    total = 0
    with opened(data) as document:
        for number in range(len(document)):
            if time.monotonic() > deadline:
                raise TooLarge(
                    f"reading took more than {MAX_SECONDS:.0f} seconds", place=f"page {number + 1}"
                )
            text = _page_text(document, number)
            total += len(text)
            if total > MAX_CHARACTERS:
                raise TooLarge(f"more than {MAX_CHARACTERS:,} characters", place=f"page {number + 1}")
            texts.append(text)
    return tuple(texts)


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """A PDFium document of the bytes, closed at the end. Raises InputError as `pages_of` does."""
    if len(data) > MAX_BYTES:
        raise TooLarge(f"{len(data):,} bytes; the limit is {MAX_BYTES:,} bytes for one PDF")
    if not is_pdf(data):
        raise NotAccepted("not a PDF: it does not begin with %PDF-")
    document = _open(data)
    try:
        pages = len(document)
        if pages > MAX_PAGES:
            raise TooLarge(f"{pages:,} pages; the limit is {MAX_PAGES:,} pages for one PDF")
        if pages == 0:
            raise NotWellFormed("the PDF is damaged: it has no page")
        yield document
    finally:
        document.close()


def _open(data: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) == _NEEDS_PASSWORD:
            reason = "the PDF is encrypted: save it again without a password"
            raise NotAccepted(reason) from None
        raise NotWellFormed("the PDF is damaged and cannot be opened: export it again") from None


def _page_text(document: Any, number: int) -> str:
    """The text of a page; a page that PDFium cannot load has none, and counts as unread."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return ""
    try:
        if int(pypdfium2.raw.FPDFPage_GetAnnotCount(page)) > 0:
            page = _flattened(document, page, number)
        layer = page.get_textpage()
        try:
            found: str = layer.get_text_range()
        finally:
            layer.close()
    except pypdfium2.PdfiumError:
        return ""
    finally:
        page.close()
    return clean(found)


def _flattened(document: Any, page: Any, number: int) -> Any:
    """The page with what its fields and notes show made part of it: the values of a filled form are text."""
    pypdfium2.raw.FPDFPage_Flatten(page, pypdfium2.raw.FLAT_NORMALDISPLAY)
    page.close()
    return document[number]


def clean(text: str) -> str:
    """Line ends as `\\n`, words that a line end divides made whole; what is no character shows as `\ufffd`.

    A glyph without a character is never left out: `5\ufffd4` must not become `54`.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    text = _BREAK_MARK.sub("-", _SOFT_BREAK.sub("", text))
    return _CONTROL.sub("\ufffd", text).strip("\n ")


def drawn_pages(data: bytes) -> dict[int, float]:
    """The pages (from 1) on which anything is drawn, with the share of each that its largest image covers.

    A page that is not among them is blank paper. Raises InputError as `pages_of` does.
    """
    with opened(data) as document:
        covers = ((number, _cover(document, number - 1)) for number in range(1, len(document) + 1))
        return {number: cover for number, cover in covers if cover is not None}


def _cover(document: Any, number: int) -> float | None:
    """The share that the largest image covers; None for a page that holds nothing, 1 for a broken one."""
    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return 1.0
    try:
        if int(pypdfium2.raw.FPDFPage_CountObjects(page)) == 0:
            return None
        width, height = page.get_size()
        images = page.get_objects(filter=[pypdfium2.raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)
        shares = [_share(image.get_bounds(), width, height) for image in islice(images, _MAX_IMAGES)]
        return max(shares, default=0.0)
    except pypdfium2.PdfiumError:
        return 1.0
    finally:
        page.close()


def _share(bounds: tuple[float, float, float, float], width: float, height: float) -> float:
    left, bottom, right, top = bounds
    across = max(0.0, min(right, width) - max(left, 0.0))
    upwards = max(0.0, min(top, height) - max(bottom, 0.0))
    return across * upwards / max(width * height, 1.0)


def image_of(data: bytes, number: int, *, max_side: int) -> GreyImage | None:
    """Page `number` (from 1) drawn at 300 dpi or less; None where it cannot be drawn.

    Raises InputError as `pages_of` does.
    """
    with opened(data) as document:
        try:
            page = document[number - 1]
            width, height = page.get_size()
            scale = min(300 / 72, max_side / max(width, height, 1))
            drawn = page.render(scale=scale, grayscale=True, may_draw_forms=False)
            rows = bytes(drawn.buffer)
            image = GreyImage(drawn.width, drawn.height, drawn.stride, rows)
            drawn.close()
            page.close()
        except (pypdfium2.PdfiumError, ValueError, MemoryError):
            return None
    return image


def page_alone(data: bytes, number: int) -> bytes | None:
    """Page `number` (from 1) as a PDF of its own; None where there is no such page."""
    with opened(data) as document:
        if not 1 <= number <= len(document):
            return None
        alone = pypdfium2.PdfDocument.new()
        try:
            alone.import_pages(document, [number - 1])
            buffer = io.BytesIO()
            alone.save(buffer)
            return buffer.getvalue()
        except pypdfium2.PdfiumError:
            return None
        finally:
            alone.close()
