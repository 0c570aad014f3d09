"""Which descriptions of people are one patient: a pure function of what sources said and people decided.

Because nothing depends on the order of arrival, the same sources in any order give the same patients and the
same conflicts. Descriptions come together by an identifier and agreeing traits, never by traits alone; what
contradicts stays apart and is listed until a person decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Literal, NamedTuple

from retrieval.frozen import Frozen
from retrieval.identity_traits import Keys, Traits, agreement

ConflictKind = Literal[
    "traits_differ", "two_ins", "traits_missing", "ins_not_qualified", "claimed", "ambiguous"
]
"""Why two patients may be one, or one may be two:

- `traits_differ`: they share an identifier and their traits disagree
- `two_ins`: their traits agree, or they share a local identifier, and each has an INS of its own
- `traits_missing`: they share an identifier, and too little is said of one to know
- `ins_not_qualified`: they agree and share an INS that is not qualified
- `claimed`: they share an identifier, and `--patient` or a manifest said that one of them is somebody else
- `ambiguous`: one agrees with two that contradict each other
"""


class Description(NamedTuple):
    """What one source said of one person, under the id by which its documents name them.

    `claim` is the patient id that `--patient` or a manifest gave, which decides over all the rest.
    """

    key: str
    hint: str
    traits: Traits
    keys: Keys
    claim: str | None = None


class Decision(Frozen):
    """What a person decided about two sets of descriptions (by key, and by the ids that sources use)."""

    id: int
    kind: Literal["same", "different"]
    first: tuple[str, ...]
    second: tuple[str, ...]


class Clash(NamedTuple):
    """Two groups of `partition`, by their places, and why they are listed."""

    first: int
    second: int
    kinds: tuple[ConflictKind, ...]


class Partition(NamedTuple):
    """Groups of keys, each one patient, in the order of the descriptions; what is open between them."""

    groups: tuple[tuple[str, ...], ...]
    clashes: tuple[Clash, ...]


class _Relation(NamedTuple):
    linked: bool = False
    opposed: bool = False
    kinds: frozenset[ConflictKind] = frozenset()
    settled: bool = False


def partition(descriptions: Sequence[Description], decisions: Iterable[Decision] = ()) -> Partition:
    """Divide descriptions into patients.

    1. Descriptions with one claim, and those that a person called the same, are one block.
    2. Blocks that share an identifier and agree are linked; those that contradict are opposed.
    3. Linked blocks are one patient. Where some of them are opposed, only those stay together whose
       opponents are the same: one who agrees with two that contradict each other is left alone.
    """
    decided = tuple(decisions)
    blocks = _blocks(descriptions, decided)
    relations = {
        (a, b): _between(blocks[a], blocks[b], decided) for a, b in combinations(range(len(blocks)), 2)
    }
    groups = _grouped(len(blocks), relations)
    members = tuple(tuple(d.key for block in group for d in blocks[block]) for group in groups)
    return Partition(members, _clashes(groups, relations))


def _blocks(
    descriptions: Sequence[Description], decisions: Sequence[Decision]
) -> tuple[tuple[Description, ...], ...]:
    sets = _Sets(len(descriptions))
    place = {each.key: n for n, each in enumerate(descriptions)}
    claimed: dict[str, int] = {}
    for n, each in enumerate(descriptions):
        if each.claim is not None:
            sets.join(claimed.setdefault(each.claim, n), n)
    for decision in decisions:
        if decision.kind == "same":
            here = [place[key] for key in (*decision.first, *decision.second) if key in place]
            for n in here[1:]:
                sets.join(here[0], n)
    return tuple(tuple(descriptions[n] for n in group) for group in sets.groups())


def _between(
    one: Sequence[Description], other: Sequence[Description], decisions: Sequence[Decision]
) -> _Relation:
    """How two blocks stand to each other.

    A block of several is one person by decision, with all that was said of them: whoever agrees with one of
    the descriptions agrees with the block.
    """
    if _told_apart(one, other, decisions):
        return _Relation(opposed=True, settled=True)
    pairs = [_relation(a, b) for a in one for b in other]
    linked = any(pair.linked for pair in pairs)
    opposed = not linked and any(pair.opposed for pair in pairs)
    kinds = frozenset().union(*(pair.kinds for pair in pairs)) if not linked else frozenset()
    return _Relation(linked, opposed, kinds)


def _told_apart(
    one: Sequence[Description], other: Sequence[Description], decisions: Sequence[Decision]
) -> bool:
    here, there = _names(one), _names(other)
    for decision in decisions:
        if decision.kind == "different":
            first, second = set(decision.first), set(decision.second)
            if (here & first and there & second) or (here & second and there & first):
                return True
    return False


def _names(block: Sequence[Description]) -> set[str]:
    """By what a decision may name a block: its descriptions, and the ids that sources use for them."""
    return {each.key for each in block} | {f"id:{name}" for each in block for name in _called(each)}


def _called(one: Description) -> set[str]:
    """The patient ids that a description goes by."""
    return {name for name in (one.hint, one.claim) if name}


def decision_sides(
    one: Sequence[Description], other: Sequence[Description]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a decision that two groups are different must remember, so that it is not asked again.

    A source's id stands for whatever the source will say under it, unless both groups bear it.
    """
    here, there = _names(one), _names(other)
    return tuple(sorted(here - there)), tuple(sorted(there - here))


def _relation(one: Description, other: Description) -> _Relation:
    strong = one.keys.strong & other.keys.strong
    named = bool(_called(one) & _called(other))
    weak = (one.keys.weak | one.keys.strong) & (other.keys.weak | other.keys.strong)
    alike = agreement(one.traits, other.traits)
    two = _two_ins(one.keys, other.keys)
    kinds: set[ConflictKind] = set()
    if two and (alike == "agree" or strong or named):
        kinds.add("two_ins")
    if alike == "disagree" and (weak or named):
        kinds.add("traits_differ")
    if _claims_differ(one, other) and (weak or named):
        kinds.add("claimed")
    if alike == "disagree" or two or (one.claim and other.claim and one.claim != other.claim):
        return _Relation(opposed=True, kinds=frozenset(kinds))
    if kinds:
        return _Relation(kinds=frozenset(kinds))
    if named or (strong and alike == "agree"):
        return _Relation(linked=True)
    if strong:
        return _Relation(kinds=frozenset({"traits_missing"}))
    if weak and alike == "agree":
        return _Relation(kinds=frozenset({"ins_not_qualified"}))
    return _Relation()


def _two_ins(one: Keys, other: Keys) -> bool:
    if one.ins & other.ins:
        return False
    return bool({system for system, _ in one.ins} & {system for system, _ in other.ins})


def _claims_differ(one: Description, other: Description) -> bool:
    """A claim decides for what it was made: only its id brings others to it, and two claims are two."""
    if one.claim == other.claim:
        return False
    return (one.claim or one.hint) != (other.claim or other.hint)


def _grouped(count: int, relations: dict[tuple[int, int], _Relation]) -> tuple[tuple[int, ...], ...]:
    components = _Sets(count)
    for (a, b), relation in relations.items():
        if relation.linked:
            components.join(a, b)
    groups = _Sets(count)
    for component in components.groups():
        inside = set(component)
        opponents: dict[int, set[int]] = {n: set() for n in component}
        for (a, b), relation in relations.items():
            if relation.opposed and a in inside and b in inside:
                opponents[a].add(b)
                opponents[b].add(a)
        for (a, b), relation in relations.items():
            if relation.linked and a in inside and opponents[a] == opponents[b]:
                groups.join(a, b)
    return groups.groups()


def _clashes(
    groups: Sequence[Sequence[int]], relations: dict[tuple[int, int], _Relation]
) -> tuple[Clash, ...]:
    group_of = {block: n for n, group in enumerate(groups) for block in group}
    found: dict[tuple[int, int], set[ConflictKind]] = {}
    settled: set[tuple[int, int]] = set()
    for (a, b), relation in relations.items():
        first, second = sorted((group_of[a], group_of[b]))
        if first == second:
            continue
        kinds: set[ConflictKind] = set(relation.kinds) | ({"ambiguous"} if relation.linked else set())
        if kinds:
            found.setdefault((first, second), set()).update(kinds)
        if relation.settled:
            settled.add((first, second))
    return tuple(
        Clash(*pair, tuple(sorted(kinds))) for pair, kinds in sorted(found.items()) if pair not in settled
    )


class _Sets:
    """Disjoint sets of the numbers below a count."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def join(self, one: int, other: int) -> None:
        """Make the sets of two numbers one."""
        first, second = sorted((self._top(one), self._top(other)))
        self._above[second] = first

    def groups(self) -> tuple[tuple[int, ...], ...]:
        """The sets, each in order, in the order of their first numbers."""
        found: dict[int, list[int]] = {}
        for n in range(len(self._above)):
            found.setdefault(self._top(n), []).append(n)
        return tuple(tuple(group) for group in found.values())

    def _top(self, number: int) -> int:
        while self._above[number] != number:
            number = self._above[number]
        return number
