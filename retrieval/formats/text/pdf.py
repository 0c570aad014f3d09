"""The text layer of a PDF, page by page, read by PDFium in a process of its own.

A file that exhausts memory or breaks PDFium ends that process, is rejected, and the next file has a new one.
"""

from __future__ import annotations

import atexit
import json
import subprocess
import sys
import threading
from typing import Any

from retrieval import errors
from retrieval.errors import NotWellFormed, TooLarge
from retrieval.formats.text.pdfium import MAX_BYTES, MAX_SECONDS, SIGNATURE, GreyImage, clean, is_pdf

GRACE_SECONDS = 15.0
"""Beyond `MAX_SECONDS`, for one page that PDFium does not come back from."""
_BROKEN = "the PDF is damaged, or needs more memory or time than one file may take"

__all__ = ["SIGNATURE", "GreyImage", "clean", "drawn_pages", "image_of", "is_pdf", "page_alone", "pages_of"]


def pages_of(data: bytes) -> tuple[str, ...]:
    """Return the text of each page in order, lines ended by `\\n`; `""` for a page without a text layer.

    A word that the page divides at a line end is whole again. Raises NotAccepted when a password protects the
    file, NotWellFormed when it is damaged, TooLarge over 50 MB, 2,000 pages, 5,000,000 characters or 60 s.
    """
    _, body = _PROCESS.ask({"do": "pages"}, data)
    return tuple(json.loads(body))


def drawn_pages(data: bytes) -> dict[int, float]:
    """The pages (from 1) on which anything is drawn, with the share of each that its largest image covers.

    A page that is not among them is blank paper. Raises InputError as `pages_of` does.
    """
    _, body = _PROCESS.ask({"do": "drawn"}, data)
    return dict(json.loads(body))


def page_alone(data: bytes, number: int) -> bytes | None:
    """Page `number` (from 1) as a PDF of its own; None where there is none. Raises InputError."""
    head, body = _PROCESS.ask({"do": "alone", "page": number}, data)
    return body if head["found"] else None


def image_of(data: bytes, number: int, *, max_side: int) -> GreyImage | None:
    """Page `number` (from 1) drawn at 300 dpi or less; None where it cannot be drawn. Raises InputError."""
    head, body = _PROCESS.ask({"do": "image", "page": number, "max_side": max_side}, data)
    return GreyImage(head["width"], head["height"], head["stride"], body) if head["found"] else None


class _Process:
    """The process of PDFium: started when first needed, one request at a time, replaced when it ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: subprocess.Popen[bytes] | None = None

    def ask(self, request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """Send a request; the head of the reply and its bytes. Raises the InputError that it names."""
        if len(data) > MAX_BYTES:
            raise TooLarge(f"{len(data):,} bytes; the limit is {MAX_BYTES:,} bytes for one PDF")
        with self._lock:
            head, body = self._answer({**request, "size": len(data)}, data)
        if "error" in head:
            kind = getattr(errors, head["error"], NotWellFormed)
            raise kind(head["reason"], place=head["place"])
        return head, body

    def _answer(self, request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        """A process that served before may end for a reason that is not this file: a fresh one is asked."""
        served = self._running is not None
        try:
            return self._exchange(request, data)
        except (OSError, ValueError):  # the process ended in the middle
            self.end()
        if served:
            return self._answer(request, data)
        raise NotWellFormed(_BROKEN)

    def _exchange(self, request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
        process = self._started()
        if process.stdin is None or process.stdout is None:
            raise OSError
        watch = threading.Timer(MAX_SECONDS + GRACE_SECONDS, process.kill)
        watch.daemon = True
        watch.start()
        try:
            process.stdin.write(json.dumps(request).encode() + b"\n" + data)
            process.stdin.flush()
            head: dict[str, Any] = json.loads(process.stdout.readline())
            body = process.stdout.read(head["size"])
        finally:
            watch.cancel()
        if len(body) != head["size"]:
            raise ValueError
        return head, body

    def _started(self) -> subprocess.Popen[bytes]:
        if self._running is not None and self._running.poll() is not None:
            self.end()
        if self._running is None:
            command = [sys.executable, "-P", "-m", "retrieval.formats.text.pdf_process"]
            self._running = subprocess.Popen(  # noqa: S603 - our own words, no shell
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        return self._running

    def end(self) -> None:
        """End the process, if there is one."""
        process, self._running = self._running, None
        if process is None:
            return
        process.kill()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                try:
                    stream.close()
                except OSError:  # what was not written can no longer be
                    continue
        process.wait()


_PROCESS = _Process()
atexit.register(_PROCESS.end)
