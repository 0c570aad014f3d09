"""The protocol without sockets: what is sent, and what of the incoming bytes is believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from models import wire
from models.base import ChatRequest, Delta, Message
from models.errors import ModelError, ModelProtocolError, ModelUnavailable, UnsupportedRequest
from models.wire import StreamReader, request_body

TEXT = "Allergies : pénicilline — œdème 5 µg/L"


def ask(**options: Any) -> ChatRequest:
    return ChatRequest.model_validate(
        {"messages": (Message(role="user", content="é"),), "max_tokens": 9, **options}
    )


def line(value: Any) -> bytes:
    return b"data: " + json.dumps(value, ensure_ascii=False).encode() + b"\n\n"


def chunk(text: str | None = None, reason: str | None = None, **more: Any) -> bytes:
    delta = {} if text is None else {"content": text}
    return line({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}], **more})


USAGE = line({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 3}})
GOOD = chunk(TEXT[:10]) + chunk(TEXT[10:]) + chunk(reason="stop") + USAGE + b"data: [DONE]\n\n"


def run(data: bytes, request: ChatRequest | None = None, size: int = 10**9) -> tuple[str, Any]:
    reader = StreamReader(request or ask())
    text = ""
    for start in range(0, len(data), size):
        text += "".join(delta.text for delta in reader.feed(data[start : start + size]))
    return text, reader.finish()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10**6])
def test_any_cut_of_the_bytes_gives_the_same_answer(size: int) -> None:
    text, end = run(GOOD, size=size)
    assert text == TEXT
    assert (end.reason, end.usage.prompt_tokens, end.usage.completion_tokens) == ("stop", 7, 3)


def test_crlf_comments_and_unknown_fields_are_harmless() -> None:
    noisy = b": ping\r\n\r\nevent: x\r\nid: 1\r\n" + GOOD.replace(b"\n", b"\r\n")
    assert run(noisy)[0] == TEXT
    assert run(chunk("a", system="x") + chunk(reason="length") + USAGE)[1].reason == "length"


def test_what_comes_after_done_is_not_read() -> None:
    assert run(GOOD + chunk("more"))[0] == TEXT


def test_timings_and_cached_tokens_are_kept() -> None:
    usage = {
        "prompt_tokens": 7,
        "completion_tokens": 3,
        "prompt_tokens_details": {"cached_tokens": 5},
    }
    timings = {"prompt_ms": 1.25, "predicted_ms": 2.5}
    end = run(chunk("a") + chunk(reason="stop") + line({"choices": [], "usage": usage, "timings": timings}))[
        1
    ]
    assert end.usage.cached_tokens == 5
    assert end.timings_ms["engine_decode"] == 2.5
    assert {"first_token", "total", "engine_prompt"} <= set(end.timings_ms)


@pytest.mark.parametrize(
    "data",
    [
        b"data: [DONE]\n",
        b"<html>not this</html>\n",
        b"data: {nonsense}\n",
        b"data: 5\n",
        line({"error": {"message": "secret"}}),
        b"error: secret\n",
        chunk("a") + USAGE + b"data: [DONE]\n",
        chunk("a") + chunk(reason="stop"),
        chunk("a") + chunk(reason="tool_calls") + USAGE,
        line({"choices": [{"index": 1, "delta": {"content": "a"}}]}),
        line({"choices": [{"index": 0, "delta": {"content": 5}}]}),
        chunk("a") + chunk(reason="stop") + line({"usage": {"prompt_tokens": -1, "completion_tokens": 1}}),
    ],
)
def test_what_is_not_the_protocol_is_refused(data: bytes) -> None:
    with pytest.raises(ModelProtocolError) as raised:
        run(data)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("data", [b"", chunk("a"), chunk("a") + USAGE, GOOD[:40]])
def test_an_answer_that_breaks_off_is_an_engine_that_is_gone(data: bytes) -> None:
    with pytest.raises(ModelUnavailable, match="broke off"):
        run(data)


def test_sizes_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "MAX_LINE_BYTES", 100)
    with pytest.raises(ModelProtocolError, match="line"):
        run(b"data: " + b"x" * 200)
    monkeypatch.setattr(wire, "MAX_TEXT_CHARACTERS", 5)
    with pytest.raises(ModelProtocolError, match="too long"):
        run(chunk("123456"))
    monkeypatch.setattr(wire, "MAX_STREAM_BYTES", 50)
    with pytest.raises(ModelProtocolError, match="more than"):
        run(b": ping\n" * 10)


FORM = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


def test_bound_output_is_checked_at_the_end() -> None:
    good = chunk('{"a": 1}') + chunk(reason="stop") + USAGE
    assert run(good, ask(json_schema=FORM))[1].reason == "stop"
    for text in ('{"a": "Marie Dupont"}', "{}", '{"a": ', "Marie Dupont"):
        with pytest.raises(ModelProtocolError) as raised:
            run(chunk(text) + chunk(reason="stop") + USAGE, ask(json_schema=FORM))
        assert "Dupont" not in str(raised.value)


def test_a_cut_answer_is_told_as_cut_not_as_malformed() -> None:
    end = run(chunk('{"a"') + chunk(reason="length") + USAGE, ask(json_schema=FORM))[1]
    assert end.reason == "length"


def test_the_body_holds_what_was_asked_and_nothing_else() -> None:
    body = request_body(ask(stop=("\n",), seed=3, temperature=0.5), model="m", grammar=False)
    assert body == {
        "model": "m",
        "messages": [{"role": "user", "content": "é"}],
        "max_tokens": 9,
        "temperature": 0.5,
        "seed": 3,
        "stream": True,
        "stream_options": {"include_usage": True},
        "stop": ["\n"],
    }
    form = request_body(ask(json_schema=FORM), model="m", grammar=False)["response_format"]
    assert form["json_schema"]["schema"] == FORM
    assert form["json_schema"]["strict"] is True


def test_a_binding_that_would_be_lost_is_refused() -> None:
    with pytest.raises(UnsupportedRequest, match="grammar"):
        request_body(ask(grammar='root ::= "a"'), model="m", grammar=False)
    assert request_body(ask(grammar='root ::= "a"'), model="m", grammar=True)["grammar"] == 'root ::= "a"'
    with pytest.raises(UnsupportedRequest, match="keyword"):
        request_body(ask(json_schema={"format": "date"}), model="m", grammar=True)


@pytest.mark.parametrize(
    "options",
    [
        {"json_schema": {}, "grammar": "root ::= x"},
        {"max_tokens": 0},
        {"temperature": 3.0},
        {"messages": ()},
        {"messages": (Message(role="user", content="x" * 300_000),) * 2},
        {"surprise": 1},
    ],
)
def test_impossible_requests_cannot_be_made(options: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ask(**options)


@given(st.binary(max_size=400), st.integers(1, 50))
@settings(max_examples=200, deadline=None)
def test_no_bytes_make_it_fail_otherwise(data: bytes, size: int) -> None:
    reader = StreamReader(ask())
    try:
        for start in range(0, len(data), size):
            assert all(isinstance(delta, Delta) for delta in reader.feed(data[start : start + size]))
        reader.finish()
    except ModelError:
        pass
