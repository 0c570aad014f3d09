"""The reference-model types of `oehrpy` as a second opinion: a refusal is a warning, never a loss.

Measured with oehrpy 0.17.0 on EHRbase's canonical JSON examples: 110 of 120 accepted. The 10 refusals are one
difference: its LINK holds `meaning` and `type` as plain text, where the reference model has DV_TEXT.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

MAX_CHARACTERS = 2_000_000
_MAX_ERRORS = 3


def validate(composition: dict[str, Any]) -> tuple[str, ...]:
    """Say, in at most four lines, what the reference-model types refuse in a COMPOSITION; empty if nothing.

    Time is bounded: a document of more than MAX_CHARACTERS is not checked, and says so.
    """
    from oehrpy.serialization import from_canonical
    from pydantic import ValidationError

    text = json.dumps(composition, default=_plain)
    if len(text) > MAX_CHARACTERS:
        return ("reference-model check left out: the document is too long",)
    try:
        from_canonical(json.loads(text))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        shown = [f"reference model: {_where(problem['loc'])}: {problem['msg']}" for problem in problems]
        rest = len(shown) - _MAX_ERRORS
        return (*shown[:_MAX_ERRORS], *((f"reference model: {rest} more",) if rest > 0 else ()))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        return (f"reference model: the check failed ({type(error).__name__})",)
    return ()


def _where(steps: tuple[int | str, ...]) -> str:
    return "/".join(str(step) for step in steps)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
