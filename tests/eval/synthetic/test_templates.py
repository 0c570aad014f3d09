"""Templates kept elsewhere: every example of the documentation works, and what is not right is told by file and place."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.cases.files import read_cases
from eval.errors import CaseFileError
from eval.runner.results import Results
from eval.suites.record_wordings import load_words
from eval.synthetic.generate import generate, one_patient
from eval.synthetic.library import load_library
from eval.synthetic.options import HospitalOptions, evaluation_options
from eval.synthetic.variants import resolved

PAGE = Path(__file__).parents[3] / "docs" / "evaluation" / "templates.md"


def example(name: str) -> str:
    found = re.search(
        rf"<!-- example: {name} -->\n```\w+\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL
    )
    assert found, name
    return found[1]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "stories").mkdir()
    (tmp_path / "modules").mkdir()
    (tmp_path / "stories" / "angine_de_poitrine.toml").write_text(example("story"), encoding="utf-8")
    (tmp_path / "modules" / "pyelonephrite.toml").write_text(example("module"), encoding="utf-8")
    (tmp_path / "letters.toml").write_text(example("letters"), encoding="utf-8")
    return tmp_path


def test_the_examples_are_loaded_and_played(folder: Path) -> None:
    options = evaluation_options(templates=(folder,), open_held_out=True)
    library = load_library(options)
    assert "angine_de_poitrine" in library.stories
    assert "pyelonephrite" in library.modules
    assert any("confié" in text for text in library.words["opening"])
    hospital = generate(1001, 11, options=options)
    mine = hospital.patients[10]
    assert mine.story == "angine_de_poitrine"
    assert {note.topic for note in mine.notes} >= {"tabagisme", "épreuve d’effort"}


def test_the_wordings_of_the_page_are_asked(folder: Path) -> None:
    (folder / "questions.toml").write_text(example("questions"), encoding="utf-8")
    words = load_words((folder,), opened=False)
    assert words.further["weight"] == ("À la dernière pesée, combien pesait-{il} ?",)
    (folder / "questions.toml").write_text('[ask]\nlatset = ["{x} ?"]\n', encoding="utf-8")
    with pytest.raises(CaseFileError, match=r"questions\.toml, ask\.latset: no such kind"):
        load_words((folder,), opened=False)


def test_the_module_of_the_page_joins_somebody(folder: Path) -> None:
    for path in (folder / "stories").iterdir():
        path.unlink()
    options = HospitalOptions(modules=(6, 6), vary=True, templates=(folder,), open_held_out=True)
    for seed in range(1000, 1008):
        library = load_library(options)
        only = library.model_copy(update={"modules": {"pyelonephrite": library.modules["pyelonephrite"]}})
        for index in (0, 3, 5):
            patient = one_patient(seed, index, library=only, options=options)
            if patient.modules:
                assert patient.microbiology[0].germ == "Escherichia coli"
                assert patient.microbiology[0].antibiogram[0].category == "R"
                return
    pytest.fail("the module joined nobody")


def test_the_case_and_the_results_of_the_page_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(json.dumps(json.loads(example("case")), ensure_ascii=False) + "\n", encoding="utf-8")
    assert read_cases(path)[0].id == "site-0001"
    results = Results.model_validate_json(example("results"))
    assert results.suite("S1") is not None


Spoil = Callable[[Path], None]


def _change(path: str, old: str, new: str) -> Spoil:
    def spoil(folder: Path) -> None:
        text = (folder / path).read_text(encoding="utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


_STORY, _MODULE = "stories/angine_de_poitrine.toml", "modules/pyelonephrite.toml"


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (_change(_STORY, "months = 30", 'months = "trente"'), r"angine_de_poitrine\.toml, months"),
        (_change(_STORY, "specialty = ", "speciality = "), r"angine_de_poitrine\.toml, visit\.0"),
        (_change(_STORY, "age = [58, 74]", "age = [58, 74"), r"angine_de_poitrine\.toml: not TOML"),
        (_change(_STORY, 'name = "angine', 'name = "angor'), r"name: give the story the name of its file"),
        (_change(_STORY, "{ pa = 34 }", "{ paquets = 34 }"), r"draw: <<pa>> is drawn nowhere"),
        (_change(_MODULE, 'id = "pyelo', 'id = "Pyelo'), r"pyelonephrite\.toml, id"),
        (_change(_MODULE, '"18886-2", "S"', '"18886-2", "X"'), r"culture\.0\.antibiogram\.1\.2"),
        (_change(_MODULE, "[compatible]\nsex", "[compatible]\nsexe"), r"compatible\.sexe"),
        (_change("letters.toml", 'use = "opening"', 'use = "openings"'), r"letters\.toml, wording\.0\.use"),
        (_change("letters.toml", "chu.neighbour.1", "chu.opening.1"), r"is used twice"),
    ],
)
def test_what_is_not_right_is_told_by_file_and_place(folder: Path, spoil: Spoil, place: str) -> None:
    spoil(folder)
    with pytest.raises(CaseFileError, match=place):
        load_library(evaluation_options(templates=(folder,)))


def test_folders_that_hold_no_templates_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError, match="no such folder"):
        load_library(evaluation_options(templates=(tmp_path / "absent",)))
    with pytest.raises(CaseFileError, match="none of stories"):
        load_library(evaluation_options(templates=(tmp_path,)))


def test_a_shipped_template_cannot_be_replaced(folder: Path) -> None:
    (folder / "modules" / "goutte.toml").write_text(
        example("module").replace('id = "pyelonephrite"', 'id = "goutte"'), encoding="utf-8"
    )
    with pytest.raises(CaseFileError, match="already used by another template: goutte"):
        load_library(evaluation_options(templates=(folder,)))


def test_drawn_numbers_take_a_comma_in_words_only() -> None:
    raw = {
        "draw": {"dose": [{"dose": 40}], "score": [{"score": "2,5"}]},
        "amount": "<<dose>>",
        "text": "<<dose>> mg, DAS28 à <<score>>",
    }
    assert resolved(raw) == {"amount": 40, "text": "40 mg, DAS28 à 2,5"}
    with pytest.raises(ValueError, match="<<absent>>"):
        resolved({"text": "<<absent>>"})
