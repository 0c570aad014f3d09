"""The composition root: everything the service and the command line need, built once from Settings.

What is costly (encoder, index, language model) is made at first use, so that listing people does not load
a model. The caller owns the data folder while services are open.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

import anyio

from assistant.answering.answer import AnswerEvent, AnswerRequest
from assistant.audit.sqlite_trail import SqliteTrail
from assistant.code_version import code_version
from assistant.errors import ConfigurationError
from assistant.limits import Places, Rate
from assistant.loading import loaded
from assistant.once import Once
from assistant.people.accounts import Accounts
from assistant.people.sessions import Sessions
from assistant.settings import Settings
from assistant.without_search import NoEncoder, NoIndex
from models.errors import ModelError
from retrieval.errors import IndexUnavailable, InputError, RetrievalError
from retrieval.records import RecordStore, open_store
from retrieval.scope import Scope
from retrieval.store.freshness import Freshness

if TYPE_CHECKING:
    from models.base import ChatModel, Embedder
    from retrieval.index.base import VectorIndex
    from retrieval.terminology.lexicon import Lexicon

Answering = Callable[[AnswerRequest, Scope], AsyncGenerator[AnswerEvent, None]]


def _warm_text() -> None:
    """Load what reads negation and family in French text; imported here, since it brings in spaCy."""
    from retrieval.clinical_text import warm_up

    warm_up()


def _lexicon(settings: Settings) -> Lexicon:
    """The lexicon with the site's own files. Raises ConfigurationError."""
    from retrieval.terminology.lexicon import load_lexicon

    try:
        return load_lexicon(settings.lexicons)
    except InputError as error:
        raise ConfigurationError(f"the lexicons of this site (lexicons): {error}") from None


def _freshness(settings: Settings) -> Freshness:
    return Freshness(hours=settings.source_stale_hours, by_system=settings.source_stale_hours_of)


class Services:
    """What runs. `make_embedder` and `make_chat_model` are the shipped ones unless a test gives its own.

    `clock` says what day questions are asked on; without it, today. The evaluation's hospital has its own.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        make_embedder: Callable[[], Embedder],
        make_chat_model: Callable[[], ChatModel | None],
        owner_token: str | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        data = settings.data
        self.settings = settings
        self.owner_token = owner_token
        self._clock = clock
        self.accounts = Accounts(
            data, failures=settings.login_failures, lockout_s=settings.lockout_minutes * 60.0
        )
        self.sessions = Sessions(
            self.accounts, lifetime_s=settings.session_minutes * 60.0, idle_s=settings.idle_minutes * 60.0
        )
        self.trail = SqliteTrail(data)
        self.store: RecordStore = open_store(data, freshness=_freshness(settings))
        self.logins = Rate(settings.logins_per_minute)
        self.answer_places = Places(settings.answers_at_once)
        self.writing = threading.Lock()
        self.embedder = Once(make_embedder)
        self.chat_model = Once(make_chat_model)
        self.index: Once[VectorIndex] = Once(self._open_index)
        self._answering = Once(self._make_answering)
        self._lexicon: Once[Lexicon] = Once(lambda: _lexicon(settings))

    def lexicon(self) -> Lexicon:
        """The lexicon, the site's own files included. Raises ConfigurationError."""
        return self._lexicon.get()

    def answering(self) -> Answering:
        """What answers a question in a Scope; loads the encoder and opens the index at first use."""
        return self._answering.get()

    def renew_answering(self) -> None:
        """Let the next question find the search as it is now; what was missing then may be there."""
        self._answering = Once(self._make_answering)

    async def start(self) -> None:
        """Put in order what an earlier run left."""
        await anyio.to_thread.run_sync(self.put_in_order)

    async def warm(self) -> None:
        """Load the encoder and start the language model, so that the first question does not wait for them.

        What fails here fails again, and is told, when a question needs it.
        """
        await loaded(_warm_text)
        with contextlib.suppress(RetrievalError, ModelError):
            await loaded(self.answering)
            await loaded(partial(self.embedder.get().embed_queries, ["potassium"]))
        with contextlib.suppress(ModelError):
            model = await anyio.to_thread.run_sync(self.chat_model.get)
            if model is not None:
                await model.ready()

    def put_in_order(self) -> None:
        """Close interrupted answers, erase words past their time. For the owner, at start-up."""
        self.trail.close_interrupted()
        self.trail.erase_older(self.settings.content_days)

    async def stop(self) -> None:
        """Free everything; no child process stays. May be called twice."""
        model = self.chat_model.made
        if model is not None:
            with anyio.CancelScope(shield=True):
                await model.close()
        self.close()

    def close(self) -> None:
        """Free everything but the language model."""
        index = self.index.made
        if index is not None:
            index.close()
        self.store.close()
        self.accounts.close()
        self.trail.close()

    def storage_state(self) -> tuple[bool, bool]:
        """Whether the store, then the index, can be read now."""
        store = index = False
        with contextlib.suppress(RetrievalError, ModelError):
            self.store.statistics()
            store = True
            self.index.get()
            index = True
        return store, index

    async def model_ready(self) -> bool:
        """Whether the language model would take a question now."""
        model = self.chat_model.made
        return model is not None and await model.ready()

    @property
    def model_name(self) -> str | None:
        """The language model's name; None when there is none, or it has not been opened."""
        model = self.chat_model.made
        return None if model is None else model.info.name

    def _search_parts(self) -> tuple[VectorIndex, Embedder]:
        """Index and encoder; stand-ins that say why where there are none, since facts need neither."""
        try:
            return self.index.get(), self.embedder.get()
        except (ModelError, IndexUnavailable) as error:
            return NoIndex(str(error)), NoEncoder(str(error))

    def _chat_model_or_none(self) -> ChatModel | None:
        """The language model; without its weights or its engine, answers rest on facts and quotes."""
        try:
            return self.chat_model.get()
        except ModelError:
            return None

    def fresh_index(self) -> VectorIndex:
        """The index, thrown away and made anew when it cannot be used as it is; the caller fills it."""
        with contextlib.suppress(IndexUnavailable):
            return self.index.get()
        from retrieval.index.edge import open_edge_index
        from retrieval.outbox import signature_for

        signature = signature_for(self.embedder.get())
        open_edge_index(self.settings.data / "index", signature=signature, fresh=True).close()
        return self.index.get()

    def _open_index(self) -> VectorIndex:
        from retrieval.index.edge import open_edge_index
        from retrieval.outbox import signature_for

        return open_edge_index(self.settings.data / "index", signature=signature_for(self.embedder.get()))

    def _make_answering(self) -> Answering:
        from assistant.answering.pipeline import AnsweringServices, answer_events, now
        from assistant.answering.understand import understand

        index, embedder = self._search_parts()
        lexicon = self.lexicon()
        parts = AnsweringServices(
            store=self.store,
            index=index,
            embedder=embedder,
            chat_model=self._chat_model_or_none(),
            trail=self.trail,
            code=f"{code_version()}.lexicons-{lexicon.site}" if lexicon.site else code_version(),
            clock=self._clock or now,
            lexicon=lexicon,
        )
        # reads every pattern file here, in this thread, and none later on the event loop
        understand("dernier potassium ?", lexicon=parts.lexicon, language=None, today=parts.clock().date())
        return lambda request, scope: answer_events(request, scope, services=parts)
