"""Errors of `retrieval`.

RetrievalError
├── InputError            a source cannot be read; carries file, place and reason for the report
│   ├── TooLarge          over a size, depth or count limit
│   ├── NotWellFormed     not JSON, not XML, wrong encoding
│   ├── NotAccepted       well formed, but not a document this reader accepts
│   └── UnsafeInput       entities, DTD or another construct that is refused
├── UnknownRecord         no such patient, record or version inside the Scope
├── StoreError            the record store cannot be used (locked, full, damaged)
│   ├── StoreLocked       another process owns the data folder
│   └── StoreFull         no space left on the disk
└── IndexUnavailable      the search index cannot be used; it can be rebuilt from the store
"""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of all errors of this package; the message is safe to show to an operator."""


class InputError(RetrievalError):
    """A source cannot be read. `place` is a line, a path inside the document, or empty."""

    def __init__(self, reason: str, *, place: str = "") -> None:
        super().__init__(f"{place}: {reason}" if place else reason)
        self.reason = reason
        self.place = place


class TooLarge(InputError):
    """The input is over a limit on size, depth or count."""


class NotWellFormed(InputError):
    """The bytes are not well-formed JSON or XML, or not in a readable encoding."""


class NotAccepted(InputError):
    """Well formed, but not a document that the reader accepts."""


class UnsafeInput(InputError):
    """The input holds a construct that is refused (entity, document type, stylesheet)."""


class UnknownRecord(RetrievalError):
    """No such patient, record or version inside the Scope."""


class StoreError(RetrievalError):
    """The record store cannot be used."""


class StoreLocked(StoreError):
    """Another process owns the data folder."""


class StoreFull(StoreError):
    """No space is left on the disk; nothing half-written stays."""


class IndexUnavailable(RetrievalError):
    """The search index cannot be used; `aparte reindex` rebuilds it from the record store."""
