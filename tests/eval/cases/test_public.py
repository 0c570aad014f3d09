"""Loaders of public sets: known copies are read whole, others are refused with what to do."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from eval.cases import public
from eval.cases.public_files import known, rows
from eval.errors import CaseFileError


@pytest.fixture
def bench() -> Path:
    folder = Path(__file__).resolve().parents[4] / "shared" / "bench"
    if not (folder / "xstest").is_dir():
        pytest.skip("the public sets are not beside this checkout (../shared/bench)")
    return folder


def sha(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_known_sets_are_read_whole(bench: Path) -> None:
    counts = {
        public.xstest: 450,
        public.ailuminate: 453,
        public.xsafety_fr: 315,
        public.medsafetybench: 900,
        public.injection_strings: 115,
        public.ehrsql_questions: 1100,
    }
    for load, number in counts.items():
        found = load(bench)
        assert len(found) == len({prompt.id for prompt in found}) == number, load
        assert all(prompt.text.strip() for prompt in found)


def test_sets_say_what_is_safe_and_keep_french(bench: Path) -> None:
    assert sum(bool(prompt.safe) for prompt in public.xstest(bench)) == 250
    assert {prompt.language for prompt in public.ailuminate(bench)} == {"fr"}
    assert "é" in "".join(prompt.text for prompt in public.xsafety_fr(bench))
    assert all(prompt.reference for prompt in public.medsafetybench(bench))


def test_a_missing_set_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CaseFileError, match="put the set xstest"):
        public.xstest(tmp_path)


def write(folder: Path, text: str = "id,prompt,type,label\n1,How?,homonyms,safe\n") -> Path:
    path = folder / "xstest" / "xstest_prompts.csv"
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_another_copy_is_refused_until_it_is_pinned(tmp_path: Path) -> None:
    path = write(tmp_path)
    with pytest.raises(CaseFileError, match="is not a listed one"):
        public.xstest(tmp_path)
    pins = f'[xstest.files]\n"xstest_prompts.csv" = ["{sha(path)}"]\n'
    (tmp_path / "pins.toml").write_text(pins, encoding="utf-8")
    assert [prompt.text for prompt in public.xstest(tmp_path)] == ["How?"]
    path.write_text("changed", encoding="utf-8")
    with pytest.raises(CaseFileError, match="is not a listed one"):
        public.xstest(tmp_path)


@pytest.mark.parametrize("pins", ["not toml [", "xstest = 3\n", "[xstest]\nfiles = 3\n"])
def test_bad_pins_never_open_a_file(tmp_path: Path, pins: str) -> None:
    write(tmp_path)
    (tmp_path / "pins.toml").write_text(pins, encoding="utf-8")
    with pytest.raises(CaseFileError):
        public.xstest(tmp_path)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(CaseFileError, match="no column 'label'"):
        list(rows("id,prompt\n1,x\n", "file.csv", columns=("id", "label")))


def test_an_unknown_set_is_named() -> None:
    with pytest.raises(CaseFileError, match="no such public set"):
        known("nothing")


LONG = {
    "patient_01": {
        "diagnosis": "DLBCL",
        "texts": {"text_0": "A letter."},
        "questions": [
            {
                "No": 1,
                "question": "Which?",
                "correct": "B.",
                **{f"answer_{x}": f"{x.upper()}." for x in "abcde"},
            }
        ],
    }
}
BENCH_LINE = {
    "prompt_id": "p1",
    "prompt": [{"role": "user", "content": "Hello"}],
    "rubrics": [{"criterion": "Greets", "points": 5, "tags": []}],
    "example_tags": ["theme:x"],
}


def test_longhealth_is_read_with_the_given_sha256(tmp_path: Path) -> None:
    path = tmp_path / "benchmark_v5.json"
    path.write_text(json.dumps(LONG), encoding="utf-8")
    (question,) = public.longhealth(path, sha256=sha(path))
    assert (question.right, question.documents, question.category) == (("b",), ("A letter.",), "DLBCL")


def test_a_set_that_cannot_ship_needs_a_sha256_and_the_right_one(tmp_path: Path) -> None:
    path = tmp_path / "benchmark_v5.json"
    path.write_text(json.dumps(LONG), encoding="utf-8")
    with pytest.raises(CaseFileError, match="give the sha256"):
        public.longhealth(path)
    with pytest.raises(CaseFileError, match="expected 00"):
        public.longhealth(path, sha256="00" * 32)
    with pytest.raises(CaseFileError, match="cannot ship longhealth"):
        public.longhealth(tmp_path / "none.json", sha256="00" * 32)
    (tmp_path / "pins.toml").write_text(
        f'[longhealth.files]\n"{path.name}" = "{sha(path)}"\n', encoding="utf-8"
    )
    assert len(public.longhealth(path)) == 1


def test_mediqal_letters_and_case(tmp_path: Path) -> None:
    path = tmp_path / "mcqm.csv"
    path.write_text(
        "id,clinical_case,question,answer_a,answer_b,answer_c,answer_d,answer_e,correct_answers\n"
        'q1,Un homme de 60 ans.,Lesquelles ?,Un,Deux,Trois,,,"a,c"\n',
        encoding="utf-8",
    )
    (question,) = public.mediqal(path, sha256=sha(path))
    assert question.text == "Un homme de 60 ans.\nLesquelles ?"
    assert (question.right, sorted(question.options)) == (("a", "c"), ["a", "b", "c"])


def test_healthbench_turns_and_criteria(tmp_path: Path) -> None:
    path = tmp_path / "healthbench.jsonl"
    path.write_text(json.dumps(BENCH_LINE) + "\n\n", encoding="utf-8")
    (one,) = public.healthbench(path, sha256=sha(path))
    assert (one.turns, one.criteria) == ((("user", "Hello"),), (("Greets", 5),))


@pytest.mark.parametrize(
    "text", ["[1, 2", "[]", '{"p": {"questions": [3]}}', '{"p": {"questions": [{"No": 1}]}}']
)
def test_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "benchmark_v5.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CaseFileError, match="benchmark_v5"):
        public.longhealth(path, sha256=sha(path))


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"id\n\xff\xfe")
    with pytest.raises(CaseFileError, match="not UTF-8"):
        public.mediqal(path, sha256=sha(path))
