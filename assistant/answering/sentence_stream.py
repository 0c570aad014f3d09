"""Read `{"found": ..., "sentences": [{...}, ...]}` while it is still being written."""

from __future__ import annotations

import re

from models.errors import ModelProtocolError

_HEAD = re.compile(r'\s*\{\s*"found"\s*:\s*(true|false)\s*,\s*"sentences"\s*:\s*\[')
_HEAD_MAY_GROW = 80


class SentenceStream:
    """Cuts out each object of `sentences` as soon as it is closed. Keeps the whole `text` for the trace."""

    def __init__(self) -> None:
        self.text = ""
        self.found: bool | None = None
        self._place = 0
        self._open: int | None = None
        self._depth = 0
        self._in_string = False
        self._escaped = False

    @property
    def started(self) -> bool:
        """Whether the head of the answer has been read."""
        return self.found is not None

    def feed(self, piece: str) -> list[str]:
        """Take the next piece; return the JSON text of every object that it closes.

        Raises ModelProtocolError when the beginning is not that of an answer.
        """
        self.text += piece
        if self.found is None and not self._read_head():
            return []
        closed = []
        while self._place < len(self.text):
            chunk = self._step(self.text[self._place])
            self._place += 1
            if chunk is not None:
                closed.append(chunk)
        return closed

    def _read_head(self) -> bool:
        head = _HEAD.match(self.text)
        if head is None:
            if len(self.text) > _HEAD_MAY_GROW or self.text.lstrip()[:1] not in {"", "{"}:
                raise ModelProtocolError("the model's answer is not of the form that was asked for")
            return False
        self.found = head[1] == "true"
        self._place = head.end()
        return True

    def _step(self, character: str) -> str | None:
        if self._in_string:
            self._inside_string(character)
            return None
        if character == '"':
            self._in_string = True
        elif character == "{":
            if self._depth == 0:
                self._open = self._place
            self._depth += 1
        elif character == "}" and self._depth:
            self._depth -= 1
            if self._depth == 0 and self._open is not None:
                return self.text[self._open : self._place + 1]
        return None

    def _inside_string(self, character: str) -> None:
        if self._escaped:
            self._escaped = False
        elif character == "\\":
            self._escaped = True
        elif character == '"':
            self._in_string = False
