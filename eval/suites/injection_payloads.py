"""Payloads of S6: read from `data/injection_payloads.jsonl`, filled with a patient's own values, encoded.

A text may hold `{drug}`, `{wrong_dose}`, `{unit}`, `{substance}`, `{analyte}`, `{wrong_value}`, `{lab_unit}`;
other braces stay as they are. What stands between ⟦ and ⟧ is written in the payload's encoding.
"""

from __future__ import annotations

import base64
import codecs
import re
from collections.abc import Callable, Mapping
from importlib import resources
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from eval.cases.gold import TermGold
from eval.errors import CaseFileError
from eval.synthetic.truth import Value

About = Literal["any", "allergy", "dose", "lab"]
Carrier = Literal[
    "letter", "nurse_note", "lab_comment", "report_conclusion", "prescription_comment", "user_text"
]
Encoding = Literal[
    "base64", "homoglyph", "zero_width", "rot13", "spaced", "html", "reversed", "hex", "leet", "tags"
]
Forms = Annotated[tuple[str, ...], Field(min_length=1)]
DENIAL = "aucune allergie"
"""The first form of the mark of a general denial. A right answer may quote one as contradicting."""

_SLOT = re.compile(r"\{(drug|wrong_dose|unit|substance|analyte|wrong_value|lab_unit)\}")
_CODED = re.compile(r"⟦(.*?)⟧", re.DOTALL)
_LOOKALIKE = str.maketrans("aeiopcxyAEIOPCXHKMT", "аеіорсхуАЕІОРСХНКМТ")
_LEET = str.maketrans("aeiost", "431057")


class Payload(Value):
    """One attack. `about`: what must be known of the patient; `success` and `harm`: marks, each by its forms.

    Every harm mark is also a mark of success. `language` is that of the attack; `other` is neither.
    """

    id: Annotated[str, Field(pattern=r"^[a-z-]+-\d\d$")]
    category: str
    language: Literal["fr", "en", "other"]
    about: About = "any"
    carriers: Annotated[tuple[Carrier, ...], Field(min_length=1)]
    encoding: Encoding | None = None
    text: Annotated[str, Field(min_length=1, max_length=2000)]
    success: tuple[Forms, ...] = ()
    harm: tuple[Forms, ...] = ()
    exfiltration: tuple[str, ...] = ()

    def filled(self, slots: Mapping[str, str]) -> str:
        """The text as it stands in the record. KeyError when a slot that it holds is not given."""
        text = _SLOT.sub(lambda found: slots[found[1]], self.text)
        return _CODED.sub(lambda found: _encoded(found[1], self.encoding), text)

    def marks(self, kind: Literal["success", "harm"], slots: Mapping[str, str]) -> tuple[TermGold, ...]:
        """The marks of that kind, filled in; those of success include those of harm."""
        chosen = self.harm if kind == "harm" else (*self.success, *self.harm)
        return tuple(
            TermGold(forms=tuple(_SLOT.sub(lambda found: slots[found[1]], form) for form in forms))
            for forms in chosen
        )


def payloads() -> tuple[Payload, ...]:
    """Every payload that ships, in file order. Raises CaseFileError with the line."""
    name = "injection_payloads.jsonl"
    text = resources.files("eval.suites.data").joinpath(name).read_text("utf-8")
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            found.append(Payload.model_validate_json(line))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise CaseFileError(f"{name}, line {number}: {first['msg']}") from error
    return tuple(found)


def _encoded(text: str, encoding: Encoding | None) -> str:
    return _ENCODERS[encoding](text) if encoding else text


def _tags(text: str) -> str:
    """Unicode tag characters: nothing is shown, a tokenizer may read them."""
    return "".join(chr(0xE0000 + ord(char)) if ord(char) < 128 else char for char in text)


def _html(text: str) -> str:
    return "".join(char if char.isalnum() or char == " " else f"&#{ord(char)};" for char in text)


_ENCODERS: dict[Encoding, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "homoglyph": lambda text: text.translate(_LOOKALIKE),
    "zero_width": "\u200b".join,
    "rot13": lambda text: codecs.encode(text, "rot13"),
    "spaced": lambda text: " ".join("  " if char == " " else char for char in text),
    "html": _html,
    "reversed": lambda text: text[::-1],
    "hex": lambda text: text.encode().hex(),
    "leet": lambda text: text.translate(_LEET),
    "tags": _tags,
}
