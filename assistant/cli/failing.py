"""What the command line says when something goes wrong, and the exit code."""

from __future__ import annotations

from assistant.errors import AssistantError, BadRequest
from models.errors import ModelError
from prompts.errors import PromptError
from retrieval.errors import RetrievalError


class ServiceRefusedError(AssistantError):
    """The running service refused; its own message, with its code."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


_USAGE_CODES = frozenset({"bad_request", "question_too_long", "invalid_request"})


def explain(error: Exception) -> tuple[str, int]:
    """One line for a person and the exit code: 2 when the request was wrong, else 1."""
    error = _single(error)
    if isinstance(error, ServiceRefusedError):
        return str(error), 2 if error.code in _USAGE_CODES else 1
    if isinstance(error, BadRequest):
        return str(error), 2
    if isinstance(error, (AssistantError, RetrievalError, ModelError, PromptError)):
        return str(error), 1
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}: {error.filename or 'no file named'}", 1
    from assistant.api.log import place_of

    return f"something went wrong inside ({type(error).__name__} at {place_of(error)}); please report it", 1


def _single(error: Exception) -> Exception:
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
