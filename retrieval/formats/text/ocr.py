"""Text of images through Tesseract, where it is installed: the extra `ocr` (Pillow) and two system packages.

The image goes to Tesseract's standard input and the text comes from its standard output: no page of a record
is written to a temporary file. The language is French.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from retrieval.errors import InputError, NotWellFormed, TooLarge
from retrieval.formats.text.pdfium import GreyImage

LANGUAGE = "fra"
LAYOUT = "4"
"""Page segmentation by rows: a label and its value stay on one line (figures in docs/decisions/013)."""
MAX_PIXELS = 60_000_000
MAX_FRAMES = 50
MAX_SECONDS = 60
"""Of one page; a page that takes longer counts as unread."""
MAX_SIDE = 6_000
HOW = "install the extra `ocr` and the system packages tesseract-ocr and tesseract-ocr-fra"
SIGNATURES = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
"""PNG, JPEG, TIFF."""
_VERSION = re.compile(r"tesseract v?(\d[\w.]*)")


class Engine(NamedTuple):
    """Where Tesseract is, and its version, which names the rendering of a page."""

    command: str
    version: str


@cache
def engine() -> Engine | None:
    """Tesseract with French and Pillow, or None where one of them is missing. Looked for once."""
    command = shutil.which("tesseract")
    try:
        import PIL.Image  # noqa: F401
    except ImportError:
        return None
    if command is None:
        return None
    languages = _run([command, "--list-langs"], b"", seconds=10)
    version = _run([command, "--version"], b"", seconds=10)
    if languages is None or version is None or LANGUAGE not in languages.split():
        return None
    found = _VERSION.search(version)
    return Engine(command, found[1] if found else "unknown")


def is_image(data: bytes) -> bool:
    """Whether the bytes begin as a PNG, JPEG or TIFF does."""
    return data.startswith(SIGNATURES)


def recognise(image: Any, tesseract: Engine) -> str | None:
    """The text of a Pillow image; None when Tesseract fails or takes too long."""
    with io.BytesIO() as buffer:
        image.convert("L").save(buffer, format="PNG", compress_level=1)
        picture = buffer.getvalue()
    command = [tesseract.command, "stdin", "stdout", "-l", LANGUAGE, "--dpi", "300", "--psm", LAYOUT]
    return _run(command, picture, seconds=MAX_SECONDS)


def drawn(page: GreyImage) -> Any:
    """A drawn page as a Pillow image; needs Pillow."""
    from PIL import Image

    return Image.frombytes("L", (page.width, page.height), page.rows, "raw", "L", page.stride, 1)


def _run(command: list[str], data: bytes, *, seconds: float) -> str | None:
    try:
        done = subprocess.run(  # noqa: S603 - a list of our own words, no shell
            command, input=data, capture_output=True, timeout=seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None


def frames_of(data: bytes) -> Iterator[Any]:
    """The images of an image file, one a page. Raises TooLarge, NotWellFormed; needs Pillow."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "TIFF")) as image:
            frames = int(getattr(image, "n_frames", 1))
            if frames > MAX_FRAMES:
                raise TooLarge(f"{frames} pages in one image; the limit is {MAX_FRAMES}")
            for number in range(frames):
                image.seek(number)
                width, height = image.size
                if width * height > MAX_PIXELS:
                    raise TooLarge(f"an image of {width} by {height} pixels", place=f"page {number + 1}")
                image.load()
                yield image.copy()
    except InputError:
        raise
    except Exception as error:  # Pillow raises many kinds for damaged files
        raise NotWellFormed("the image is damaged and cannot be opened") from error
