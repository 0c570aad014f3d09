"""Patient ids: opaque, short, safe in a path, and never an INS."""

from __future__ import annotations

import hashlib
import hmac
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
    """Say whether a text may name a patient in this product: no INS, nor one behind a system (`INS|1...`)."""
    return _PATIENT_ID.fullmatch(text) is not None and not any(is_ins(part) for part in text.split("|"))


def opaque_id(text: str, secret: bytes) -> str:
    """Return the id of a patient whom a source calls `text`: itself, or a digest where it may not serve.

    The digest is keyed with the site's secret: the INS of a whole country can be enumerated, so a plain one
    could be turned back.
    """
    return text if is_patient_id(text) else "p-" + keyed_digest(text, secret)[:24]


def plain_digest_id(text: str) -> str:
    """The id that version 1 of the record store gave to `text`, to recognise it when a store is upgraded."""
    return "p-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:24]


def keyed_digest(text: str, secret: bytes) -> str:
    """Hexadecimal HMAC-SHA-256 of a text with the site's secret."""
    return hmac.new(secret, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
