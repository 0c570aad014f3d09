"""The error tree: one base, drawn in the docstring, nothing missing from the drawing."""

from __future__ import annotations

import inspect

from models import errors


def test_every_error_has_the_one_base_and_is_drawn() -> None:
    classes = [item for _, item in inspect.getmembers(errors, inspect.isclass)]
    assert len(classes) >= 15
    for item in classes:
        assert issubclass(item, errors.ModelError)
        assert item.__name__ in (errors.__doc__ or "")
        assert item.__doc__
