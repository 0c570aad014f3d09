"""S10: groups of one question in six ways; drops and flips."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as some

from eval.cases.case import Case, Output
from eval.suites.base import World
from eval.suites.record_variants import other_units, telegraphic, with_typos, without_accents
from eval.suites.stability import BASE, KINDS, suite
from tests.eval.suites.record_world import answer, by_oracle, gold_of, values


@pytest.fixture(scope="module")
def cases(sixty: World) -> tuple[Case, ...]:
    return suite().cases(sixty, wanted=360)


def test_sixty_groups_of_six(cases: tuple[Case, ...]) -> None:
    groups: defaultdict[str | None, list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.group].append(case)
    assert len(groups) == 60
    for members in groups.values():
        assert members[0].strata["variant"] == BASE
        assert len(members) == 6
        assert len({case.strata["variant"] for case in members}) == 6
        assert all(gold_of(case) == gold_of(members[0]) for case in members)
    assert set(Counter(case.strata["variant"] for case in cases)) == {BASE, *KINDS}


def test_a_paraphrase_is_another_wording_and_typos_are_few(cases: tuple[Case, ...]) -> None:
    bases = {case.group: case.question for case in cases if case.strata["variant"] == BASE}
    same = Counter(
        case.strata["variant"]
        for case in cases
        if case.strata["variant"] != BASE and case.question == bases[case.group]
    )
    assert same["paraphrase"] == 0
    assert same["upper"] == same["telegraphic"] == 0


def test_a_steady_service_neither_drops_nor_flips(cases: tuple[Case, ...]) -> None:
    found = suite().score(cases, by_oracle(cases))
    assert values(found, "worst_drop") == [0.0] * 60
    assert values(found, "flip") == [0.0] * 300


def test_one_missed_variant_drops_its_group(cases: tuple[Case, ...]) -> None:
    given_back = by_oracle(cases)
    missed = next(case for case in cases if case.strata["variant"] == "upper")
    silent = answer((), status="abstained", reason="not_in_record")
    given_back[missed.id] = Output(case_id=missed.id, answers=(silent,))
    found = suite().score(cases, given_back)
    assert sum(value or 0 for value in values(found, "worst_drop")) == 1
    assert [item.case_id for item in found if item.measure == "flip" and item.value] == [missed.id]
    assert next(item for item in found if item.measure == "worst_drop" and item.value).note == "upper"


def test_a_broken_group_is_not_scored(cases: tuple[Case, ...]) -> None:
    found = suite().score(cases[1:6], by_oracle(cases))
    assert all(item.value is None and item.unscored for item in found)


def test_only_whole_groups_are_made(twelve: World) -> None:
    assert len(suite().cases(twelve, wanted=17)) == 12
    assert suite().cases(twelve, wanted=5) == ()


def test_variants() -> None:
    text = "À combien était la créatininémie le 12/03/2025 ?"
    assert without_accents(text) == "A combien etait la creatininemie le 12/03/2025 ?"
    assert other_units(text, unit="µmol/L") == "À combien était la créatininémie le 12 mars 2025 (en µmol/L)?"
    assert telegraphic(text) == "créatininémie 12/03/2025"
    assert telegraphic("A-t-elle des allergies ?") == "allergies"


@given(
    some.text(alphabet="abcdeéèàfghilmnoprstuv’ 0123456789/?", min_size=0, max_size=80), some.text(max_size=5)
)
def test_typos_keep_digits_and_short_words(text: str, salt: str) -> None:
    typed = with_typos(text, salt=salt)
    assert [sign for sign in typed if sign.isdigit()] == [sign for sign in text if sign.isdigit()]
    assert abs(len(typed) - len(text)) <= 2
    assert typed == with_typos(text, salt=salt)
