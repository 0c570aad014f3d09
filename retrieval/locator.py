"""Locator: where something stands, down to the characters."""

from __future__ import annotations

import hashlib
from typing import Self

from pydantic import Field, model_validator

from retrieval.frozen import Frozen


def sha256_text(text: str) -> str:
    """Return the hexadecimal sha256 of `text` encoded as UTF-8."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


class Locator(Frozen):
    """A place in one version of one record.

    `path` points into the raw record (openEHR path, FHIRPath, XPath, table/row/column).
    `start` and `end` count Unicode code points in the rendered text `text_version`;
    `quote` is exactly those code points and `sha256` is of the quote in UTF-8.
    """

    system: str
    record_id: str
    version: str
    path: str
    text_version: str
    page: int | None = None
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str
    sha256: str

    @model_validator(mode="after")
    def _agrees_with_quote(self) -> Self:
        if self.end - self.start != len(self.quote):
            raise ValueError("the quote's length differs from its span")
        if self.sha256 != sha256_text(self.quote):
            raise ValueError("the quote's sha256 differs")
        return self


def locate(
    text: str,
    span: tuple[int, int],
    *,
    system: str,
    record_id: str,
    version: str,
    path: str,
    text_version: str,
    page: int | None = None,
) -> Locator:
    """Build the Locator of `text[start:end]`, quote and digest included; `page` counts from 1.

    Raises ValueError when the span does not lie inside `text`.
    """
    start, end = span
    if not 0 <= start <= end <= len(text):
        raise ValueError(f"span {start}:{end} lies outside a text of {len(text)} characters")
    quote = text[start:end]
    return Locator(
        system=system,
        record_id=record_id,
        version=version,
        path=path,
        text_version=text_version,
        page=page,
        start=start,
        end=end,
        quote=quote,
        sha256=sha256_text(quote),
    )
