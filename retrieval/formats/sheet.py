"""Sheet: a document in the making, for readers that write it statement by statement.

A reader says lines and prose in order, each with its path in the source, and hands over what they state as
facts. Facts get their ids and Locators at the end, when the text that they quote is whole.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from retrieval.composition import Composition, ReadDocument
from retrieval.fact import Detail, DetailName, Fact, FactKind, Value
from retrieval.formats.base import Source
from retrieval.formats.origin import Origin, fact_id, locator_of
from retrieval.formats.writer import Span, Statement, Writer


class Ids(NamedTuple):
    """The identity of one version of one record."""

    record_id: str
    version: str
    number: int | None
    system: str


class _Pending(NamedTuple):
    kind: FactKind
    path: str
    span: Span
    rest: dict[str, Any]


@dataclass(slots=True)
class Sheet:
    """Lines of text in order, and the facts that they state."""

    writer: Writer = field(default_factory=Writer)
    warnings: list[str] = field(default_factory=list)
    _pending: list[_Pending] = field(default_factory=list)

    def block(self, heading: tuple[str, ...], path: str) -> None:
        """Start a block of structured lines here."""
        self.writer.begin_block(heading, path)

    def heading(self, text: str, path: str, *, trail: tuple[str, ...] = (), indent: int = 0) -> None:
        """Write a heading line inside the open block, or open one for it."""
        self.writer.resume_block(trail, path)
        self.writer.line(text, indent)

    def say(self, name: str, value: str, *, indent: int = 0, tail: str = "") -> Statement:
        """Write `name : value tail`; returns where each part stands."""
        return self.writer.statement(name, value, indent=indent, tail=tail)

    def prose(self, text: str, path: str, *, heading: tuple[str, ...] = (), page: int | None = None) -> Span:
        """Write free text exactly as it is, as a narrative block of its own; its span."""
        self.writer.begin_block(heading, path, narrative=True, page=page)
        span = self.writer.line(text)
        self.writer.end_block()
        return span

    def fact(self, kind: FactKind, value: Value, path: str, span: Span, **rest: Any) -> None:
        """State a fact. `span` is what a citation of it quotes; `rest`: `page`, other fields of Fact."""
        self._pending.append(_Pending(kind, path, span, {"value": value, **rest}))

    def warn(self, message: str) -> None:
        """Keep a warning about the source."""
        self.warnings.append(message)

    def finish(
        self, composition: Composition, *, raw: bytes, media_type: str, text_version: str
    ) -> ReadDocument:
        """The document. Raises ValueError when a fact's span lies outside the text."""
        self.writer.end_block()
        text = self.writer.text()
        origin = Origin(
            system=composition.system,
            record_id=composition.record_id,
            version=composition.version,
            text_version=text_version,
            text=text,
            effective=composition.effective,
            title=composition.title,
        )
        facts = [_fact(each, origin) for each in self._pending]
        return ReadDocument(
            composition=composition,
            raw=raw,
            media_type=media_type,
            text=text,
            text_version=text_version,
            blocks=tuple(self.writer.blocks),
            facts=tuple(sorted(facts, key=lambda fact: (fact.locator.start, fact.locator.path))),
            warnings=tuple(self.warnings),
        )


def _fact(pending: _Pending, origin: Origin) -> Fact:
    rest = {"effective": origin.effective, **pending.rest}
    page = rest.pop("page", None)
    return Fact(
        id=fact_id(origin, pending.path, pending.kind),
        kind=pending.kind,
        locator=locator_of(origin, pending.path, pending.span, page),
        **rest,
    )


def detail(
    name: DetailName, statement: Statement, path: str, *, label: str, text: str, value: Value | None = None
) -> Detail:
    """A part of a fact that stands in a statement's value."""
    start, end = statement.value
    return Detail(name=name, label=label, text=text, value=value, path=path, start=start, end=end)


def ids_from(source: Source, raw: bytes, *, uid: str = "", version: str = "", place: str = "") -> Ids:
    """The ids of a record: `uid` where the source has one, else digests of source, place and content.

    `version` is the source's own name of this version, numbers ordering versions; without it the content's.
    """
    digest = hashlib.sha256(raw).hexdigest()
    hint = f"{source.system}|{source.record_hint or source.name}|{place}"
    record_id = uid or hashlib.sha256(hint.encode("utf-8", "replace")).hexdigest()
    number = int(version[:9]) if version.isdigit() else None
    return Ids(record_id, f"{record_id}::{version}" if version else digest, number, source.system)
