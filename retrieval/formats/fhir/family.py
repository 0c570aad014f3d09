"""Problems of relatives: each a fact of its own, about the family."""

from __future__ import annotations

from retrieval.fact import Coded, Text
from retrieval.formats.fhir import words
from retrieval.formats.fhir.meaning import status_of
from retrieval.formats.fhir.paths import nodes_under
from retrieval.formats.fhir.writing import Writing
from retrieval.formats.tree import Node, node_of, value_at


def write_conditions(resource: Node, path: str, writing: Writing) -> None:
    """State each problem of a FamilyMemberHistory: `Antécédent du père : infarctus`."""
    if value_at(resource, "resourceType") != "FamilyMemberHistory":
        return
    relative = words.concept(node_of(resource.get("relationship"))) or value_at(resource, "name")
    for at in nodes_under(resource, "condition", path):
        code = node_of(at.value.get("code"))
        text = words.concept(code)
        if not text:
            continue
        statement = writing.say(f"Antécédent familial ({relative})", text, 1)
        codes = words.codes_of(code)
        writing.sheet.fact(
            "family_history",
            Coded(text=text, code=codes[0]) if codes else Text(text=text),
            f"{at.path}.code",
            statement.line,
            label=text,
            codes=codes,
            status=status_of(resource),
            subject="family",
            heading=writing.trail,
        )
