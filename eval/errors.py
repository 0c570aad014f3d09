"""Errors of the evaluation.

EvaluationError
├── CaseFileError       a case file, template or public set is not right: file, line, what to do
├── TargetError         a target could not do what was asked; carries a short code for the output
├── RunError            a run cannot start or go on: other settings, folder in use, missing capability
└── GateError           the gate file is not right
"""

from __future__ import annotations


class EvaluationError(Exception):
    """Any error of the evaluation; its text is meant for the person who runs it."""


class CaseFileError(EvaluationError):
    """A case file, a template or a public set is not right."""


class TargetError(EvaluationError):
    """The target could not do what was asked. `code` goes into the output."""

    def __init__(self, message: str, *, code: str) -> None:
        super().__init__(message)
        self.code = code


class RunError(EvaluationError):
    """A run cannot start or go on."""


class GateError(EvaluationError):
    """The gate file is not right."""
