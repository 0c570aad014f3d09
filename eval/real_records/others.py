"""Questions on the latest results of CI-SIS documents (CDA R2) and of canonical openEHR compositions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from lxml import etree

from eval.cases.gold import NumberGold, RecordGold
from eval.real_records.question import Asking, RealQuestion
from eval.real_records.words import Words

_V3 = {"v3": "urn:hl7-org:v3"}
_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_UNITS = {"°C": "Cel", "°F": "[degF]", "m[IU]/L": "m[IU]/L"}


class _Measured(NamedTuple):
    what: str
    time: str
    value: Decimal
    unit: str
    source: str


def cda_questions(paths: list[Path], words: Words) -> Iterator[RealQuestion]:
    """The latest result of each known LOINC code over the reports of one patient."""
    last: dict[tuple[str, str], tuple[_Measured, Path]] = {}
    for path in sorted(paths):
        root = etree.parse(path, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        patient = root.find(".//v3:patientRole/v3:id", _V3)
        if patient is None:
            continue
        for one in _observations(root):
            key = (patient.get("extension", ""), one.what)
            if one.what in words.loinc and (key not in last or last[key][0].time < one.time):
                last[key] = (one, path)
    for (patient_id, code), (one, path) in last.items():
        asking = Asking(path.name, patient_id, words.ask)
        gold = RecordGold(all_of=(NumberGold(value=one.value, unit=one.unit),))
        yield asking.question("cda_latest", code, gold, [one.source], name=words.loinc[code])


def _observations(root: etree._Element) -> Iterator[_Measured]:
    document = root.find("v3:setId", _V3)
    source = "" if document is None else str(document.get("extension") or document.get("root"))
    for one in root.iter("{urn:hl7-org:v3}observation"):
        code, value, time = (one.find(f"v3:{name}", _V3) for name in ("code", "value", "effectiveTime"))
        if code is None or value is None or time is None or value.get(_TYPE) != "PQ":
            continue
        number, unit = value.get("value"), value.get("unit", "")
        if number and code.get("code"):
            yield _Measured(code.get("code", ""), time.get("value", ""), Decimal(number), unit, source)


def openehr_questions(path: Path, patient: str, words: Words) -> Iterator[RealQuestion]:
    """The latest main quantity of each known archetype in one canonical composition."""
    composition = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
    last: dict[str, list[_Measured]] = {}
    for one in _quantities(composition, str((composition.get("uid") or {}).get("value", ""))):
        newest = last.setdefault(one.what, [one])
        if one.time > newest[0].time:
            last[one.what] = [one]
        elif one is not newest[0] and one.time == newest[0].time:
            newest.append(one)  # of two values of one instant either is right; the answer tells a conflict
    for archetype, newest in last.items():
        if archetype in words.archetype:
            golds = tuple(NumberGold(value=one.value, unit=one.unit) for one in newest)
            asking = Asking(path.name, patient, words.ask)
            sources = [newest[0].source.partition("::")[0]] if newest[0].source else []
            name = words.archetype[archetype]
            yield asking.question("openehr_latest", archetype, RecordGold(any_of=golds), sources, name=name)


def _quantities(composition: Any, source: str) -> Iterator[_Measured]:
    for entry in _typed(composition, "OBSERVATION"):
        archetype = str(entry.get("archetype_node_id", "")).partition(".v")[0]
        for event in (*_typed(entry, "POINT_EVENT"), *_typed(entry, "INTERVAL_EVENT")):
            time = str((event.get("time") or {}).get("value", ""))
            first = next(iter(_typed(event, "DV_QUANTITY")), None)
            if first is not None:
                unit = str(first.get("units", ""))
                value = Decimal(str(first["magnitude"]))
                yield _Measured(archetype, time, value, _UNITS.get(unit, unit), source)


def _typed(node: Any, name: str) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        if node.get("_type") == name:
            yield node
        for child in node.values():
            yield from _typed(child, name)
    elif isinstance(node, list):
        for child in node:
            yield from _typed(child, name)
