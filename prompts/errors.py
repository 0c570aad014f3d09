"""Errors of `prompts`.

PromptError
├── UnknownPrompt         no such name or version in the catalogue
├── InvalidPrompt         a catalogue file is not in the expected form
├── VariablesMismatch     a variable is missing, unused or not text
└── LockMismatch          a released file differs from `prompts.lock`, or is not in it
"""

from __future__ import annotations


class PromptError(Exception):
    """Base of all errors of this package; messages never hold the values given to a prompt."""


class UnknownPrompt(PromptError):
    """No such name or version in the catalogue."""


class InvalidPrompt(PromptError):
    """A catalogue file is not in the expected form; the message names the file and what is wrong."""


class VariablesMismatch(PromptError):
    """A variable is missing, unused or not text; the message names the variables only."""


class LockMismatch(PromptError):
    """A released file differs from `prompts.lock`, or is not in it."""
