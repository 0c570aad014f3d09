"""The process in which PDFium runs: one request at a time on standard input, one reply on standard output.

A request is a line of JSON `{"do", "size", "page", "max_side"}` and `size` bytes of PDF. A reply is a line
`{"size", ...}` and `size` bytes, or `{"error", "reason", "place"}`. Memory is bounded by the
operating system, so that a hostile file ends this process and nothing else. It ends when its input does.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, BinaryIO

from retrieval.errors import InputError
from retrieval.formats.text import pdfium

MAX_MEMORY = 1_500_000_000
"""Bytes of address space."""
_WORN = 400_000
"""Peak of resident memory, in kB, after which another process takes over."""


def serve(source: BinaryIO, target: BinaryIO) -> None:
    """Answer requests until the source ends or this process has grown."""
    for line in iter(source.readline, b""):
        request = json.loads(line)
        data = source.read(request["size"])
        try:
            head, body = answer(request, data)
        except InputError as error:
            head, body = {"error": type(error).__name__, "reason": error.reason, "place": error.place}, b""
        target.write(json.dumps({**head, "size": len(body)}).encode() + b"\n" + body)
        target.flush()
        if _peak() > _WORN:
            return


def answer(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    """Do what a request asks; the head of the reply and its bytes. Raises InputError."""
    what = request["do"]
    if what == "pages":
        return {}, json.dumps(pdfium.pages_of(data)).encode()
    if what == "drawn":
        return {}, json.dumps(sorted(pdfium.drawn_pages(data).items())).encode()
    if what == "alone":
        alone = pdfium.page_alone(data, request["page"])
        return {"found": alone is not None}, alone or b""
    image = pdfium.image_of(data, request["page"], max_side=request["max_side"])
    if image is None:
        return {"found": False}, b""
    shape = {"width": image.width, "height": image.height, "stride": image.stride}
    return {"found": True, **shape}, image.rows


def _peak() -> int:
    """The peak of this program's memory in kB, 0 where it is not told.

    Not `ru_maxrss`: Linux keeps in it the size of the program that started this one.
    """
    try:
        status = Path("/proc/self/status").read_text("ascii", "replace")
    except OSError:
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    return int(found[1]) if found else 0


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:  # a system without it
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


if __name__ == "__main__":
    _bound_memory()
    serve(sys.stdin.buffer, sys.stdout.buffer)
