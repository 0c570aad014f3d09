"""Scope: who asks, for which patient, for what purpose, and what may be seen.

Made only by access control (`assistant/people/access.py`); a test holds that nothing else
constructs one. Every read of the store or the index takes a Scope, and none can read across patients.
"""

from __future__ import annotations

from pydantic import ValidationInfo, field_validator

from retrieval.errors import NotAccepted
from retrieval.frozen import Frozen
from retrieval.moments import span_of


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
    """What the asker narrows down to. Dates are ISO 8601 days, both ends included.

    A year or a month stands for its first day (`from_date`) or its last one (`to_date`). Raises NotAccepted
    for what is no date: compared as text it would leave documents out in silence.
    """

    from_date: str | None = None
    to_date: str | None = None
    kinds: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    @field_validator("from_date", "to_date")
    @classmethod
    def _is_a_day(cls, given: str | None, info: ValidationInfo) -> str | None:
        span = span_of(given)
        if given is not None and span is None:
            raise NotAccepted(f"the filter {info.field_name} is not a date such as 2024-03-31")
        if span is None:
            return None
        return span.first_day if info.field_name == "from_date" else span.last_day
