"""What every `ChatModel` does, whatever runs behind it. Subclass `ChatModelContract` to prove a new one.

Here on the shipped fake and on the client against a loopback server; on the real engines in tests/real.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import anyio
import pytest
from anyio.lowlevel import checkpoint

from models.base import ChatModel, ChatRequest, Delta, Finish, Message, QueuedChatModel
from models.errors import ModelBusy, ModelUnavailable
from models.schema import problems
from models.scripted import ScriptedChatModel
from tests.models.loopback import LoopbackServer, open_client

pytestmark = pytest.mark.anyio

FRENCH = "Œdème aigu du poumon à 8 h 30 : 5 µg/L, « ça s’aggrave », Noël"
FORM = {
    "type": "object",
    "properties": {
        "found": {"type": "boolean"},
        "sentences": {
            "type": "array",
            "items": {"$ref": "#/$defs/Sentence"},
            "minItems": 1,
            "maxItems": 2,
        },
    },
    "required": ["found", "sentences"],
    "additionalProperties": False,
    "$defs": {
        "Sentence": {
            "type": "object",
            "properties": {
                "evidence": {"type": "string", "enum": ["E1", "E2"]},
                "text": {"type": "string", "maxLength": 40},
            },
            "required": ["evidence", "text"],
            "additionalProperties": False,
        }
    },
}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


def ask(text: str = "Count from one to one thousand, one number a line.", **options: object) -> ChatRequest:
    settings: dict[str, object] = {"max_tokens": 24, **options}
    return ChatRequest.model_validate({"messages": (Message(role="user", content=text),), **settings})


async def read(model: ChatModel, request: ChatRequest) -> tuple[str, Finish, list[Delta | Finish]]:
    async with model.stream(request) as pieces:
        everything = [piece async for piece in pieces]
    text = "".join(piece.text for piece in everything if isinstance(piece, Delta))
    last = everything[-1]
    assert isinstance(last, Finish)
    return text, last, everything


class ChatModelContract:
    """Give `opened` a model with `running` places and `waiting` waiters; the tests do the rest."""

    running = 1
    waiting = 1
    patience_s = 60.0

    async def opened(self) -> QueuedChatModel:
        raise NotImplementedError

    @pytest.fixture(scope="class")
    async def model(self, anyio_backend: str) -> AsyncIterator[QueuedChatModel]:
        model = await self.opened()
        yield model
        await model.close()

    async def test_is_a_chat_model_and_says_what_runs(self, model: QueuedChatModel) -> None:
        assert isinstance(model, ChatModel)
        assert isinstance(model, QueuedChatModel)
        assert model.info.name
        assert model.info.engine
        assert model.info.context_tokens >= 256

    async def test_deltas_then_one_finish(self, model: QueuedChatModel) -> None:
        text, last, everything = await read(model, ask("Say hello."))
        assert text
        assert all(isinstance(piece, Delta) for piece in everything[:-1])
        assert last.usage.prompt_tokens > 0
        assert last.usage.completion_tokens > 0
        assert 0 <= last.timings_ms["first_token"] <= last.timings_ms["total"]

    async def test_max_tokens_cuts_with_length(self, model: QueuedChatModel) -> None:
        _, last, _ = await read(model, ask(max_tokens=5))
        assert last.reason == "length"
        assert 1 <= last.usage.completion_tokens <= 5

    async def test_bound_output_has_the_form_that_was_asked(self, model: QueuedChatModel) -> None:
        text, last, _ = await read(model, ask("Is there an allergy?", json_schema=FORM, max_tokens=200))
        assert last.reason == "stop"
        assert problems(json.loads(text), FORM) == []

    async def test_french_arrives_whole(self, model: QueuedChatModel) -> None:
        form = {"type": "object", "properties": {"t": {"enum": [FRENCH]}}, "required": ["t"]}
        form["additionalProperties"] = False
        text, last, _ = await read(model, ask(f"Répète : {FRENCH}", json_schema=form, max_tokens=200))
        assert last.reason == "stop"
        assert json.loads(text) == {"t": FRENCH}

    async def test_leaving_early_frees_the_place(self, model: QueuedChatModel) -> None:
        for _ in range(self.running + self.waiting + 1):
            async with model.stream(ask(max_tokens=1000)) as pieces:
                assert isinstance(await anext(pieces), Delta)
        assert model.ahead == 0
        with anyio.fail_after(self.patience_s):
            _, last, _ = await read(model, ask(max_tokens=2))
        assert last.usage.completion_tokens <= 2

    async def test_an_exception_of_the_reader_passes_through(self, model: QueuedChatModel) -> None:
        async def read_badly() -> None:
            async with model.stream(ask(max_tokens=1000)) as pieces:
                async for _ in pieces:
                    raise KeyError("mine")

        with pytest.raises(KeyError, match="mine"):
            await read_badly()
        assert model.ahead == 0

    async def test_cancellation_frees_the_place(self, model: QueuedChatModel) -> None:
        with anyio.CancelScope() as scope:
            async with model.stream(ask(max_tokens=1000)) as pieces:
                async for _ in pieces:
                    scope.cancel()
        assert scope.cancelled_caught
        assert model.ahead == 0
        with anyio.fail_after(self.patience_s):
            await read(model, ask(max_tokens=2))

    async def test_beyond_the_queue_is_refused_at_once(self, model: QueuedChatModel) -> None:
        seen: list[list[int]] = [[] for _ in range(self.waiting)]
        done: list[int] = []

        async def wait(rank: int) -> None:
            async with model.stream(ask(max_tokens=1), on_position=seen[rank].append) as pieces:
                async for _ in pieces:
                    pass
            done.append(rank)

        async with anyio.create_task_group() as tasks, AsyncExitStack() as held:
            for _ in range(self.running):
                await held.enter_async_context(model.stream(ask(max_tokens=400)))
            for rank in range(self.waiting):
                tasks.start_soon(wait, rank)
                while model.ahead < self.running + rank + 1:
                    await checkpoint()
            with anyio.fail_after(1), pytest.raises(ModelBusy) as refused:
                async with model.stream(ask()):
                    pass
            assert refused.value.retry_after_s > 0
            assert model.ahead == self.running + self.waiting
        assert sorted(done) == list(range(self.waiting))
        assert model.ahead == 0
        for rank, positions in enumerate(seen):
            assert positions[0] == self.running + rank
            assert positions == sorted(positions, reverse=True)
            assert positions[-1] == 0

    async def test_counting_tokens_grows_with_the_text(self, model: QueuedChatModel) -> None:
        text = f"{FRENCH}. Le potassium est à 5,4 mmol/L. " * 3
        counts = [await model.count_tokens(text[:end]) for end in range(0, len(text) + 1, 40)]
        assert counts[0] == 0
        assert counts == sorted(counts)
        assert 10 <= counts[-1] <= 2 * len(text.encode())

    async def test_is_ready(self, model: QueuedChatModel) -> None:
        assert await model.ready() is True

    async def test_a_closed_model_refuses(self) -> None:
        model = await self.opened()
        await model.close()
        await model.close()
        assert await model.ready() is False
        with pytest.raises(ModelUnavailable):
            async with model.stream(ask()):
                pass


LONG = "Le patient est stable ce matin ; la surveillance continue. " * 200


def long_answers() -> ScriptedChatModel:
    """A fake that speaks at length unless the request's form says otherwise."""

    def answer(request: ChatRequest) -> str:
        if request.json_schema is None:
            return LONG
        spare = ScriptedChatModel()
        return spare.next_answer(request)

    return ScriptedChatModel(answer)


class TestScripted(ChatModelContract):
    async def opened(self) -> QueuedChatModel:
        model = long_answers()
        return ScriptedChatModel(model.next_answer, running=self.running, waiting=self.waiting)


class TestScriptedWide(TestScripted):
    running = 3
    waiting = 4


class TestClient(ChatModelContract):
    """The HTTP client against a server on loopback that speaks the protocol."""

    @pytest.fixture(scope="class", autouse=True)
    async def server(self, anyio_backend: str) -> AsyncIterator[LoopbackServer]:
        async with LoopbackServer(long_answers()) as server:
            type(self).address = server.address
            yield server

    address = ""

    async def opened(self) -> QueuedChatModel:
        return open_client(self.address, running=self.running, waiting=self.waiting)


class TestClientWide(TestClient):
    running = 2
    waiting = 3
