"""Patient ids: opaque, short, safe in a path, and never an INS."""

from __future__ import annotations

import hashlib
import re

PATIENT_ID_RULE = (
    "a patient id is 1 to 128 letters, digits or . _ : @ | ~ - (not . or .. alone) "
    "and is never an INS (give the INS as an identifier)"
)
_PATIENT_ID = re.compile(r"(?!\.{1,2}\Z)[\w.:@|~-]{1,128}")
_INS = re.compile(r"[1-478]\d{4}(?:\d{2}|2[AB])\d{6}\d{2}")


def is_ins(text: str) -> bool:
    """Say whether a text is a French INS: 15 characters of a NIR or NIA whose key is right."""
    bare = text.replace(" ", "").upper()
    if not _INS.fullmatch(bare):
        return False
    number = bare[:13].replace("2A", "19").replace("2B", "18")
    return number.isdigit() and 97 - int(number) % 97 == int(bare[13:])


def is_patient_id(text: str) -> bool:
    """Say whether a text may name a patient in this product."""
    return _PATIENT_ID.fullmatch(text) is not None and not is_ins(text)


def opaque_id(text: str) -> str:
    """Return the id of a patient whom a source calls `text`: itself, or a digest where it may not serve."""
    return text if is_patient_id(text) else "p-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:24]
