"""Data types of FHIR R4 from the hospital's values."""

from decimal import Decimal
from typing import Any

from eval.synthetic import writing_items as it
from eval.synthetic.fhir_codes import SYSTEMS

Resource = dict[str, Any]
_UCUM = "http://unitsofmeasure.org"


def number(value: Decimal) -> int | float:
    """The JSON number with the digits of the truth, a final zero apart."""
    return int(value) if value == value.to_integral_value() else float(value)


def concept(coding: it.Coding) -> Resource:
    """A CodeableConcept: the words as text, the code where there is one."""
    if not coding.code:
        return {"text": coding.text}
    code = {"system": SYSTEMS[coding.system], "code": coding.code, "display": coding.text}
    return {"coding": [code], "text": coding.text}


def coded(system: str, code: str, text: str = "") -> Resource:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}]} | ({"text": text} if text else {})


def quantity(measure: it.Measure) -> Resource:
    """A Quantity in UCUM."""
    unit = measure.unit
    return {"value": number(measure.value), "unit": unit, "system": _UCUM, "code": unit}


def annotated(text: str) -> list[Resource]:
    """Annotations: one, or none where there are no words."""
    return [{"text": text}] if text else []


def filled(resource: Resource) -> Resource:
    """Without what is empty: FHIR has no empty values."""
    return {field: value for field, value in resource.items() if value not in ("", [], {}, None)}
