"""Elements of CDA R2 as text, always in the same order: tags, codes, times, references to the narrative."""

from collections.abc import Callable
from html import escape

from eval.synthetic import writing_items as it

OIDS = {
    "LOINC": "2.16.840.1.113883.6.1",
    "ATC": "2.16.840.1.113883.6.73",
    "CIM-10": "2.16.840.1.113883.6.3",
    "CCAM": "1.2.250.1.215.300.1",
    "SNOMED CT": "2.16.840.1.113883.6.96",
    "HL7-ObservationInterpretation": "2.16.840.1.113883.5.83",
    "HL7:ActCode": "2.16.840.1.113883.5.4",
    "HL7:RoleCode": "2.16.840.1.113883.5.111",
    "HL7:condition-ver-status": "2.16.840.1.113883.4.642.1.1075",
}
"""The OID of each code system that the hospital uses."""
Ref = Callable[[str], str]
"""From the key of a narrative cell to the `reference` element that points to it."""


def el(tag: str, *children: str, **attributes: str | None) -> str:
    """An element; attributes without value are left out, a final `_` of their names and `xsi_` are spelling."""
    named = ((name.rstrip("_").replace("xsi_", "xsi:"), value) for name, value in attributes.items())
    shown = "".join(f' {name}="{escape(value)}"' for name, value in named if value is not None)
    inner = "".join(children)
    return f"<{tag}{shown}>{inner}</{tag}>" if inner else f"<{tag}{shown}/>"


def words(text: str) -> str:
    """Character data; line ends of a narrative stay line ends to the reader."""
    return escape(text, quote=False)


def templates(*roots: str) -> str:
    """The templateIds of an element."""
    return "".join(el("templateId", root=root) for root in roots)


def stamp(iso: str) -> str:
    """ISO 8601 as a point in time of HL7: `2022-02-16T07:44:00+01:00` -> `20220216074400+0100`."""
    day, _, clock = iso.partition("T")
    return day.replace("-", "") + clock.replace(":", "")


def at(iso: str) -> str:
    """An effectiveTime."""
    return el("effectiveTime", value=stamp(iso)) if iso else el("effectiveTime", nullFlavor="UNK")


def period(low: str, high: str = "") -> str:
    """An effectiveTime with the bounds that are known."""
    bounds = [el(name, value=stamp(iso)) for name, iso in (("low", low), ("high", high)) if iso]
    return el("effectiveTime", *(bounds or [el("low", nullFlavor="UNK")]), xsi_type="IVL_TS")


def code(tag: str, coding: it.Coding, reference: str = "", **attributes: str) -> str:
    """A coded element: the code where there is one, the words always."""
    original = el("originalText", reference) if reference else ""
    if not coding.code:
        original = original or el("originalText", words(coding.text))
        return el(tag, original, nullFlavor="OTH", **attributes)
    return el(
        tag,
        original,
        code=coding.code,
        codeSystem=OIDS[coding.system],
        codeSystemName=coding.system,
        displayName=coding.text,
        **attributes,
    )


def loinc(value: str, display: str) -> str:
    """A LOINC code element."""
    return code("code", it.Coding(display, "LOINC", value))


def status(value: str = "completed") -> str:
    """A statusCode."""
    return el("statusCode", code=value)
