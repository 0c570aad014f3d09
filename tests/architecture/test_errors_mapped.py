"""Every error class has its row in the one table, and every row is of an error class."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator

import pytest

from assistant.api.status import STATUS, failure_of

PACKAGES = ("assistant", "retrieval", "models", "prompts")
_MERGED = frozenset({"PromptError"})
"""Bases whose kinds all share its row: a prompt that is broken is broken inside, whatever the way."""


def error_classes() -> Iterator[type[Exception]]:
    """The exception classes that the `errors` modules define."""
    for package in PACKAGES:
        module = importlib.import_module(f"{package}.errors")
        for _, value in inspect.getmembers(module, inspect.isclass):
            if issubclass(value, Exception) and value.__module__ == module.__name__:
                yield value


@pytest.mark.parametrize("error", tuple(error_classes()), ids=lambda error: error.__qualname__)
def test_every_error_class_is_mapped(error: type[Exception]) -> None:
    shared = {kind.__name__ for kind in error.__mro__} & _MERGED
    assert error in STATUS or shared, f"{error.__qualname__} has no row in assistant/api/status.py"


@pytest.mark.parametrize("package", PACKAGES)
def test_the_tree_in_the_docstring_names_every_class(package: str) -> None:
    module = importlib.import_module(f"{package}.errors")
    missing = [
        e.__name__
        for e in error_classes()
        if e.__module__ == module.__name__ and e.__name__ not in str(module.__doc__)
    ]
    assert missing == []


def test_rows_are_well_formed() -> None:
    for row in STATUS.values():
        assert 400 <= row.status < 600
        assert row.code.replace("_", "").isalpha()
        assert row.status < 500 or row.message or row.code == "audit_unavailable"


def test_an_unknown_error_is_internal_and_says_nothing() -> None:
    row = failure_of(RuntimeError("Madame MARTINEAU"))
    assert (row.status, row.code) == (500, "internal")
    assert "MARTINEAU" not in str(row.message)
