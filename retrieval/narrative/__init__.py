"""Facts read from French narrative: the prose of any format, marked `extracted` (docs/narrative.md)."""

from retrieval.narrative.document import with_narrative_facts

__all__ = ["with_narrative_facts"]
