"""A stock LangChain retrieval chain, as its documentation builds one: split, embed, retrieve four, ask.

`RecursiveCharacterTextSplitter` at 1,000 characters with 200 of overlap, an in-memory vector store,
similarity search with k = 4, prompt, model, `StrOutputParser`. Encoder, model and texts are the product’s.
Source: the retrieval tutorials of LangChain's documentation, read in 2026.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Sequence
from operator import itemgetter
from typing import Any

from anyio import to_thread
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda, RunnableParallel
from langchain_core.vectorstores import InMemoryVectorStore
from langchain_text_splitters import RecursiveCharacterTextSplitter

from assistant.services import Services
from eval.bench.rivals.contestant import INSTRUCTIONS, MAX_TOKENS, Metered, Told, told_freely
from eval.cases.case import Step
from models.base import ChatRequest, Embedder, Finish, Message
from retrieval.scope import Scope

CHUNK, OVERLAP, TOP = 1_000, 200, 4


class StockChain:
    """See the module. One store for each patient, made when the patient is first asked about, not timed."""

    name = "stock_chain"

    def __init__(self, services: Services, meter: Metered) -> None:
        self._services, self._meter = services, meter
        self._stores: dict[str, InMemoryVectorStore] = {}
        prompt = ChatPromptTemplate.from_messages(
            [("system", INSTRUCTIONS + "\n\n{context}"), ("human", "{question}")]
        )
        asked: dict[str, Any] = {
            "context": RunnableLambda(lambda given: _joined(given["documents"])),
            "question": RunnableLambda(itemgetter("question")),
        }
        self._chain = RunnableParallel(asked) | prompt | EngineChat(engine=meter) | StrOutputParser()

    async def tell(self, step: Step) -> Told:
        """Answer as the chain does; the text streams."""
        self._meter.reset()
        store = await to_thread.run_sync(self._store, str(step.patient_id))
        started = time.perf_counter()
        found = await to_thread.run_sync(lambda: store.similarity_search(step.text, k=TOP))
        text, first = "", 0.0
        async for piece in self._chain.astream({"documents": found, "question": step.text}):
            first = first or time.perf_counter()
            text += piece
        ended = time.perf_counter()
        return told_freely(
            text,
            tuple(document.page_content for document in found),
            first_words_ms=1_000 * ((first or ended) - started),
            total_ms=1_000 * (ended - started),
            meter=self._meter,
        )

    def _store(self, patient_id: str) -> InMemoryVectorStore:
        if patient_id not in self._stores:
            scope = Scope(principal_id="bench", patient_id=patient_id, purpose="evaluation")
            texts = [Document(page_content=each.text) for each in self._services.store.texts(scope)]
            splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
            store = InMemoryVectorStore(Encoder(self._services.embedder.get()))
            store.add_documents(splitter.split_documents(texts))
            self._stores[patient_id] = store
        return self._stores[patient_id]


class Encoder(Embeddings):
    """This product's encoder, as LangChain calls one."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """One vector a text."""
        vectors: list[list[float]] = self._embedder.embed_passages(texts).tolist()
        return vectors

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        vector: list[float] = self._embedder.embed_queries([text])[0].tolist()
        return vector


class EngineChat(BaseChatModel):
    """This product's engine, as LangChain calls a chat model; it only streams."""

    engine: Any

    @property
    def _llm_type(self) -> str:
        return "aparte-engine"

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        raise NotImplementedError("this model only streams")

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002 - LangChain's signature
        **_: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = ChatRequest(messages=_turns(messages), max_tokens=MAX_TOKENS, stop=tuple(stop or ()))
        async with self.engine.stream(request) as pieces:
            async for piece in pieces:
                if not isinstance(piece, Finish):
                    yield ChatGenerationChunk(message=AIMessageChunk(content=piece.text))


def _turns(messages: Sequence[BaseMessage]) -> tuple[Message, ...]:
    return tuple(
        Message(role="system" if each.type == "system" else "user", content=str(each.content))
        for each in messages
    )


def _joined(documents: Sequence[Document]) -> str:
    return "\n\n".join(document.page_content for document in documents)
