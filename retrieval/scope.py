"""Scope: who asks, for which patient, for what purpose, and what may be seen.

Made only by access control (`assistant/people/access.py`); a test holds that nothing else
constructs one. Every read of the store or the index takes a Scope, and none can read across patients.
"""

from __future__ import annotations

from retrieval.frozen import Frozen


class Scope(Frozen):
    """The right to read one patient's record for one purpose.

    `masked_records` are record ids that this person may not see: readers skip them
    and coverage names them as `masked`.
    """

    principal_id: str
    patient_id: str
    purpose: str
    masked_records: frozenset[str] = frozenset()


class Filters(Frozen):
    """What the asker narrows down to. Dates are ISO 8601 days, both ends included."""

    from_date: str | None = None
    to_date: str | None = None
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
