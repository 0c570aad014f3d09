"""One generation with llama-cpp-python, token by token. With ``llama_cpp_server``, the only importer of it.

The library is used below its chat level: that is where token counts, the reuse of a computed prefix and a
clean stop between two tokens can be had. Its own server is never used.
"""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Iterator, Sequence
from threading import Event
from typing import Any, Literal, NamedTuple

import llama_cpp
from llama_cpp.llama_chat_format import Jinja2ChatFormatter

PREFILL_TOKENS = 128
"""Prompt tokens computed between two looks at whether the client is still there."""


class TooLong(Exception):
    """The prompt does not fit in the context."""


class BadGrammar(Exception):
    """The schema or grammar cannot be turned into a llama.cpp grammar."""


class Ask(NamedTuple):
    """What to generate. ``grammar`` is GBNF, ``schema`` a JSON Schema; at most one of them."""

    messages: Sequence[dict[str, str]]
    max_tokens: int
    temperature: float
    seed: int
    stop: Sequence[str]
    grammar: str | None
    schema: dict[str, Any] | None


class End(NamedTuple):
    """How a generation ended. Times in milliseconds."""

    reason: Literal["stop", "length"]
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    prompt_ms: float
    predicted_ms: float


class TextWindow:
    """Turns tokens' bytes into text that can be shown: whole characters, and nothing of a stop string."""

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = [text for text in stop if text]
        self._hold = max((len(text) for text in self._stop), default=1) - 1
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._pending = ""
        self.stopped = False

    def push(self, data: bytes, *, last: bool = False) -> str:
        """The text that is now certain."""
        self._pending += self._decode.decode(data, final=last)
        found = [at for text in self._stop if (at := self._pending.find(text)) >= 0]
        if found:
            self.stopped = True
            shown, self._pending = self._pending[: min(found)], ""
            return shown
        keep = 0 if last else self._hold
        cut = max(0, len(self._pending) - keep)
        shown, self._pending = self._pending[:cut], self._pending[cut:]
        return shown


class Engine:
    """A loaded model. Serves one generation at a time: the caller holds the lock."""

    def __init__(self, model: llama_cpp.Llama) -> None:
        self._model = model
        self._vocab = llama_cpp.llama_model_get_vocab(model.model)
        special = {name: self._piece(token) for name, token in self._special().items()}
        self._format = Jinja2ChatFormatter(
            template=model.metadata.get("tokenizer.chat_template", _CHATML),
            eos_token=special["eos"],
            bos_token=special["bos"],
        )

    def _special(self) -> dict[str, int]:
        return {"eos": self._model.token_eos(), "bos": self._model.token_bos()}

    def _piece(self, token: int) -> str:
        if token < 0:
            return ""
        return str(self._model.detokenize([token], special=True).decode("utf-8", errors="replace"))

    def tokens(self, text: str) -> list[int]:
        """Tokens of a text that is not a prompt (no special token is recognised in it)."""
        return list(self._model.tokenize(text.encode(), add_bos=False, special=False))

    def _prompt(self, ask: Ask) -> list[int]:
        formed = self._format(messages=list(ask.messages))
        tokens = self._model.tokenize(formed.prompt.encode(), add_bos=not formed.added_special, special=True)
        if len(tokens) >= self._model.n_ctx():
            raise TooLong
        return list(tokens)

    def _grammar(self, ask: Ask) -> llama_cpp.LlamaGrammar | None:
        """The grammar of the request, parsed once beforehand: using one that does not parse crashes."""
        text = ask.grammar
        if ask.schema is not None:
            try:
                text = llama_cpp.llama_grammar.json_schema_to_gbnf(json.dumps(ask.schema))
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise BadGrammar from error
        if text is None:
            return None
        parsed = llama_cpp.llama_sampler_init_grammar(self._vocab, text.encode(), b"root")
        if not parsed:
            raise BadGrammar
        llama_cpp.llama_sampler_free(parsed)
        return llama_cpp.LlamaGrammar.from_string(text, verbose=False)

    def _prefill(self, tokens: list[int], gone: Event) -> int:
        """Compute the prompt but its last token, reusing what is in the cache; how much was reused."""
        known = self._model.input_ids[: self._model.n_tokens]
        shared = 0
        for left, right in zip(known, tokens[:-1], strict=False):
            if left != right:
                break
            shared += 1
        self._model.n_tokens = shared
        for start in range(shared, len(tokens) - 1, PREFILL_TOKENS):
            if gone.is_set():
                return shared
            self._model.eval(tokens[start : min(start + PREFILL_TOKENS, len(tokens) - 1)])
        return shared

    def generate(self, ask: Ask, gone: Event) -> Iterator[str | End]:
        """Yield text, then one ``End``; ends early, without one, as soon as ``gone`` is set.

        ``TooLong`` and ``BadGrammar`` are raised before anything is yielded.
        """
        prompt, grammar = self._prompt(ask), self._grammar(ask)
        began = time.monotonic()
        cached = self._prefill(prompt, gone)
        prefilled = time.monotonic()
        self._model.set_seed(ask.seed)
        room = min(ask.max_tokens, self._model.n_ctx() - len(prompt))
        window, count = TextWindow(ask.stop), 0
        reason: Literal["stop", "length"] = "length"
        made: list[int] = []
        for token in self._model.generate(prompt, temp=ask.temperature, grammar=grammar):
            if gone.is_set():
                return
            count += 1
            if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                reason = "stop"
                break
            text = window.push(self._model.detokenize([token], prev_tokens=[*prompt[-1:], *made]))
            made.append(token)
            if text:
                yield text
            if window.stopped or count >= room:
                reason = "stop" if window.stopped else "length"
                break
        tail = "" if window.stopped else window.push(b"", last=True)
        if tail:
            yield tail
        ms = (prefilled - began) * 1e3, (time.monotonic() - prefilled) * 1e3
        yield End(reason, len(prompt), cached, count, *ms)


_CHATML = (
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
