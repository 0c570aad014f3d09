"""What coded values of the source mean for a fact: its status, its certainty, whether it is a vaccine."""

from __future__ import annotations

from typing import cast

from retrieval.fact import Boolean, Certainty, Code
from retrieval.formats.openehr.archetypes import Rule, base_code
from retrieval.formats.openehr.selection import index_of, select, selected
from retrieval.formats.openehr.state import Group, Leaf
from retrieval.formats.openehr.vocabulary import meaning, table

_TABLES = {"laboratory": "result_status", "imaging": "result_status", "problem": "problem_status"}
_VACCINE = ("vaccin", "immunis", "immuniz", "impf")


def status_of(group: Group, rule: Rule) -> tuple[str | None, Leaf | None]:
    """The status of a fact and the value that says so; the groups around lend theirs where it has none."""
    table_name = _TABLES.get(rule.kind or "", "medication_status")
    for leaf in selected(group, rule.status, rule.archetype):
        if found := _status(leaf, rule.status_codes, table_name):
            return found, leaf
    around = group.parent
    while around is not None:
        for lender in around.rules:
            for leaf in select(index_of(around).own, lender.status, lender.archetype):
                if lender.kind is None and (found := _status(leaf, lender.status_codes, table_name)):
                    return found, leaf
        around = around.parent
    return rule.default_status, None


def _status(leaf: Leaf, codes: dict[str, str], table_name: str) -> str | None:
    for code in leaf.reading.codes:
        if code.system != "openehr" and base_code(code.code) in codes:
            return codes[base_code(code.code)]
        if code.system == "openehr" and leaf.node_id.startswith("ism."):
            return table("state_status").get(code.code)
    value = leaf.reading.value
    if isinstance(value, Boolean):
        return "active" if value.value else "stopped"
    displays = [code.display for code in leaf.reading.codes]
    return meaning(table_name, leaf.reading.text, *displays, *(code.code for code in leaf.reading.codes))


def certainty_of(group: Group, rule: Rule) -> tuple[Certainty, Leaf | None]:
    """Whether what a fact states is present, absent, suspected or unknown, and the value that says so."""
    if rule.fixed_certainty is not None:
        return rule.fixed_certainty, None
    for leaf in selected(group, rule.certainty, rule.archetype):
        for code in leaf.reading.codes:
            if base_code(code.code) in rule.certainty_codes:
                return rule.certainty_codes[base_code(code.code)], leaf
        if found := meaning("certainty", leaf.reading.text):
            return cast(Certainty, found), leaf
    return "present", None


def is_vaccine(names: tuple[str, ...], codes: tuple[Code, ...]) -> bool:
    """Whether a medication action is an immunisation: by ATC J07, or by the words around it."""
    if any(code.code.upper().startswith("J07") for code in codes):
        return True
    return any(word in name.lower() for name in names for word in _VACCINE)
