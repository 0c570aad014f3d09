"""The one table exception -> (HTTP status, code), and the one error body."""

from __future__ import annotations

from assistant import errors as assistant_errors
from models import errors as model_errors
from prompts import errors as prompt_errors
from retrieval import errors as retrieval_errors
from retrieval.frozen import Frozen


class ErrorBody(Frozen):
    """What every error looks like. `code` is stable and for programs; `message` is for people."""

    code: str
    message: str
    request_id: str


class Failure(Frozen):
    """A row of the table. With `message`, the exception's own words stay inside."""

    status: int
    code: str
    message: str | None = None


_INTERNAL = Failure(status=500, code="internal", message="something went wrong inside; quote the request id")
_NO_MODEL = Failure(
    status=503,
    code="model_unavailable",
    message="the language model cannot be used now; answers from facts go on with use_model false",
)
_STORE = Failure(
    status=503,
    code="store_unavailable",
    message="the record store cannot be used now; aparte doctor says why",
)

STATUS: dict[type[Exception], Failure] = {
    assistant_errors.AssistantError: _INTERNAL,
    assistant_errors.NotSignedIn: Failure(status=401, code="not_signed_in"),
    assistant_errors.Forbidden: Failure(status=403, code="forbidden"),
    assistant_errors.NotFound: Failure(status=404, code="not_found"),
    assistant_errors.BadRequest: Failure(status=400, code="bad_request"),
    assistant_errors.QuestionTooLong: Failure(status=413, code="question_too_long"),
    assistant_errors.TooManyRequests: Failure(status=429, code="too_many_requests"),
    assistant_errors.AuditUnavailable: Failure(status=503, code="audit_unavailable"),
    assistant_errors.ConfigurationError: _INTERNAL,
    retrieval_errors.RetrievalError: _INTERNAL,
    retrieval_errors.InputError: Failure(status=422, code="unreadable_input"),
    retrieval_errors.TooLarge: Failure(status=413, code="too_large"),
    retrieval_errors.NotWellFormed: Failure(status=422, code="unreadable_input"),
    retrieval_errors.NotAccepted: Failure(status=422, code="unreadable_input"),
    retrieval_errors.UnsafeInput: Failure(status=422, code="unreadable_input"),
    retrieval_errors.UnknownRecord: Failure(
        status=404, code="not_found", message="no such document, or not one that you may see"
    ),
    retrieval_errors.StoreError: _STORE,
    retrieval_errors.StoreLocked: _STORE,
    retrieval_errors.StoreFull: Failure(
        status=507, code="disk_full", message="no space is left on the disk; nothing half-written stays"
    ),
    retrieval_errors.IndexUnavailable: Failure(
        status=503, code="index_unavailable", message="the search index cannot be used; run: aparte reindex"
    ),
    model_errors.ModelError: _NO_MODEL,
    model_errors.ModelUnavailable: _NO_MODEL,
    model_errors.ModelBusy: Failure(
        status=429, code="model_busy", message="the language model is busy; try again in a moment"
    ),
    model_errors.ModelTimeout: _NO_MODEL,
    model_errors.ModelProtocolError: _NO_MODEL,
    model_errors.UnsupportedRequest: _NO_MODEL,
    model_errors.UnknownModel: _NO_MODEL,
    model_errors.ModelRefused: _NO_MODEL,
    model_errors.EngineMissing: _NO_MODEL,
    model_errors.HostNotAllowed: _NO_MODEL,
    model_errors.FetchError: _INTERNAL,
    model_errors.NoNetwork: _INTERNAL,
    model_errors.NoSpace: _INTERNAL,
    model_errors.DigestMismatch: _INTERNAL,
    model_errors.PartMissing: _INTERNAL,
    model_errors.MirrorRefused: _INTERNAL,
    prompt_errors.PromptError: _INTERNAL,
}
"""Errors of fetching and of settings happen on the command line; were one to reach HTTP, it is internal."""


def failure_of(error: Exception) -> Failure:
    """The row of an exception: its own class, else the nearest base that has one, else `internal`."""
    for kind in type(error).__mro__:
        row = STATUS.get(kind)
        if row is not None:
            return row
    return _INTERNAL


def retry_after(error: Exception) -> int | None:
    """Seconds for the Retry-After header, where the error says when to come back."""
    seconds = getattr(error, "retry_after_s", None)
    return None if seconds is None else max(1, int(seconds))
