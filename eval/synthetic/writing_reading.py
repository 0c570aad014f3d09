"""From the hospital's own documents to what they state: the way to every other format.

What `entries`, `acts_entries` and `care_entries` do not write raises KeyError.
"""

import json
from collections.abc import Callable, Iterator
from decimal import Decimal

from eval.synthetic import writing_items as it
from eval.synthetic.openehr import Node, stamp
from eval.synthetic.truth import Document, Patient

_LAB_STATES: dict[str, it.LabState] = {
    "at0120": "preliminary", "at0038": "final", "at0040": "amended", "at0116": "entered_in_error",
    "at0017": "preliminary", "at0018": "final", "at0020": "amended", "at0022": "entered_in_error",
}  # fmt: skip
_SIGNS = {
    "pulse": ("pulse", "at0004"),
    "body_temperature": ("temperature", "at0004"),
    "body_weight": ("weight", "at0004"),
    "height": ("height", "at0004"),
    "pulse_oximetry": ("spo2", "at0006"),
}
_STEPS = {"at0004": "commenced", "at0039": "changed", "at0015": "stopped", "at0006": "given"}


def written(patient: Patient, document: Document) -> it.Written:
    """What one document of a patient states, with what a header of any format needs."""
    node = json.loads(document.raw, parse_float=Decimal)
    context = node["context"]
    time = context["start_time"]["value"]
    return it.Written(
        identity=patient.identity,
        document=document,
        time=time,
        author=node["composer"]["name"],
        ward=context["location"],
        facility=context["health_care_facility"]["name"],
        stay=_stay(patient, document),
        items=tuple(_with_entry(item, patient) for item in _items(node["content"])),
    )


def _with_entry(item: it.Item, patient: Patient) -> it.Item:
    """An exit with the time of the entry, which every other format states in the same place."""
    for stay in patient.stays:
        if isinstance(item, it.Movement) and item.time == stamp(stay.discharged):
            return item._replace(since=stamp(stay.admitted))
    return item


def _stay(patient: Patient, document: Document) -> tuple[str, str] | None:
    """The stay that a discharge report closes: the days of entry and exit."""
    for stay in patient.stays:
        if document.kind == "compte rendu" and stay.discharged.date() == document.time.date():
            return stay.admitted.date().isoformat(), stay.discharged.date().isoformat()
    return None


def _items(content: list[Node]) -> Iterator[it.Item]:
    for node in content:
        if node["_type"] == "SECTION":
            for item in _items(node["items"]):
                yield item._replace(title=node["name"]["value"]) if isinstance(item, it.Prose) else item
        else:
            yield from _READERS[node["archetype_node_id"].rpartition(".v")[0].split(".")[-1]](node)


def _all(node: Node, *ids: str) -> list[Node]:
    """Every node with one of these ids, in depth and in order."""
    found = [node] if node.get("archetype_node_id") in ids else []
    for child in node.values():
        for part in child if isinstance(child, list) else [child]:
            if isinstance(part, dict):
                found += _all(part, *ids)
    return found


def _value(node: Node, at: str) -> Node:
    """The value of the one element with this at-code, or nothing."""
    found = [item for item in _all(node, at) if item["_type"] == "ELEMENT"]
    value: Node = found[0]["value"] if found else {}
    return value


def _text(node: Node, at: str) -> str:
    return str(_value(node, at).get("value", ""))


def _code(value: Node) -> str:
    return str(value.get("defining_code", {}).get("code_string", ""))


def _coding(value: Node) -> it.Coding:
    code = value.get("defining_code")
    system = code["terminology_id"]["value"] if code else ""
    return it.Coding(value["value"], "" if system == "local" else system, _code(value))


def _measure(value: Node) -> it.Measure:
    if value["_type"] == "DV_PROPORTION":
        return it.Measure(_plain(value["numerator"], value["precision"]), "%")
    return it.Measure(_plain(value["magnitude"], value["precision"]), value["units"])


def _plain(number: Decimal, precision: int) -> Decimal:
    return Decimal(f"{Decimal(number):.{precision}f}")


def _when(node: Node) -> str:
    return str(node["data"]["origin"]["value"])


def _panel(node: Node) -> Iterator[it.Item]:
    clusters = _all(node, "openEHR-EHR-CLUSTER.laboratory_test_analyte.v1")
    rest = {**node, "data": _without(node["data"])}
    yield it.Panel(
        title=_text(rest, "at0005"),
        time=_when(node),
        state=_LAB_STATES[_code(_value(rest, "at0073"))],
        results=tuple(_result(cluster) for cluster in clusters),
        specimen=_text(rest, "at0029"),
        comment=_text(rest, "at0101"),
    )


def _without(node: Node) -> Node:
    kept: Node = {}
    for field, child in node.items():
        if isinstance(child, list):
            kept[field] = [
                _without(part) for part in child if "laboratory_test_analyte" not in part["archetype_node_id"]
            ]
        else:
            kept[field] = _without(child) if isinstance(child, dict) else child
    return kept


def _result(cluster: Node) -> it.Result:
    value = _value(cluster, "at0001")
    measured = value["_type"] == "DV_QUANTITY"
    limits = value.get("normal_range", {})
    bounds = {side: limits[side]["magnitude"] for side in ("lower", "upper") if side in limits}
    return it.Result(
        name=_coding(_value(cluster, "at0024")),
        measure=_measure(value) if measured else None,
        words=None if measured else _coding(value),
        low=_bound(bounds.get("lower")),
        high=_bound(bounds.get("upper")),
        interpretation=str(value.get("normal_status", {}).get("code_string", "")),
        state=_LAB_STATES[_code(_value(cluster, "at0005"))],
    )


def _bound(number: Decimal | None) -> Decimal | None:
    return None if number is None else Decimal(f"{Decimal(number).normalize():f}")


def _pressure(node: Node) -> Iterator[it.Item]:
    for at, kind, name in (
        ("at0004", "systolic", "Pression artérielle systolique"),
        ("at0005", "diastolic", "Pression artérielle diastolique"),
    ):
        yield it.Sign(kind, name, _measure(_value(node, at)), _when(node))


def _sign(node: Node) -> Iterator[it.Item]:
    kind, at = _SIGNS[node["archetype_node_id"].split(".")[1]]
    yield it.Sign(kind, node["name"]["value"], _measure(_value(node, at)), _when(node))


def _diagnosis(node: Node) -> Iterator[it.Item]:
    if "exclusion_specific" in node["archetype_node_id"]:
        yield it.Diagnosis(_coding(_value(node, "at0003")), "absent", "", "")
        return
    yield it.Diagnosis(
        name=_coding(_value(node, "at0002")),
        certainty="present" if _code(_value(node, "at0073")) == "at0076" else "suspected",
        onset=_text(node, "at0077")[:10],
        resolved=_text(node, "at0030")[:10],
    )


def _reaction(node: Node) -> Iterator[it.Item]:
    certainty = {"at0065": "confirmed", "at0127": "suspected", "at0066": "refuted"}
    yield it.Reaction(
        substance=_text(node, "at0002"),
        certainty=certainty[_code(_value(node, "at0063"))],  # type: ignore[arg-type]
        allergy=_code(_value(node, "at0058")) == "at0059",
        manifestation=_text(node, "at0011"),
        severity={"at0093": "mild", "at0092": "moderate", "at0090": "severe"}.get(
            _code(_value(node, "at0089")), ""
        ),
    )


def _none_known(node: Node) -> Iterator[it.Item]:
    yield it.Reaction(_text(node, "at0002"), "none_known", allergy=True, manifestation="", severity="")


def _order(node: Node) -> Iterator[it.Item]:
    amount = _value(node, "at0144")
    yield it.Order(
        drug=_coding(_value(node, "at0070")),
        route=_text(node, "at0091"),
        directions=_text(node, "at0009"),
        amount=_plain(amount["magnitude"], amount["precision"]),
        unit=_text(node, "at0145"),
        frequency=_text(node, "at0027"),
        as_needed=bool(_value(node, "at0024")),
        indication=_text(node, "at0018"),
        start=_text(node, "at0012"),
    )


def _step(node: Node) -> Iterator[it.Item]:
    step = node["ism_transition"]["careflow_step"]
    yield it.Step(
        step=_STEPS[_code(step)],  # type: ignore[arg-type]
        words=step["value"],
        drug=_coding(_value(node, "at0020")),
        time=node["time"]["value"],
        reason=_text(node, "at0021"),
        comment=_text(node, "at0024"),
    )


def _act(node: Node) -> Iterator[it.Item]:
    yield it.Act(
        name=_coding(_value(node, "at0002")),
        done=_code(node["ism_transition"]["careflow_step"]) == "at0043",
        time=node["time"]["value"],
        due=_text(node, "at0066"),
        site=_text(node, "at0063"),
        reason=_text(node, "at0014"),
        told=_text(node, "at0006") or _text(node, "at0049"),
    )


def _examination(node: Node) -> Iterator[it.Item]:
    yield it.Examination(
        _text(node, "at0004"),
        _text(node, "at0005"),
        _when(node),
        _text(node, "at0008"),
        _text(node, "at0021"),
    )


def _implant(node: Node) -> Iterator[it.Item]:
    yield it.Implant(
        name=_text(node, "at0007"),
        model=_text(node, "at0023"),
        serial=_text(node, "at0020"),
        since=_text(node, "at0008")[:10],
        site=_text(node, "at0012"),
    )


def _relative(node: Node) -> Iterator[it.Item]:
    deceased = bool(_value(node, "at0023")["value"])
    yield it.Relative(_text(node, "at0016"), _text(node, "at0009"), deceased=deceased)


def _movement(node: Node) -> Iterator[it.Item]:
    if "discharge" in node["archetype_node_id"]:
        yield it.Movement(entry=False, time=_text(node, "at0004"), ward=_text(node, "at0066"), mode="")
        return
    yield it.Movement(
        entry=True, time=_text(node, "at0071"), ward=_text(node, "at0077"), mode=_text(node, "at0013")
    )


def _words(node: Node) -> Iterator[it.Item]:
    if "service_request" in node["archetype_node_id"]:
        yield it.Request(_text(node, "at0121"), _text(node, "at0150"))
    else:
        yield it.Prose(node["name"]["value"], _text(node, "at0002"))


_READERS: dict[str, Callable[[Node], Iterator[it.Item]]] = {
    "laboratory_test_result": _panel,
    "blood_pressure": _pressure,
    **dict.fromkeys(_SIGNS, _sign),
    "problem_diagnosis": _diagnosis,
    "exclusion_specific": _diagnosis,
    "adverse_reaction_risk": _reaction,
    "exclusion_global": _none_known,
    "medication_order": _order,
    "medication": _step,
    "procedure": _act,
    "imaging_exam_result": _examination,
    "device_summary": _implant,
    "family_history": _relative,
    "admission": _movement,
    "discharge_admin_info": _movement,
    "service_request": _words,
    "clinical_synopsis": _words,
}
