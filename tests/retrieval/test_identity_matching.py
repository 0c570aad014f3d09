"""Who is one patient: the rule of agreement, and the partition whatever the order of arrival."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.composition import Patient, PatientIdentifier
from retrieval.identity import is_patient_id, keyed_digest, opaque_id
from retrieval.identity_matching import Decision, Description, decision_sides, partition
from retrieval.identity_traits import agreement, keys_of, traits_of

MARIE = {"birth_name": "DUPONT", "given_names": "Marie", "birth_date": "1951-07-04", "sex": "female"}
INS_1, INS_2 = "255081416802538", "269054958815780"


def person(**changes: str) -> Patient:
    return Patient.model_validate({"id": "x", **MARIE, **changes})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "agree"),
        ({"given_names": "MARIE"}, "agree"),
        ({"birth_name": "Dupônt"}, "agree"),
        ({"given_names": "Marie Odette Louise"}, "agree"),
        ({"given_names": "Marie-Odette"}, "agree"),
        ({"given_names": "Odette"}, "disagree"),
        ({"birth_name": "", "family_name": "DUPONT"}, "agree"),
        ({"birth_name": "", "family_name": "DUPONT-MARTIN"}, "agree"),
        ({"birth_name": "", "family_name": "MARTIN"}, "disagree"),
        ({"family_name": "MARTIN"}, "agree"),
        ({"birth_name": "DUPOND"}, "disagree"),
        ({"birth_date": "1951-04-07"}, "disagree"),  # day and month swapped
        ({"birth_date": "1951-07"}, "unknown"),
        ({"birth_date": "1951"}, "unknown"),
        ({"birth_date": "1952"}, "disagree"),
        ({"birth_date": ""}, "unknown"),
        ({"sex": "male"}, "disagree"),
        ({"sex": "unknown"}, "agree"),
        ({"given_names": ""}, "unknown"),
        ({"birth_name": "", "given_names": "", "name": "DUPONT Marie"}, "agree"),
        ({"birth_name": "", "given_names": "", "name": "Mme MARIE DUPONT"}, "agree"),
        ({"birth_name": "", "given_names": "", "name": "DURAND Marie"}, "disagree"),
        ({"birth_place": "75056"}, "agree"),
    ],
)
def test_agreement_of_traits(changes: dict[str, str], expected: str) -> None:
    one, other = traits_of(person()), traits_of(person(**changes))
    assert agreement(one, other) == agreement(other, one) == expected


@pytest.mark.parametrize(
    ("mine", "theirs", "expected"),
    [
        ({"given_names": "Jean-Pierre"}, {"given_names": "JEAN PIERRE"}, "agree"),
        ({"given_names": "Jean-Pierre"}, {"given_names": "Jeanpierre"}, "agree"),
        ({"birth_name": "LE GALL"}, {"birth_name": "LEGALL"}, "agree"),
        ({"birth_name": "D'ARTAGNAN"}, {"birth_name": "D ARTAGNAN"}, "agree"),
        ({"birth_place": "75056"}, {"birth_place": "13055"}, "disagree"),
        ({"birth_place": "2A004"}, {"birth_place": "Ajaccio"}, "agree"),
        ({"given_names": "Marie"}, {"given_names": "Marianne"}, "disagree"),
    ],
)
def test_agreement_of_spellings(mine: dict[str, str], theirs: dict[str, str], expected: str) -> None:
    assert agreement(traits_of(person(**mine)), traits_of(person(**theirs))) == expected


def test_identifiers_that_tell_people_apart() -> None:
    def keys(*items: tuple[str, str, str | None]) -> tuple[set[str], set[str], set[str]]:
        identifiers = tuple(PatientIdentifier(system=s, value=v, status=status) for s, v, status in items)
        found = keys_of(Patient(id="x", identifiers=identifiers))
        return {v for _, v in found.strong}, {v for _, v in found.weak}, {v for _, v in found.ins}

    assert keys(("INS", INS_1, None)) == ({INS_1}, set(), {INS_1})
    assert keys(("1.2.250.1.213.1.4.8", "2 55 08 14 168 025 38", "qualified")) == ({INS_1}, set(), {INS_1})
    assert keys(("INS", INS_1, "provisional")) == (set(), {INS_1}, set())
    assert keys(("IPP", "8000123", None)) == ({"8000123"}, set(), set())
    assert keys(("NIR", INS_1, None), ("", "12", None), ("IPP", "0", None)) == (set(), set(), set())


def test_an_ins_never_becomes_a_patient_id_and_its_digest_needs_the_secret() -> None:
    for hint in (INS_1, f"1.2.250.1.213.1.4.8|{INS_1}"):
        assert not is_patient_id(hint)
        assert opaque_id(hint, b"a" * 32) != opaque_id(hint, b"b" * 32)
        assert INS_1 not in opaque_id(hint, b"a" * 32)
    assert opaque_id("ehr-1", b"a" * 32) == "ehr-1"
    assert len(keyed_digest("x", b"a" * 32)) == 64


# Partition

WORLD: dict[str, Patient] = {
    "vague": Patient(id=""),
    "marie": person(),
    "marie_full": person(given_names="Marie Odette", family_name="MARTIN"),
    "undated": person(birth_date=""),
    "swapped": person(birth_date="1951-04-07"),
    "jean": person(birth_name="PETIT", given_names="Jean", sex="male", birth_date="1960-01-31"),
}


def said(
    hint: str, who: str, *identifiers: tuple[str, str], claim: str | None = None, status: str | None = None
) -> Description:
    held = tuple(PatientIdentifier(system=s, value=v, status=status) for s, v in identifiers)
    patient = WORLD[who].model_copy(update={"identifiers": held})
    return Description(
        key=f"{claim or ''}/{hint}/{who}/{identifiers}/{status}",
        hint=hint,
        traits=traits_of(patient),
        keys=keys_of(patient),
        claim=claim,
    )


def patients(*descriptions: Description, decisions: tuple[Decision, ...] = ()) -> list[set[str]]:
    found = partition(descriptions, decisions)
    return [set(group) for group in found.groups]


def kinds(*descriptions: Description, decisions: tuple[Decision, ...] = ()) -> list[tuple[str, ...]]:
    return [clash.kinds for clash in partition(descriptions, decisions).clashes]


IPP, INS = ("IPP", "8000123"), ("INS", INS_1)


@pytest.mark.parametrize(
    ("descriptions", "count", "clashes"),
    [
        ([said("a", "marie", IPP), said("b", "marie_full", IPP)], 1, []),
        ([said("a", "marie", INS), said("b", "marie_full", INS)], 1, []),
        ([said("a", "marie"), said("b", "marie")], 2, []),  # never by traits alone
        ([said("a", "marie", INS), said("b", "swapped", INS)], 2, [("traits_differ",)]),
        ([said("a", "marie", IPP), said("b", "jean", IPP)], 2, [("traits_differ",)]),
        ([said("a", "marie"), said("a", "jean")], 2, [("traits_differ",)]),
        ([said("a", "marie", INS), said("b", "marie", ("INS", INS_2))], 2, [("two_ins",)]),
        ([said("a", "jean", INS), said("b", "marie", ("INS", INS_2))], 2, []),
        ([said("a", "marie", INS, IPP), said("b", "marie", ("INS", INS_2), IPP)], 2, [("two_ins",)]),
        ([said("a", "marie", IPP), said("b", "vague", IPP)], 2, [("traits_missing",)]),
        (
            [said("a", "marie", INS, status="provisional"), said("b", "marie", INS)],
            2,
            [("ins_not_qualified",)],
        ),
        ([said("a", "marie"), said("a", "vague")], 1, []),
        ([said("a", "vague"), said("a", "marie"), said("a", "jean")], 3, 3),
        ([said("a", "marie", claim="p"), said("b", "jean", claim="p")], 1, []),
        ([said("a", "marie", claim="p"), said("a", "marie")], 2, [("claimed",)]),
        ([said("a", "marie", claim="p"), said("p", "marie_full")], 1, []),
        ([said("a", "marie", claim="p"), said("p", "jean")], 2, [("traits_differ",)]),
        ([said("a", "marie", INS, claim="p"), said("b", "marie", INS, claim="q")], 2, [("claimed",)]),
    ],
)
def test_who_is_one_patient(descriptions: list[Description], count: int, clashes: object) -> None:
    assert len(patients(*descriptions)) == count
    found = kinds(*descriptions)
    assert (len(found) if isinstance(clashes, int) else found) == clashes


def test_one_who_agrees_with_two_that_contradict_each_other_is_left_alone() -> None:
    one, two, between = said("a", "marie", INS), said("b", "swapped", INS), said("a", "undated")
    also = said("c", "marie", INS)
    third = said("b", "undated", ("IPP", "1"))
    assert patients(one, also, two) == [{one.key, also.key}, {two.key}]
    assert patients(one, between, two) == [{one.key, between.key}, {two.key}]
    assert len(patients(said("a", "marie"), said("a", "undated"), said("a", "swapped"))) == 3
    assert patients(two, third) == [{two.key, third.key}]


def test_a_decision_holds_for_what_the_source_says_next() -> None:
    one, other = said("a", "marie", INS), said("b", "swapped", INS)
    first, second = decision_sides([one], [other])
    apart = (Decision(id=1, kind="different", first=first, second=second),)
    assert kinds(one, other, decisions=apart) == []
    again = said("b", "jean", INS)
    assert len(kinds(one, other, again)) > 0
    assert ("traits_differ",) not in kinds(one, again, decisions=apart)
    same = (Decision(id=1, kind="same", first=(one.key,), second=(other.key,)),)
    assert patients(one, other, decisions=same) == [{one.key, other.key}]
    assert patients(one, other, said("a", "marie_full"), decisions=same) != []
    assert len(patients(one, other, said("a", "marie_full"), decisions=same)) == 1


@st.composite
def descriptions(draw: st.DrawFn) -> list[Description]:
    found = {}
    for _ in range(draw(st.integers(2, 7))):
        made = said(
            draw(st.sampled_from(["a", "b", "c", "d"])),
            draw(st.sampled_from(sorted(WORLD))),
            *draw(st.sets(st.sampled_from([IPP, INS, ("INS", INS_2), ("labo", "7")]), max_size=2)),
            claim=draw(st.sampled_from([None, None, None, "a", "p"])),
            status=draw(st.sampled_from([None, None, "provisional"])),
        )
        found[made.key] = made
    return list(found.values())


@st.composite
def decided(draw: st.DrawFn, given_: list[Description]) -> tuple[Decision, ...]:
    made = []
    for number in range(draw(st.integers(0, 2))):
        one, other = draw(st.sampled_from(given_)), draw(st.sampled_from(given_))
        if one.key != other.key:
            kind = draw(st.sampled_from(["same", "different"]))
            made.append(Decision(id=number, kind=kind, first=(one.key,), second=(other.key,)))  # type: ignore[arg-type]
    return tuple(made)


@settings(max_examples=300)
@given(data=st.data())
def test_the_order_of_arrival_changes_nothing(data: st.DataObject) -> None:
    world = data.draw(descriptions())
    decisions = data.draw(decided(world))
    before = _content(world, decisions)
    shuffled = list(world)
    random.Random(data.draw(st.integers(0, 99))).shuffle(shuffled)
    assert _content(shuffled, decisions[::-1]) == before


def _content(world: list[Description], decisions: tuple[Decision, ...]) -> tuple[object, object]:
    found = partition(world, decisions)
    sets = [frozenset(group) for group in found.groups]
    clashes = {(frozenset({sets[c.first], sets[c.second]}), c.kinds) for c in found.clashes}
    assert sorted(key for group in found.groups for key in group) == sorted(each.key for each in world)
    return frozenset(sets), frozenset(clashes)


@settings(max_examples=300)
@given(data=st.data())
def test_no_patient_holds_a_contradiction_that_nobody_decided(data: st.DataObject) -> None:
    world = [each for each in data.draw(descriptions()) if each.claim is None]
    by_key = {each.key: each for each in world}
    for group in partition(world).groups:
        members = [by_key[key] for key in group]
        for one in members:
            for other in members:
                assert agreement(one.traits, other.traits) != "disagree"
                same_ins = one.keys.ins & other.keys.ins
                assert same_ins or not (one.keys.ins and other.keys.ins)
