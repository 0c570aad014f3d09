"""Errors of `assistant`.

AssistantError
├── NotSignedIn           no valid session
├── Forbidden             signed in, but not allowed
├── NotFound              no such thing, or not for this person (the two look the same)
├── BadRequest            the request cannot be understood; the message says what to do
│   └── QuestionTooLong   over the limit on a question's length
├── TooManyRequests       a bound was reached; try again later
├── AuditUnavailable      the trail cannot be written, so nothing is answered
└── ConfigurationError    settings that do not go together, or an unknown name
"""

from __future__ import annotations


class AssistantError(Exception):
    """Base of all errors of this package. The message is safe to show to the caller."""


class NotSignedIn(AssistantError):
    """No valid session."""


class Forbidden(AssistantError):
    """Signed in, but not allowed."""


class NotFound(AssistantError):
    """No such thing, or not for this person."""


class BadRequest(AssistantError):
    """The request cannot be understood; the message says what to do."""


class QuestionTooLong(BadRequest):
    """The question is over the limit on length."""


class TooManyRequests(AssistantError):
    """A bound was reached; try again after `retry_after_s` seconds."""

    def __init__(self, message: str, *, retry_after_s: int = 5) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class AuditUnavailable(AssistantError):
    """The audit trail cannot be written, so nothing is answered."""


class ConfigurationError(AssistantError):
    """Settings that do not go together, or an unknown name."""
