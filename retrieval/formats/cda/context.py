"""What the parts of one document's reading share, and where in it a statement stands."""

from __future__ import annotations

from typing import NamedTuple

from retrieval.fact import Detail, FactKind, Subject
from retrieval.formats.cda.nodes import Node
from retrieval.formats.cda.words import Anchors
from retrieval.formats.sheet import Sheet


class Context(NamedTuple):
    """The sheet that is written, the anchors of the narrative, and the date of the document (ISO 8601)."""

    sheet: Sheet
    anchors: Anchors
    effective: str | None


class Place(NamedTuple):
    """Where a statement stands: headings above, what its section is about, and what holds it.

    `concern` is the act that follows a problem or an allergy, `relative` whose family history it is,
    `inherited` the specimen or isolate that a group of results is about.
    """

    trail: tuple[str, ...]
    section: FactKind | None = None
    indent: int = 0
    concern: Node | None = None
    subject: Subject = "patient"
    relative: str = ""
    inherited: tuple[Detail, ...] = ()

    def below(self) -> Place:
        """The same place one level in."""
        return self._replace(indent=min(self.indent + 1, 8))
