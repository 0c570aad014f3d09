"""The hash chain: every event carries the digest of the one before it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from typing import Any

from retrieval.frozen import Frozen

GENESIS = "0" * 64


class AuditEvent(Frozen):
    """One line of the trail. `detail` holds ids, counts, digests and verdicts only."""

    seq: int
    at: str
    kind: str
    actor: str
    patient_id: str | None = None
    answer_id: str | None = None
    detail: dict[str, Any]
    previous: str
    hash: str = ""


class Verdict(Frozen):
    """Whether a chain holds. `first_bad` is the number of the first line that does not."""

    intact: bool
    events: int
    head: str
    first_bad: int | None = None
    reason: str = ""


def canonical(value: object) -> str:
    """JSON with one spelling: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def event_hash(event: AuditEvent) -> str:
    """The digest of an event, over everything in it but the digest itself."""
    return hashlib.sha256(canonical(event.model_dump(exclude={"hash"})).encode()).hexdigest()


def keyed(salt: str, text: str) -> str:
    """The digest of a text under a salt that is erased with the text."""
    return hmac.new(salt.encode(), text.encode(), hashlib.sha256).hexdigest()


def verify_chain(events: Iterable[AuditEvent], *, expected_head: str | None = None) -> Verdict:
    """Check numbers, links and digests from the first event on.

    `expected_head` is a digest exported earlier: if it is not in the chain, the tail was cut or rewritten.
    """
    previous, count, seen = GENESIS, 0, expected_head is None
    for event in events:
        count += 1
        reason = ""
        if event.seq != count:
            reason = f"event {count} is missing"
        elif event.previous != previous:
            reason = "it does not follow from the event before it"
        elif event.hash != event_hash(event):
            reason = "its content was changed"
        if reason:
            return Verdict(intact=False, events=count - 1, head=previous, first_bad=count, reason=reason)
        previous = event.hash
        seen = seen or event.hash == expected_head
    if not seen:
        reason = "the exported head is not in the chain: its end was cut off"
        return Verdict(intact=False, events=count, head=previous, first_bad=count + 1, reason=reason)
    return Verdict(intact=True, events=count, head=previous)
