"""Take a question in: what may be asked, and what it is narrowed down to."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from assistant.errors import BadRequest, QuestionTooLong
from retrieval.scope import Filters
from retrieval.terminology.dates import day_range

MAX_QUESTION = 4_000
_NAMES = frozenset({"from", "to", "kinds", "sources"})
_MOST = 50
_LONGEST = 200
_CONVERSATION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def cleaned(question: str) -> str:
    """Return the question on one line without control characters.

    Raises BadRequest when nothing is left, QuestionTooLong over `MAX_QUESTION` characters.
    """
    if len(question) > MAX_QUESTION:
        raise QuestionTooLong(f"the question is over {MAX_QUESTION} characters; shorten it")
    spaced = " ".join(question.split())
    kept = "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"}).strip()
    if not any(character.isalnum() for character in kept):
        raise BadRequest("the question is empty; write what you want to know")
    return kept


def checked_conversation(given: str | None) -> str | None:
    """Return the id of a conversation, which its asker chose. Raises BadRequest for another form."""
    if given is not None and not _CONVERSATION.fullmatch(given):
        raise BadRequest("conversation_id may hold 1 to 64 letters, digits, '-' and '_'")
    return given


def filters_from(given: dict[str, Any]) -> Filters:
    """Return the filters of a request. Raises BadRequest for an unknown name or a value of another kind."""
    unknown = sorted(set(given) - _NAMES)
    if unknown:
        raise BadRequest(f"unknown filter {unknown[0][:40]!r}; known are {sorted(_NAMES)}")
    first, last = _day(given.get("from"), "from"), _day(given.get("to"), "to")
    if first and last and first > last:
        raise BadRequest("filter 'from' must not be after filter 'to'")
    return Filters(
        from_date=first,
        to_date=last,
        kinds=_words(given.get("kinds"), "kinds"),
        sources=_words(given.get("sources"), "sources"),
    )


def _day(value: object, name: str) -> str | None:
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _DAY.fullmatch(value) or day_range(value) is None:
        raise BadRequest(f"filter {name!r} must be a day, YYYY-MM-DD")
    return value


def _words(value: object, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if (
        not isinstance(value, (list, tuple))
        or len(value) > _MOST
        or not all(isinstance(x, str) and len(x) <= _LONGEST for x in value)
    ):
        raise BadRequest(f"filter {name!r} must be a list of at most {_MOST} words of {_LONGEST} characters")
    return tuple(value)
