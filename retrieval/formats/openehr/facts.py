"""From the collected data values to typed facts, by the rules of `archetypes.toml`."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.fact import Code, Detail, DetailName, Fact, FactKind, Moment
from retrieval.formats import french
from retrieval.formats.openehr.archetypes import Rule, specialises
from retrieval.formats.openehr.meaning import certainty_of, is_vaccine, status_of
from retrieval.formats.openehr.selection import index_of, label_of, quotable, select, selected
from retrieval.formats.openehr.state import Group, Leaf
from retrieval.formats.origin import Origin, fact_id, locator_of
from retrieval.formats.writer import Span

_MAX_QUOTE = 1_000


def facts_of(groups: list[Group], origin: Origin) -> tuple[Fact, ...]:
    """Every fact of the document, in the order of the text: typed by rule, or generic."""
    used: set[str] = set()
    found = [fact for group in groups for fact in _of_group(group, origin, used)]
    found += [fact for group in groups for fact in _rest(group, origin, used)]
    return tuple(sorted(found, key=lambda fact: (fact.locator.start, fact.locator.path)))


def _of_group(group: Group, origin: Origin, used: set[str]) -> Iterator[Fact]:
    for rule in group.rules:
        if rule.kind is not None and specialises(group.root, rule.archetype):
            for leaf in _values(group, rule):
                if leaf.path not in used:
                    yield _fact(group, rule, leaf, origin, used)
    for child in group.children:
        yield from _of_group(child, origin, used)


def _values(group: Group, rule: Rule) -> list[Leaf]:
    """The data values that are facts: each one, the first, or the label where the rule names no value."""
    if rule.value and not rule.value_first:
        own = (leaf for leaf in group.leaves if leaf.is_fact and leaf.node_id in rule.value)
        return [
            leaf for leaf in own if specialises(leaf.root, rule.archetype) and _is_named(leaf, rule.named)
        ]
    for selectors in (rule.value, rule.label):
        found = select(index_of(group).held, selectors, rule.archetype)
        if stated := next((leaf for leaf in found if leaf.is_fact), None):
            return [stated]
    return []


def _is_named(leaf: Leaf, wanted: tuple[str, ...]) -> bool:
    """Whether the element's name, or the value where the name says nothing, holds one of the words."""
    if not wanted:
        return True
    return any(word in leaf.name.casefold() for word in wanted) or any(
        word in leaf.reading.text.casefold() for word in wanted
    )


def _fact(group: Group, rule: Rule, leaf: Leaf, origin: Origin, used: set[str]) -> Fact:
    label, label_leaf = label_of(group, rule, leaf)
    status, status_leaf = status_of(group, rule)
    certainty, certainty_leaf = certainty_of(group, rule)
    details = _details(group, rule, leaf, stopped=status in ("stopped", "suspended"))
    times, time_leaves = _times(group, rule, origin, planned=status == "planned")
    parts = [part for part in (label_leaf, status_leaf, certainty_leaf, *time_leaves) if part is not None]
    parts += [part for _, part in details]
    parts = [part for part in parts if quotable(group, part)]
    used.update(part.path for part in (leaf, *parts))
    codes = (*leaf.reading.codes, *(label_leaf.reading.codes if label_leaf else ()), *leaf.name_codes)
    kind: FactKind = rule.kind or "generic"
    if rule.vaccine and is_vaccine((group.entry_name, origin.title, label), codes):
        kind, status = "immunisation", "completed" if status == "active" else status
    return Fact(
        id=fact_id(origin, leaf.path, kind),
        kind=kind,
        label=label,
        codes=_with_loinc(tuple(dict.fromkeys(codes)), rule, leaf, label),
        value=leaf.reading.value,
        effective=times[0],
        effective_end=times[1],
        status=status,
        certainty=certainty,
        subject=rule.subject or group.subject,
        interpretation=leaf.reading.interpretation,
        reference_range=leaf.reading.range,
        details=tuple(detail for detail, _ in details),
        heading=leaf.heading,
        locator=locator_of(origin, leaf.path, _quote(rule, leaf, parts)),
    )


def _with_loinc(codes: tuple[Code, ...], rule: Rule, leaf: Leaf, label: str) -> tuple[Code, ...]:
    loinc = rule.loinc.get(leaf.node_id)
    return (*codes, Code(system="LOINC", code=loinc, display=label)) if loinc else codes


def _details(group: Group, rule: Rule, leaf: Leaf, *, stopped: bool) -> list[tuple[Detail, Leaf]]:
    """The details of a fact with the leaves they come from; a reason becomes the reason of the stop."""
    found: list[tuple[Detail, Leaf]] = []
    for name, selectors in rule.details.items():
        for part in selected(group, selectors, rule.archetype):
            if part.path == leaf.path or any(part.path == held.path for _, held in found):
                continue
            given: DetailName = "reason_stopped" if name == "reason" and stopped else name
            found.append((_detail(given, part), part))
    return found


def _detail(name: DetailName, leaf: Leaf) -> Detail:
    return Detail(
        name=name,
        label=leaf.name,
        text=leaf.reading.text,
        value=leaf.reading.value,
        path=leaf.path,
        start=leaf.span.start,
        end=leaf.span.end,
    )


def _times(
    group: Group, rule: Rule, origin: Origin, *, planned: bool
) -> tuple[tuple[str | None, str | None], list[Leaf]]:
    """From when and until when a fact held, and the leaves that say so."""
    selectors = rule.effective_planned if planned and rule.effective_planned else rule.effective
    starts = [
        leaf for leaf in selected(group, selectors, rule.archetype) if isinstance(leaf.reading.value, Moment)
    ]
    ends = [
        leaf
        for leaf in selected(group, rule.effective_end, rule.archetype)
        if isinstance(leaf.reading.value, Moment)
    ]
    start = _iso(starts[0]) if starts else None
    if rule.effective_only_if_missing:
        start = group.time or start
    end = _iso(ends[0]) if ends else None
    return (start or group.time or origin.effective, end), [*starts[:1], *ends[:1]]


def _iso(leaf: Leaf) -> str | None:
    value = leaf.reading.value
    return french.extended(value.iso) if isinstance(value, Moment) else None


def _quote(rule: Rule, leaf: Leaf, parts: list[Leaf]) -> Span:
    """The lines that make the statement; only the value's own line when together they are long."""
    if rule.line or rule.quote_line or (rule.scope == "element" and rule.fixed_certainty is None):
        return leaf.line
    start = min(part.line.start for part in (leaf, *parts))
    end = max(part.line.end for part in (leaf, *parts))
    return Span(start, end) if end - start <= _MAX_QUOTE else leaf.line


def _rest(group: Group, origin: Origin, used: set[str]) -> Iterator[Fact]:
    """A generic fact for each data value that no rule took."""
    for leaf in group.leaves:
        if leaf.is_fact and leaf.path not in used:
            yield Fact(
                id=fact_id(origin, leaf.path, "generic"),
                kind="generic",
                label=leaf.label or leaf.name,
                codes=tuple(dict.fromkeys((*leaf.reading.codes, *leaf.name_codes))),
                value=leaf.reading.value,
                effective=group.time or origin.effective,
                subject=group.subject,
                interpretation=leaf.reading.interpretation,
                reference_range=leaf.reading.range,
                heading=leaf.heading,
                locator=locator_of(origin, leaf.path, leaf.line),
            )
    for child in group.children:
        yield from _rest(child, origin, used)
