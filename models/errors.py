"""Everything that can go wrong in ``models``, and nothing else leaves the package.

::

    ModelError                     base; ``str(error)`` is safe to show: it never holds prompt text
    ├── ModelUnavailable           the engine is down, starting, crashed or unreachable: answer without it
    ├── ModelBusy                  the queue is full; ``retry_after_s`` says when to come back
    ├── ModelTimeout               the engine is alive but too slow
    ├── ModelProtocolError         the engine answered something that is not what was asked
    ├── UnsupportedRequest         the request asks what this engine cannot do (grammar, too long a prompt)
    ├── UnknownModel               no such name or file; the message lists what exists
    ├── ModelRefused               known and present, but not allowed here (status, changed file)
    ├── EngineMissing              the library that runs it is not installed; ``hint`` is the command to run
    ├── HostNotAllowed             the address is not one that the hospital listed
    └── FetchError                 a file could not be brought in
        ├── NoNetwork              the source cannot be reached
        ├── NoSpace                the disk is too small
        ├── DigestMismatch         the bytes are not the pinned ones; ``expected`` and ``found``
        ├── PartMissing            a wheel, a member or a file is not where it should be
        └── MirrorRefused          only a mirror has it and mirrors were not allowed
"""

from __future__ import annotations


class ModelError(Exception):
    """Base of every error of this package."""


class ModelUnavailable(ModelError):
    """The engine cannot be reached: down, starting, crashed, or its connection broke."""


class ModelBusy(ModelError):
    """Too many requests are already waiting.

    ``retry_after_s``: seconds after which trying again makes sense.
    """

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelTimeout(ModelError):
    """The engine did not answer within the time that the settings give it."""


class ModelProtocolError(ModelError):
    """The engine's answer is not the protocol, or not in the form that was asked for."""


class UnsupportedRequest(ModelError):
    """The request cannot be served by this engine as asked; nothing was sent in its place."""


class UnknownModel(ModelError):
    """No model, file, encoder or engine has this name."""


class ModelRefused(ModelError):
    """The model exists but must not be used here: test status, or changed since it was checked."""


class EngineMissing(ModelError):
    """The library behind an engine is not installed. ``hint``: what to run to get it."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.hint = hint


class HostNotAllowed(ModelError):
    """A model address is not on the site's list of allowed hosts."""


class FetchError(ModelError):
    """A model file could not be brought in; what was there before is untouched."""


class NoNetwork(FetchError):
    """The source of a file cannot be reached."""


class NoSpace(FetchError):
    """Not enough free disk space in the models folder."""


class DigestMismatch(FetchError):
    """A file is not the pinned one. ``fetch`` removed the bytes, ``verify`` left them."""

    def __init__(self, message: str, *, expected: str, found: str) -> None:
        super().__init__(message)
        self.expected = expected
        self.found = found


class PartMissing(FetchError):
    """A wheel, an archive member or a file that the catalogue names is absent or not as described."""


class MirrorRefused(FetchError):
    """Only a mirror holds the file, and mirrors were not allowed."""
