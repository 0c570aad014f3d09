"""One hospital of sixty for the figures that the gate needs, made once."""

from __future__ import annotations

import pytest

from eval.suites.base import World
from tests.eval.suites.record_world import world


@pytest.fixture(scope="session")
def sixty() -> World:
    """Sixty patients of seed 1001, the held-out wordings closed."""
    return world(1001, 60)


@pytest.fixture(scope="session")
def twelve() -> World:
    """Twelve patients of seed 7."""
    return world(7, 12)
