"""The chain: any change, gap, swap or cut is seen, and the first bad line is named."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from assistant.audit.chain import GENESIS, AuditEvent, event_hash, verify_chain

KINDS = st.sampled_from(["answer_begun", "answer_finished", "patient_opened"])
DETAILS = st.dictionaries(
    st.text(max_size=5), st.one_of(st.none(), st.integers(), st.text(max_size=8)), max_size=3
)


def chain(parts: list[tuple[str, dict[str, object]]]) -> list[AuditEvent]:
    """A sound chain of events."""
    events: list[AuditEvent] = []
    for number, (kind, detail) in enumerate(parts, start=1):
        previous = events[-1].hash if events else GENESIS
        event = AuditEvent(
            seq=number,
            at=f"2026-01-01T00:00:{number:02d}",
            kind=kind,
            actor="a",
            detail=detail,
            previous=previous,
        )
        events.append(event.model_copy(update={"hash": event_hash(event)}))
    return events


@given(st.lists(st.tuples(KINDS, DETAILS), max_size=8))
def test_a_sound_chain_is_intact(parts: list[tuple[str, dict[str, object]]]) -> None:
    events = chain(parts)
    verdict = verify_chain(events)
    assert verdict.intact
    assert verdict.events == len(events)
    assert verdict.head == (events[-1].hash if events else GENESIS)


@given(st.lists(st.tuples(KINDS, DETAILS), min_size=1, max_size=8), st.data())
def test_any_change_is_found_at_its_line(
    parts: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    events = chain(parts)
    at = data.draw(st.integers(0, len(events) - 1))
    field, value = data.draw(
        st.sampled_from(
            [("actor", "b"), ("kind", "x"), ("patient_id", "p"), ("at", "2027"), ("detail", {"x": [1]})]
        )
    )
    events[at] = events[at].model_copy(update={field: value})
    assert verify_chain(events).first_bad == at + 1
    rehashed = events[at].model_copy(update={"hash": event_hash(events[at])})
    followed = [*events[:at], rehashed, *events[at + 1 :]]
    assert verify_chain(followed).first_bad == (at + 2 if at + 1 < len(events) else None)


@given(st.lists(st.tuples(KINDS, DETAILS), min_size=2, max_size=8), st.data())
def test_a_gap_a_swap_and_a_cut_tail_are_found(
    parts: list[tuple[str, dict[str, object]]], data: st.DataObject
) -> None:
    events = chain(parts)
    at = data.draw(st.integers(0, len(events) - 2))
    assert verify_chain([*events[:at], *events[at + 1 :]]).first_bad == at + 1
    swapped = [*events[:at], events[at + 1], events[at], *events[at + 2 :]]
    assert verify_chain(swapped).first_bad == at + 1
    cut = verify_chain(events[:-1], expected_head=events[-1].hash)
    assert not cut.intact
    assert cut.first_bad == len(events)
    assert verify_chain(events, expected_head=events[0].hash).intact
