"""openEHR canonical JSON: data values, structures, compositions and paths (reference model 1.1.0).

Only plain dictionaries are built here, in the shape that canonical JSON asks for. `paths` gives every data
value of a composition with the path that finds it again, and `at_path` follows such a path.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

Node = dict[str, Any]

FACILITY = "Centre hospitalier de la Vallée-Fictive"
SYSTEM = "dossier.vallee-fictive.example"
_PREDICATE = re.compile(
    r"^(?P<field>\w+)\[(?P<id>[^\]\s,]+)(?: and name/value='(?P<name>[^']*)')?\](?:\[(?P<n>\d+)\])?$"
)


def code(terminology: str, value: str) -> Node:
    """A CODE_PHRASE of a terminology such as LOINC, ATC, openehr or local."""
    terminology_id = {"_type": "TERMINOLOGY_ID", "value": terminology}
    return {"_type": "CODE_PHRASE", "terminology_id": terminology_id, "code_string": value}


def text(value: str) -> Node:
    """A DV_TEXT."""
    return {"_type": "DV_TEXT", "value": value}


def coded(value: str, terminology: str, code_string: str) -> Node:
    """A DV_CODED_TEXT."""
    return {"_type": "DV_CODED_TEXT", "value": value, "defining_code": code(terminology, code_string)}


def labelled(value: str, terminology: str, code_string: str | None) -> Node:
    """A DV_CODED_TEXT where a code is known, else a DV_TEXT."""
    return text(value) if code_string is None else coded(value, terminology, code_string)


def moment(value: datetime) -> Node:
    """A DV_DATE_TIME, with the offset of the hospital's time zone."""
    return {"_type": "DV_DATE_TIME", "value": stamp(value)}


def hour(value: date, at: int = 0) -> Node:
    """A DV_DATE_TIME on a day, at a full hour of the hospital's time zone."""
    return moment(datetime.combine(value, time(at)))


def day(value: date) -> Node:
    """A DV_DATE."""
    return {"_type": "DV_DATE", "value": value.isoformat()}


def boolean(*, value: bool) -> Node:
    """A DV_BOOLEAN."""
    return {"_type": "DV_BOOLEAN", "value": value}


def stamp(value: datetime) -> str:
    """ISO 8601 with French time: summer time from the last Sunday of March to that of October."""
    summer = _last_sunday(value.year, 3) <= value.date() < _last_sunday(value.year, 10)
    return value.strftime("%Y-%m-%dT%H:%M:%S") + ("+02:00" if summer else "+01:00")


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def number(value: Decimal) -> int | float:
    """A decimal as the JSON number that prints the same."""
    return int(value) if value == value.to_integral_value() else float(value)


def quantity(
    value: Decimal,
    unit: str,
    *,
    low: Decimal | None = None,
    high: Decimal | None = None,
    status: str | None = None,
) -> Node:
    """A DV_QUANTITY in a UCUM unit, with its reference range and normal status where given."""
    exponent = value.as_tuple().exponent
    precision = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    node: Node = {"_type": "DV_QUANTITY", "magnitude": float(value), "units": unit, "precision": precision}
    if low is not None or high is not None:
        interval: Node = {"_type": "DV_INTERVAL"}
        for side, bound in (("lower", low), ("upper", high)):
            if bound is not None:
                interval[side] = {"_type": "DV_QUANTITY", "magnitude": float(bound), "units": unit}
            interval[f"{side}_included"] = bound is not None
            interval[f"{side}_unbounded"] = bound is None
        node["normal_range"] = interval
    if status is not None:
        node["normal_status"] = code("openehr_normal_statuses", status)
    return node


def percentage(value: Decimal) -> Node:
    """A DV_PROPORTION of kind percent."""
    return {
        "_type": "DV_PROPORTION",
        "numerator": float(value),
        "denominator": 100.0,
        "type": 2,
        "precision": 0,
    }


def identifier(value: str, kind: str, *, issuer: str, assigner: str) -> Node:
    """A DV_IDENTIFIER."""
    return {"_type": "DV_IDENTIFIER", "issuer": issuer, "assigner": assigner, "id": value, "type": kind}


def locatable(kind: str, node_id: str, name: str, **rest: Any) -> Node:
    """A LOCATABLE of any class, with archetype details when `node_id` is an archetype id."""
    node: Node = {"_type": kind, "name": text(name), "archetype_node_id": node_id}
    if node_id.startswith("openEHR-"):
        node["archetype_details"] = {
            "_type": "ARCHETYPED",
            "archetype_id": {"_type": "ARCHETYPE_ID", "value": node_id},
            "rm_version": "1.1.0",
        }
    node.update(rest)
    return node


def element(node_id: str, name: str, value: Node) -> Node:
    """An ELEMENT."""
    return locatable("ELEMENT", node_id, name, value=value)


def named(node_id: str, name: Node, value: Node) -> Node:
    """An ELEMENT whose name is coded, where the archetype says what it is by its name."""
    return locatable("ELEMENT", node_id, "", value=value) | {"name": name}


def cluster(node_id: str, name: str, items: list[Node]) -> Node:
    """A CLUSTER."""
    return locatable("CLUSTER", node_id, name, items=items)


def tree(node_id: str, items: list[Node]) -> Node:
    """An ITEM_TREE."""
    return locatable("ITEM_TREE", node_id, "Arborescence", items=items)


def entry(kind: str, node_id: str, name: str, **rest: Any) -> Node:
    """An ENTRY about the patient, in French."""
    return locatable(
        kind,
        node_id,
        name,
        language=code("ISO_639-1", "fr"),
        encoding=code("IANA_character-sets", "UTF-8"),
        subject={"_type": "PARTY_SELF"},
        **rest,
    )


def observation(node_id: str, name: str, when: datetime, **structure: Any) -> Node:
    """An OBSERVATION with one point event: `ids` (at-codes of history, event and data) and `items`."""
    history, event, data = structure["ids"]
    point = locatable("POINT_EVENT", event, "Mesure", time=moment(when), data=tree(data, structure["items"]))
    series = locatable("HISTORY", history, "Historique", origin=moment(when), events=[point])
    return entry("OBSERVATION", node_id, name, data=series)


def section(name: str, items: list[Node]) -> Node:
    """A SECTION under a French heading."""
    return locatable("SECTION", "openEHR-EHR-SECTION.adhoc.v1", name, items=items)


def composition(
    archetype: str,
    title: str,
    *,
    uid: str,
    version: int,
    when: datetime,
    author: str,
    ward: str,
    content: list[Node],
    persistent: bool = False,
) -> Node:
    """A COMPOSITION, event by default."""
    kind = coded("persistent", "openehr", "431") if persistent else coded("event", "openehr", "433")
    node = locatable(
        "COMPOSITION",
        archetype,
        title,
        uid={"_type": "OBJECT_VERSION_ID", "value": f"{uid}::{SYSTEM}::{version}"},
        language=code("ISO_639-1", "fr"),
        territory=code("ISO_3166-1", "FR"),
        category=kind,
        composer={"_type": "PARTY_IDENTIFIED", "name": author},
        context={
            "_type": "EVENT_CONTEXT",
            "start_time": moment(when),
            "location": ward,
            "setting": coded("secondary medical care", "openehr", "232"),
            "health_care_facility": {"_type": "PARTY_IDENTIFIED", "name": FACILITY},
        },
        content=content,
    )
    node["archetype_details"]["template_id"] = {
        "_type": "TEMPLATE_ID",
        "value": f"aparte_demo_{archetype.split('.')[1]}",
    }
    return node


def serialise(node: Node) -> str:
    """The canonical JSON text of a composition or person: two-space indent, keys as built, final newline."""
    return indented(node) + "\n"


def indented(value: Any, margin: str = "\n") -> str:
    """What `json.dumps(value, ensure_ascii=False, indent=2)` gives, three times faster.

    The library's indenting encoder is a Python generator, and took most of the time of making a hospital.
    """
    if isinstance(value, str):
        return encode_basestring(value)
    if not isinstance(value, dict | list) or not value:
        return json.dumps(value)
    inner = f"{margin}  "
    if isinstance(value, list):
        return f"[{inner}{f',{inner}'.join([indented(item, inner) for item in value])}{margin}]"
    fields = [f"{encode_basestring(key)}: {indented(item, inner)}" for key, item in value.items()]
    return f"{{{inner}{f',{inner}'.join(fields)}{margin}}}"


def paths(node: Node, path: str = "") -> Iterator[tuple[str, Node]]:
    """Every data value under `node` with its path; a predicate names a sibling only where it must."""
    for field, child in node.items():
        if isinstance(child, list):
            for item in child:
                if isinstance(item, dict) and "archetype_node_id" in item:
                    yield from paths(item, f"{path}/{field}{_predicate(item, child)}")
        elif isinstance(child, dict) and "archetype_node_id" in child:
            yield from paths(child, f"{path}/{field}[{child['archetype_node_id']}]")
        elif isinstance(child, dict) and field in ("value", "time", "ism_transition"):
            yield f"{path}/{field}", child


def literal(node: Node) -> str:
    """The literal that a data value carries: a magnitude, a numerator or the text of its value."""
    for field in ("magnitude", "numerator", "value"):
        if field in node:
            return str(node[field])
    raise KeyError("value")


def _predicate(item: Node, siblings: list[Node]) -> str:
    node_id, name = item["archetype_node_id"], item["name"]["value"]
    alike = [other for other in siblings if other["archetype_node_id"] == node_id]
    if len(alike) == 1:
        return f"[{node_id}]"
    named = [other for other in alike if other["name"]["value"] == name]
    if len(named) == 1 and "'" not in name:
        return f"[{node_id} and name/value='{name}']"
    place = next(index for index, other in enumerate(alike, start=1) if other is item)
    return f"[{node_id}][{place}]"


def at_path(node: Node, path: str) -> Node:
    """The data value that `path` points to; KeyError when it points nowhere."""
    current: Any = node
    for step in re.findall(r"/(\w+(?:\[[^\]]*\])*)", path):
        match = _PREDICATE.match(step)
        current = current[step] if match is None else _child(current, match)
    if not isinstance(current, dict):
        raise KeyError(path)
    return current


def _child(node: Node, match: re.Match[str]) -> Node:
    found = node[match["field"]]
    children: list[Node] = found if isinstance(found, list) else [found]
    alike = [child for child in children if child.get("archetype_node_id") == match["id"]]
    if match["name"] is not None:
        alike = [child for child in alike if child["name"]["value"] == match["name"]]
    place = int(match["n"] or 1)
    if len(alike) < place:
        raise KeyError(match.group(0))
    return alike[place - 1]
