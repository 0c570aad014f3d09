"""A composition on its way to being written, with the truths that its data values state."""

from datetime import date, datetime
from typing import Any, NamedTuple

from eval.synthetic import openehr as rm
from eval.synthetic.chart import Chart
from eval.synthetic.entries import Mark, Stated
from eval.synthetic.truth import Distractor, Document, Statement

_COMPOSITION = "openEHR-EHR-COMPOSITION."


class Draft(NamedTuple):
    """A composition about to be written. `key` is the record's key without its version."""

    key: str
    kind: str
    archetype: str
    title: str
    when: datetime
    author: str
    ward: str
    content: list[rm.Node]
    marks: list[Mark]
    version: int = 1
    persistent: bool = False
    planted: tuple[Distractor, ...] = ()


class Sealed(NamedTuple):
    """A document, its statements by truth key, those that contradict a truth, and what it plants to mislead."""

    document: Document
    statements: list[tuple[str, Statement]]
    conflicts: list[tuple[str, Statement]]
    planted: tuple[Distractor, ...] = ()


def draft(stated: list[Stated], **fields: Any) -> Draft:
    """A draft whose content is these entries, in order."""
    content = [item.entry for item in stated]
    return Draft(content=content, marks=[mark for item in stated for mark in item.marks], **fields)


def seal(item: Draft, uid: str) -> Sealed:
    """Write the composition and find the path of each marked data value in it."""
    node = rm.composition(
        _COMPOSITION + item.archetype,
        item.title,
        uid=uid,
        version=item.version,
        when=item.when,
        author=item.author,
        ward=item.ward,
        content=item.content,
        persistent=item.persistent,
    )
    key = f"{item.key}.v{item.version}"
    where = {id(value): path for path, value in rm.paths(node)}
    found: dict[bool, list[tuple[str, Statement]]] = {False: [], True: []}
    for mark in item.marks:
        said = Statement(document=key, path=where[id(mark.node)], quote=mark.quote, structured=not mark.prose)
        found[mark.conflict].append((mark.truth.key, said))
    document = Document(
        key=key,
        uid=uid,
        version=item.version,
        kind=item.kind,
        title=item.title,
        time=item.when,
        raw=rm.serialise(node),
    )
    planted = tuple(one.model_copy(update={"document": key}) for one in item.planted)
    return Sealed(document, found[False], found[True], planted)


def ward_on(chart: Chart, day: date) -> str:
    """The ward of the stay that covers `day`, or the consultation."""
    for stay in chart.stays:
        if stay.admitted.date() <= day <= stay.discharged.date():
            return stay.ward
    return "Consultations"
