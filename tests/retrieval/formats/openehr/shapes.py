"""Small builders of canonical openEHR nodes, so that each test shows only what it is about."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from retrieval.composition import ReadDocument
from retrieval.formats.base import Source
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.formats.openehr.canonical_xml import CanonicalXml

Node = dict[str, Any]


def text(value: str) -> Node:
    return {"_type": "DV_TEXT", "value": value}


def code(terminology: str, value: str) -> Node:
    return {
        "_type": "CODE_PHRASE",
        "terminology_id": {"_type": "TERMINOLOGY_ID", "value": terminology},
        "code_string": value,
    }


def coded(value: str, value_code: str = "at0001", terminology: str = "local") -> Node:
    return {"_type": "DV_CODED_TEXT", "value": value, "defining_code": code(terminology, value_code)}


def moment(value: str) -> Node:
    return {"_type": "DV_DATE_TIME", "value": value}


def quantity(magnitude: object, units: str = "mmol/L", **more: Any) -> Node:
    return {"_type": "DV_QUANTITY", "magnitude": magnitude, "units": units, **more}


def between(low: object, high: object, units: str = "mmol/L", **more: Any) -> Node:
    node: Node = {"_type": "DV_INTERVAL", "lower_unbounded": low is None, "upper_unbounded": high is None}
    if low is not None:
        node["lower"] = quantity(low, units)
    if high is not None:
        node["upper"] = quantity(high, units)
    return node | more


def locatable(kind: str, node_id: str, name: str, **rest: Any) -> Node:
    node: Node = {"_type": kind, "name": text(name), "archetype_node_id": node_id}
    if node_id.startswith("openEHR-"):
        node["archetype_details"] = {
            "_type": "ARCHETYPED",
            "archetype_id": {"_type": "ARCHETYPE_ID", "value": node_id},
            "rm_version": "1.1.0",
        }
    return node | rest


def element(node_id: str, name: str, value: Node | None = None, **rest: Any) -> Node:
    node = locatable("ELEMENT", node_id, name, **rest)
    return node if value is None else node | {"value": value}


def cluster(node_id: str, name: str, *items: Node) -> Node:
    return locatable("CLUSTER", node_id, name, items=list(items))


def tree(*items: Node, node_id: str = "at0001") -> Node:
    return locatable("ITEM_TREE", node_id, "Arborescence", items=list(items))


def entry(kind: str, archetype: str, name: str, **rest: Any) -> Node:
    return locatable(
        kind,
        f"openEHR-EHR-{kind}.{archetype}",
        name,
        language=code("ISO_639-1", "fr"),
        encoding=code("IANA_character-sets", "UTF-8"),
        **({"subject": {"_type": "PARTY_SELF"}} | rest),
    )


def evaluation(archetype: str, name: str, *items: Node, **rest: Any) -> Node:
    return entry("EVALUATION", archetype, name, data=tree(*items), **rest)


def event(
    *items: Node, time: str = "2026-02-27T08:00:00+01:00", name: str = "Any event", **rest: Any
) -> Node:
    return locatable(
        "POINT_EVENT", "at0002", name, time=moment(time), data=tree(*items, node_id="at0003"), **rest
    )


def observation(archetype: str, name: str, *events: Node, **rest: Any) -> Node:
    history = locatable("HISTORY", "at0001", "History", origin=moment("2026-02-27T08:00:00+01:00"))
    return entry("OBSERVATION", archetype, name, data=history | {"events": list(events)}, **rest)


def action(archetype: str, name: str, *items: Node, step: Node, state: Node, **rest: Any) -> Node:
    return entry(
        "ACTION",
        archetype,
        name,
        time=moment("2026-02-20T10:30:00+01:00"),
        ism_transition={"_type": "ISM_TRANSITION", "current_state": state, "careflow_step": step},
        description=tree(*items),
        **rest,
    )


def instruction(
    archetype: str, name: str, *items: Node, narrative: str = "Selon l’ordonnance", **rest: Any
) -> Node:
    activity = locatable("ACTIVITY", "at0001", "Activité", description=tree(*items, node_id="at0002"), **rest)
    return entry("INSTRUCTION", archetype, name, narrative=text(narrative), activities=[activity])


def section(name: str, *items: Node) -> Node:
    return locatable("SECTION", "openEHR-EHR-SECTION.adhoc.v1", name, items=list(items))


def composition(
    *content: Node, title: str = "Compte rendu", archetype: str = "report.v1", **rest: Any
) -> Node:
    node = locatable(
        "COMPOSITION",
        f"openEHR-EHR-COMPOSITION.{archetype}",
        title,
        uid={
            "_type": "OBJECT_VERSION_ID",
            "value": "8849182c-82ad-4088-a07f-48ead4180515::dossier.example::2",
        },
        language=code("ISO_639-1", "fr"),
        territory=code("ISO_3166-1", "FR"),
        category=coded("event", "433", "openehr"),
        composer={"_type": "PARTY_IDENTIFIED", "name": "Dr Anne Lemoine"},
        context={
            "_type": "EVENT_CONTEXT",
            "start_time": moment("2026-02-27T09:00:00+01:00"),
            "setting": coded("secondary medical care", "232", "openehr"),
            "health_care_facility": {"_type": "PARTY_IDENTIFIED", "name": "Hôpital de la Source"},
        },
        content=list(content),
    )
    return {key: value for key, value in (node | rest).items() if value is not None}


def analyte(label: str, value: Node, *more: Node, loinc: str = "2823-3") -> Node:
    return cluster(
        "openEHR-EHR-CLUSTER.laboratory_test_analyte.v1",
        "Laboratory analyte result",
        element("at0024", "Analyte", coded(label, loinc, "LOINC")),
        element("at0001", "Résultat", value),
        *more,
    )


def laboratory(*items: Node, status: str = "Final", time: str = "2026-02-27T08:00:00+01:00") -> Node:
    return observation(
        "laboratory_test_result.v1",
        "Ionogramme sanguin",
        event(
            element("at0005", "Examen", text("Ionogramme")),
            element("at0073", "Statut global", coded(status, "at0000x")),
            *items,
            time=time,
        ),
    )


def to_json(node: object) -> bytes:
    """Canonical JSON bytes; a Decimal is written with its own digits."""
    marks: dict[str, str] = {}

    def keep(value: object) -> object:
        if isinstance(value, Decimal):
            mark = f"@@{len(marks)}@@"
            marks[f'"{mark}"'] = str(value)
            return mark
        raise TypeError(type(value).__name__)

    written = json.dumps(node, ensure_ascii=False, default=keep)
    for mark, digits in marks.items():
        written = written.replace(mark, digits)
    return written.encode("utf-8")


def to_xml(node: Node, name: str = "composition", *, namespace: bool = True) -> bytes:
    """Canonical XML bytes of the same tree; xsi:type on every node, archetype_node_id as an attribute."""
    spaces = ' xmlns="http://schemas.openehr.org/v1"' if namespace else ""
    spaces += ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' + _xml(name, node, spaces)).encode("utf-8")


def _xml(name: str, value: Any, spaces: str = "") -> str:
    if isinstance(value, list):
        return "".join(_xml(name, item) for item in value)
    if not isinstance(value, dict):
        shown = str(value).lower() if isinstance(value, bool) else str(value)
        return f"<{name}>{escape(shown, {chr(13): '&#13;'})}</{name}>"
    attributes = spaces
    if "_type" in value:
        attributes += f" xsi:type={quoteattr(value['_type'])}"
    if "archetype_node_id" in value:
        attributes += f" archetype_node_id={quoteattr(value['archetype_node_id'])}"
    inner = "".join(
        _xml(key, child) for key, child in value.items() if key not in ("_type", "archetype_node_id")
    )
    return f"<{name}{attributes}>{inner}</{name}>"


def read_json(node: object, **source: Any) -> ReadDocument:
    """The one document that the JSON reader makes of a tree."""
    data = node if isinstance(node, bytes) else to_json(node)
    items = list(CanonicalJson(validate=False).read(Source(name="essai.json", data=data, **source)))
    assert len(items) == 1, items
    assert isinstance(items[0], ReadDocument), items
    return items[0]


def read_xml(node: Node | bytes) -> ReadDocument:
    """The one document that the XML reader makes of a tree."""
    data = node if isinstance(node, bytes) else to_xml(node)
    items = list(CanonicalXml().read(Source(name="essai.xml", data=data)))
    assert len(items) == 1, items
    assert isinstance(items[0], ReadDocument), items
    return items[0]
