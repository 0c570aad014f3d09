"""What the shipped fake can be told, beyond the contract."""

from __future__ import annotations

from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.base import ChatRequest, Delta, Finish, Message
from models.errors import ModelProtocolError, ModelTimeout
from models.scripted import HANG, ScriptedChatModel, pieces_of

pytestmark = pytest.mark.anyio
FORM = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def ask(**options: Any) -> ChatRequest:
    return ChatRequest.model_validate(
        {"messages": (Message(role="user", content="Question ?"),), "max_tokens": 100, **options}
    )


async def read(model: ScriptedChatModel, request: ChatRequest) -> str:
    async with model.stream(request) as pieces:
        return "".join([piece.text async for piece in pieces if isinstance(piece, Delta)])


async def test_answers_come_in_order_and_requests_are_kept() -> None:
    model = ScriptedChatModel(["un", {"a": 1}])
    model.enqueue("trois")
    first, second = ask(), ask(json_schema=FORM)
    assert [await read(model, first), await read(model, second)] == ["un", '{"a": 1}']
    assert await read(model, ask()) == "trois"
    assert model.history[:2] == [first, second]


async def test_a_function_sees_the_request() -> None:
    model = ScriptedChatModel(lambda request: request.messages[-1].content.upper())
    assert await read(model, ask()) == "QUESTION ?"


async def test_errors_are_raised_as_told() -> None:
    model = ScriptedChatModel([ModelTimeout("slow"), "puis"])
    with pytest.raises(ModelTimeout):
        await read(model, ask())
    assert await read(model, ask()) == "puis"


@pytest.mark.parametrize("garbage", ["pas du JSON", '{"a": "x"}', "[]"])
async def test_garbage_is_refused_as_from_any_engine(garbage: str) -> None:
    with pytest.raises(ModelProtocolError):
        await read(ScriptedChatModel([garbage]), ask(json_schema=FORM))


async def test_hanging_ends_when_the_reader_leaves() -> None:
    model = ScriptedChatModel([HANG])
    with anyio.move_on_after(0.05) as scope:
        await read(model, ask())
    assert scope.cancelled_caught
    assert model.ahead == 0


async def test_stop_and_max_tokens() -> None:
    model = ScriptedChatModel(["un deux STOP trois", "un deux trois"])
    assert await read(model, ask(stop=("STOP",))) == "un deux "
    async with model.stream(ask(max_tokens=2)) as pieces:
        everything = [piece async for piece in pieces]
    last = everything[-1]
    assert isinstance(last, Finish)
    assert (last.reason, last.usage.completion_tokens) == ("length", 2)


@given(st.text(max_size=300))
def test_pieces_lose_nothing(text: str) -> None:
    assert "".join(pieces_of(text)) == text
