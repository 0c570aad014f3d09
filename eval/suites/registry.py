"""Which suites there are. Each is imported when it is asked for, so that a broken one stops no other."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from importlib import import_module, resources

from eval.errors import EvaluationError
from eval.suites.base import Suite


def suite_ids() -> tuple[str, ...]:
    """The ids of all suites, in the registry's order."""
    return tuple(_factories())


def load_suite(suite_id: str) -> Suite:
    """The suite of that id.

    Raises EvaluationError for an id that is not registered, for a module or factory that is not there, and
    for a factory that returns another suite.
    """
    factories = _factories()
    if suite_id not in factories:
        raise EvaluationError(f"there is no suite {suite_id}: {', '.join(factories)} are registered")
    module, _, factory = factories[suite_id].partition(":")
    try:
        made = getattr(import_module(module), factory)()
    except (ImportError, AttributeError) as error:
        raise EvaluationError(f"suite {suite_id}: {factories[suite_id]} cannot be loaded") from error
    suite: Suite = made
    if suite.id != suite_id:
        raise EvaluationError(f"suite {suite_id}: {factories[suite_id]} made {suite.id}; mend registry.toml")
    return suite


def load_suites(ids: Iterable[str] | None = None) -> tuple[Suite, ...]:
    """These suites, or all of them, in the given order. Raises like `load_suite`."""
    return tuple(load_suite(suite_id) for suite_id in (suite_ids() if ids is None else ids))


def _factories() -> dict[str, str]:
    text = resources.files("eval.suites").joinpath("registry.toml").read_text(encoding="utf-8")
    found: dict[str, str] = tomllib.loads(text)["suites"]
    return found
