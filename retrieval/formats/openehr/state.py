"""What a walk over one composition carries and collects."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from retrieval.fact import Code, Subject
from retrieval.formats.openehr.archetypes import Rule
from retrieval.formats.openehr.values import Reading
from retrieval.formats.tree import Node, nodes_of
from retrieval.formats.writer import Span, Writer

MAX_WARNINGS = 50


class Leaf(NamedTuple):
    """One data value of the composition: where it is, what it says, where it is written.

    `node_id` is the at-code of the ELEMENT without its specialisation, or a name such as `ism.step`;
    `root` is the concept of the nearest archetype around it (`CLUSTER.dosage`).
    """

    node_id: str
    root: str
    name: str
    name_codes: tuple[Code, ...]
    path: str
    reading: Reading
    line: Span
    span: Span
    heading: tuple[str, ...]
    is_fact: bool
    label: str


class Index(NamedTuple):
    """The leaves of a finished group by at-code: its own, and those that it holds, with the paths of each."""

    own: dict[str, list[Leaf]]
    held: dict[str, list[Leaf]]
    own_paths: frozenset[str]
    held_paths: frozenset[str]


@dataclass(slots=True)
class Group:
    """The data values of one entry, event, activity or cluster that may form one statement."""

    rules: tuple[Rule, ...]
    root: str
    path: str
    name: str
    entry_name: str
    time: str | None
    subject: Subject
    parent: Group | None = None
    leaves: list[Leaf] = field(default_factory=list)
    children: list[Group] = field(default_factory=list)
    index: Index | None = None


class Place(NamedTuple):
    """Where the walk stands: path, indentation, nearest archetype, headings above."""

    path: str
    indent: int
    root: str
    trail: tuple[str, ...]

    def step(self, suffix: str) -> Place:
        """The place at `path` + `suffix`, nothing else changed."""
        return self._replace(path=self.path + suffix)


@dataclass(slots=True)
class State:
    """Collects the text, the groups and the warnings of one walk."""

    writer: Writer = field(default_factory=Writer)
    groups: list[Group] = field(default_factory=list)
    current: Group | None = None
    warnings: list[str] = field(default_factory=list)
    subject_refs: set[str] = field(default_factory=set)

    def warn(self, message: str) -> None:
        """Keep a warning, up to a limit."""
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(message)

    def heading(self, text: str, place: Place) -> None:
        """Write a heading line inside the block that is open, or a new one."""
        self.writer.resume_block(place.trail, place.path)
        self.writer.line(text, place.indent)

    def open_group(self, group: Group) -> None:
        """Make `group` the one that collects leaves, inside the current one."""
        group.parent = self.current
        (self.groups if self.current is None else self.current.children).append(group)
        self.current = group

    def close_group(self) -> None:
        """Go back to the group around the current one."""
        self.current = None if self.current is None else self.current.parent


def listed(value: object) -> list[Node]:
    """The items of a multi-valued attribute, with an empty node for anything that is not a node."""
    if isinstance(value, list):
        return [item if isinstance(item, dict) else {} for item in value]
    return nodes_of(value)
