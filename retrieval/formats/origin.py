"""What the facts of one document share: where it comes from, the text they quote, their ids."""

from __future__ import annotations

import hashlib
from typing import NamedTuple

from retrieval.formats.writer import Span
from retrieval.locator import Locator, locate


class Origin(NamedTuple):
    """What every Locator of one document shares, and the text that it points into."""

    system: str
    record_id: str
    version: str
    text_version: str
    text: str
    effective: str | None
    title: str


def locator_of(origin: Origin, path: str, span: Span, page: int | None = None) -> Locator:
    """The Locator of a span of the document's text, for the raw value at `path`; `page` counts from 1."""
    return locate(
        origin.text,
        span,
        system=origin.system,
        record_id=origin.record_id,
        version=origin.version,
        path=path,
        text_version=origin.text_version,
        page=page,
    )


def fact_id(origin: Origin, path: str, kind: str) -> str:
    """The stable id of a fact: 20 hexadecimal digits of sha256 of record, version, path and kind."""
    key = f"{origin.record_id}|{origin.version}|{path}|{kind}"
    return hashlib.sha256(key.encode("utf-8")).hexdigest()[:20]
