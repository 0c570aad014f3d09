"""Ids of patients found in a source; a national number never becomes one."""

from __future__ import annotations

import hashlib
import re

from retrieval.formats.tree import node_of, text_of, value_at

_INS_SYSTEM = re.compile(r"\bINS\b|\bNIR\b|1\.2\.250\.1\.213\.1\.4\.(8|9|10|11)\b", re.IGNORECASE)
_INS_VALUE = re.compile(r"\A[1-9]\d{12}(\d{2})?\Z")


def opaque(system: str, value: str) -> str:
    """An id that is safe as a patient id: the value, or a digest of it when it looks like an INS."""
    if _INS_SYSTEM.search(system) or _INS_VALUE.match(value):
        return "pat-" + hashlib.sha256(value.encode("utf-8")).hexdigest()[:16]
    return value


def subject_id(party: object) -> str:
    """The opaque id that a PARTY_SELF (or a plain text, or `{id}`) refers to, or an empty text."""
    reference = node_of(node_of(party).get("external_ref"))
    system = text_of(reference.get("namespace")) + " " + value_at(reference, "id", "scheme")
    value = text_of(party) or value_at(reference, "id", "value") or value_at(party, "id")
    return opaque(system, value) if value else ""
