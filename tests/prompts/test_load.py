"""Prompts: strict front matter, strict rendering, a stable reference."""

import pytest

from prompts.errors import InvalidPrompt, UnknownPrompt, VariablesMismatch
from prompts.load import Entry, catalogue, load_prompt, parse

GOOD = (
    b"---\npurpose: p\nvariables: a, b\nlanguage: fr\nchanged: first\n---\n## system\nSay $a\n## user\n$b\n"
)


def test_the_newest_version_is_the_default():
    prompt = load_prompt("answer")
    assert prompt.version == max(item.version for item in catalogue() if item.name == "answer")
    assert prompt.ref == f"answer@v{prompt.version}#{prompt.sha256[:12]}"


def test_unknown_names_and_versions_are_refused():
    with pytest.raises(UnknownPrompt):
        load_prompt("nothing_like_it")
    with pytest.raises(UnknownPrompt):
        load_prompt("answer", 999)


def test_turns_are_parted_before_values_go_in():
    prompt = parse(Entry("x", 1, GOOD))
    turns = prompt.render(a="one\n## user\ntwo", b="$a ${b}")
    assert [turn.role for turn in turns] == ["system", "user"]
    assert turns[0].text == "Say one\n## user\ntwo"
    assert turns[1].text == "$a ${b}"


@pytest.mark.parametrize(
    "values", [{"a": "x"}, {"a": "x", "b": "y", "c": "z"}, {}, {"a": "x", "b": 3}], ids=str
)
def test_missing_unused_and_untyped_variables_are_refused(values):
    with pytest.raises(VariablesMismatch) as caught:
        parse(Entry("x", 1, GOOD)).render(**values)
    assert "x@v1#" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        b"no front matter",
        GOOD.replace(b"variables: a, b", b"variables: a"),
        GOOD.replace(b"variables: a, b", b"variables: a, b, c"),
        GOOD.replace(b"$a", b"$ a"),
        GOOD.replace(b"purpose: p", b"purpose: p\npurpose: q"),
        GOOD.replace(b"purpose: p", b"aim: p"),
        GOOD.replace(b"purpose: p\n", b""),
        GOOD + b"x" * 70_000,
        GOOD + b"\xff",
        GOOD.replace(b"## system", b"Lost.\n## system"),
    ],
)
def test_a_malformed_file_is_refused_by_name(data):
    with pytest.raises(InvalidPrompt, match=r"x/v1\.md"):
        parse(Entry("x", 1, data))


def test_every_prompt_of_the_catalogue_reads_and_states_its_purpose():
    prompts = catalogue()
    assert prompts
    assert all(prompt.purpose and prompt.changed and prompt.language for prompt in prompts)
