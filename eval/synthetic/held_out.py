"""Which templates are kept for a report: 30 %, split by the hash of their id, so that nobody chooses."""

from hashlib import sha256

_HELD = 3
_OF = 10


def held_out(template_id: str) -> bool:
    """Whether a template (story, module, letter or question wording) is opened for a report only.

    Pure: the sha256 of the id as UTF-8, as a whole number, modulo 10, below 3. About 30 % of ids.
    Tuning and the smoke tier never see a held-out template; a report opens them (`open_held_out=True`).
    """
    return int.from_bytes(sha256(template_id.encode("utf-8")).digest()) % _OF < _HELD
