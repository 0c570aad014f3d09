"""Draft: a statement found in one sentence, before the document's places and ids are put to it."""

from __future__ import annotations

from typing import NamedTuple

from retrieval.fact import Certainty, DetailName, FactKind, ReferenceRange, Subject, Value

Span = tuple[int, int]


class Part(NamedTuple):
    """A detail of a draft: where it stands in the sentence, and its value where it has one."""

    name: DetailName
    label: str
    span: Span
    value: Value | None = None


class Draft(NamedTuple):
    """One statement; spans count code points of the sentence. `key` is the concept, or the subject's label.

    `effective` is a date that the words themselves give; `of_document` says that it holds on the day of the
    document. With neither, nothing says when it held.
    """

    kind: FactKind
    key: str
    label: str
    span: Span
    value: Value
    certainty: Certainty = "present"
    subject: Subject = "patient"
    status: str | None = None
    effective: str | None = None
    of_document: bool = False
    reference_range: ReferenceRange | None = None
    parts: tuple[Part, ...] = ()
