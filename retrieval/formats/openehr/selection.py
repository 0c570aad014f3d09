"""Finding data values in a group by the selectors of a rule."""

from __future__ import annotations

from collections.abc import Iterator

from retrieval.formats.openehr.archetypes import Rule, specialises
from retrieval.formats.openehr.leaves import joined
from retrieval.formats.openehr.state import Group, Index, Leaf

MAX_FOUND = 12


def select(leaves: dict[str, list[Leaf]], selectors: tuple[str, ...], archetype: str) -> list[Leaf]:
    """The leaves that match, in the order of the selectors; at most MAX_FOUND."""
    found: list[Leaf] = []
    for selector in selectors:
        if selector.startswith("@"):
            continue
        concept, _, code = selector.rpartition(".")
        if concept == "ism":
            concept, code = "", selector
        root = f"CLUSTER.{concept}" if concept else archetype
        room = MAX_FOUND - len(found)
        found += [leaf for leaf in leaves.get(code, ())[:MAX_FOUND] if specialises(leaf.root, root)][:room]
    return found


def selected(group: Group, selectors: tuple[str, ...], archetype: str) -> list[Leaf]:
    """Like `select`, over the group, what it holds, and what the groups around it lend."""
    found = select(index_of(group).held, selectors, archetype)
    around = group.parent
    while not found and around is not None:
        found = select(index_of(around).own, selectors, archetype)
        around = around.parent
    return found


def index_of(group: Group) -> Index:
    """The leaves of a group by at-code, made once, after the walk."""
    if group.index is None:
        held = list(_held_by(group))
        group.index = Index(
            _by_code(group.leaves),
            _by_code(held),
            frozenset(leaf.path for leaf in group.leaves),
            frozenset(leaf.path for leaf in held),
        )
    return group.index


def quotable(group: Group, leaf: Leaf) -> bool:
    """Whether a quote may cover a leaf: the group holds it, or the cluster around the group states it."""
    if leaf.path in index_of(group).held_paths:
        return True
    around = group.parent
    lends = around is not None and any(rule.scope == "cluster" for rule in around.rules)
    return around is not None and lends and leaf.path in index_of(around).own_paths


def _by_code(leaves: list[Leaf]) -> dict[str, list[Leaf]]:
    found: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        found.setdefault(leaf.node_id, []).append(leaf)
    return found


def _held_by(group: Group) -> Iterator[Leaf]:
    """The leaves of a group and of the inner groups that state nothing of their own."""
    yield from group.leaves
    for child in group.children:
        if all(rule.kind is None for rule in child.rules):
            yield from _held_by(child)


def label_of(group: Group, rule: Rule, leaf: Leaf) -> tuple[str, Leaf | None]:
    """What the fact is about, in the words of the source, and the leaf that says so (None for a name)."""
    for selector in rule.label:
        if selector.startswith("@"):
            words = named(group, selector, leaf)
            if words and words.casefold() not in rule.plain:
                return words, None
            continue
        found = select(index_of(group).held, (selector,), rule.archetype)
        if found:
            return found[0].reading.text, found[0]
    for selector in rule.plain_label:
        if selector.startswith("@"):
            if words := named(group, selector, leaf):
                return words, None
            continue
        lent = _lent(group, selector)
        if lent is not None:
            return lent.reading.text, lent
    return leaf.name or group.name or group.entry_name, None


def named(group: Group, selector: str, leaf: Leaf) -> str:
    """The words of a name selector (`@entry`, `@cluster`, `@element`, `@entry+element`, `@value`)."""
    return {
        "@entry": group.entry_name,
        "@cluster": group.name,
        "@element": leaf.name,
        "@entry+element": joined(group.entry_name, leaf.name),
        "@value": leaf.reading.text,
    }.get(selector, "")


def _lent(group: Group, code: str) -> Leaf | None:
    """The first data value with that at-code in the groups around, whatever their archetype."""
    around = group.parent
    while around is not None:
        if found := index_of(around).own.get(code):
            return found[0]
        around = around.parent
    return None
