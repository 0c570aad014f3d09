"""What the page is made of, without a browser: its words, its size, and what its files may not contain."""

from __future__ import annotations

import re
from importlib import resources
from typing import get_args

import pytest

from assistant.answering.answer import CHECK_NAMES, Reason, Unread
from retrieval.composition import CompositionKind

WEB = resources.files("assistant").joinpath("web")
FIRST_PAINT = 100_000


def text_of(path: str) -> str:
    """A file of the page."""
    return WEB.joinpath(*path.split("/")).read_text("utf-8")


def entries(language: str) -> dict[str, str]:
    """Key -> the source of its words."""
    return dict(
        re.findall(
            r'^  "([\w.]+)": (.+?),$',
            re.sub(r"\n {4,}|\n  \}", " ", text_of(f"js/words/{language}.js")),
            re.M,
        )
    )


def files() -> list[str]:
    """Every file of the page, scripts and styles."""
    found = [f"js/{item.name}" for item in WEB.joinpath("js").iterdir() if item.is_file()]
    found += [f"js/words/{item.name}" for item in WEB.joinpath("js", "words").iterdir()]
    found += [f"css/{item.name}" for item in WEB.joinpath("css").iterdir()]
    return [*found, "index.html", "icon.svg"]


def test_both_languages_have_the_same_words_with_the_same_places() -> None:
    french, english = entries("fr"), entries("en")
    assert french.keys() == english.keys()
    assert len(french) > 250
    for key, words in french.items():
        assert set(re.findall(r"\{(\w+)\}", words)) == set(re.findall(r"\{(\w+)\}", english[key])), key


def test_every_word_is_used() -> None:
    code = "".join(text_of(name) for name in files() if name.startswith("js/") and "/words/" not in name)
    families = set(re.findall(r'\.code\(\s*"([\w.]+)"', code))
    families |= {key.rstrip(".") for key in re.findall(r"`([\w.]+\.)\$\{", code)}
    unused = [
        key
        for key in entries("fr")
        if f'"{key}"' not in code and not any(key.startswith(family + ".") for family in families)
    ]
    assert unused == []


def test_every_code_of_the_service_has_words() -> None:
    verify = resources.files("assistant").joinpath("answering", "verify")
    sources = "".join(item.read_text("utf-8") for item in verify.iterdir() if item.name.endswith(".py"))
    dropped = set(re.findall(r'reason="(\w+)"', sources))
    assert "number_not_in_source" in dropped
    unread = get_args(Unread.model_fields["reason"].annotation)
    wanted = {f"dropped.{code}" for code in dropped} | {f"unread.{code}" for code in unread}
    wanted |= {f"{family}.{kind}" for kind in get_args(CompositionKind) for family in ("kind", "short")}
    wanted |= {f"reason.{reason}{end}" for reason in get_args(Reason) for end in ("", ".help")}
    wanted |= {f"check.{name}" for name in CHECK_NAMES}
    assert wanted - entries("fr").keys() == set()


@pytest.mark.parametrize("name", ["fr", "en"])
def test_words_are_written_plainly(name: str) -> None:
    """Fine spaces and apostrophes are set in one place (format.js), so the files hold none of them."""
    for key, words in entries(name).items():
        assert not re.search("[\u202f\u00a0’]", words), key
        assert "..." not in words, key
        if name == "fr":
            assert not re.search(r"[\wé»)][:;?!]", re.sub(r"(zero|one|other):", "", words)), key


def test_the_first_paint_is_light() -> None:
    """Everything that must arrive before the sign-in shows: the page, its styles, its first modules, its words."""
    wanted, seen = ["index.html"], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        source = text_of(name)
        if name == "index.html":
            wanted += re.findall(r'(?:href|src)="/static/([\w./]+)"', source)
        elif name.endswith(".js"):
            wanted += [f"js/{found}" for found in re.findall(r'^import .* from "\./([\w/.]+)"', source, re.M)]
    seen.add("js/words/fr.js")
    assert {"js/main.js", "js/api.js"} <= seen
    assert "js/chart.js" not in seen
    assert sum(len(text_of(name).encode()) for name in seen) < FIRST_PAINT


@pytest.mark.parametrize("name", files())
def test_nothing_inline_nothing_foreign(name: str) -> None:
    source = text_of(name)
    assert not re.search(r"(?:https?:)?//(?!www\.w3\.org/2000/svg)\w+\.\w+", source)
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "new Function",
        "@import",
    ):
        assert forbidden not in source
    if name.endswith(".html"):
        assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", source)


@pytest.mark.parametrize(
    "name", [name for name in files() if name.startswith("js/") and "/words/" not in name]
)
def test_modules_stay_small(name: str) -> None:
    assert len(text_of(name).splitlines()) < 300
