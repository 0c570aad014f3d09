"""What every truth is made of: a frozen value, where it is written, who the patient is."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Sex = Literal["male", "female", "unknown"]
IdentityStatus = Literal["provisional", "validated", "recovered", "qualified"]


class Value(BaseModel):
    """A frozen value that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Statement(Value):
    """Where one truth is written, in one version of one document.

    `document` is a `Document.key`. `path` is the openEHR path of a data value inside the composition. `quote`
    is a literal part of that value: a substring of a text, or the canonical form of a number, code or date.
    `structured` says that the value is data, not prose.
    """

    document: str
    path: str
    quote: str
    structured: bool


class Truth(Value):
    """One true thing about a patient. `key` is unique in the patient; `stated` is empty only if hidden.

    `conflict` is where the record says something else about it: a contradiction planted on purpose.
    """

    key: str
    stated: tuple[Statement, ...] = ()
    conflict: tuple[Statement, ...] = ()


class Identity(Value):
    """Who the patient is. `ins` comes from a range that no real number can fall in."""

    patient_id: Annotated[str, Field(pattern=r"^pat-[0-9a-f]{8}$")]
    family_name: str
    birth_name: str
    given_names: tuple[str, ...]
    birth_date: date
    sex: Sex
    ins: Annotated[str, Field(pattern=r"^999[0-9]{12}$")]
    ins_status: Literal["provisional", "qualified"]
    ipp: str
    status: IdentityStatus
