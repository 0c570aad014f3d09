"""Random reference-model trees and random bytes: spans are valid, paths resolve, time is bounded."""

from __future__ import annotations

import contextlib
import json
import time
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.errors import InputError
from retrieval.formats.base import Source
from retrieval.formats.openehr.canonical_json import CanonicalJson
from retrieval.formats.openehr.canonical_xml import CanonicalXml
from retrieval.formats.openehr.paths import follow, predicates
from tests.retrieval.formats.openehr import shapes as rm
from tests.retrieval.formats.openehr.checks import check_document, check_paths, uncovered

SETTINGS = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LETTERS = "abé'\"]/[& <>\n\r\t\u0301\u202f🩺\U0001f468:;,0159-"
WORDS = st.text(LETTERS, min_size=1, max_size=30).filter(str.strip)
XML_WORDS = WORDS
NAMES = st.text("abé'] 🩺\u0301,", min_size=1, max_size=12).filter(str.strip)
CODES = st.sampled_from(
    [f"at{number:04d}" for number in range(1, 12)] + ["at0024", "at0073", "at0144", "at0005.1"]
)
NUMBERS = st.one_of(
    st.integers(-(10**9), 10**9),
    st.decimals(-(10**6), 10**6, allow_nan=False, allow_infinity=False, places=3),
)
ARCHETYPES = {
    "EVALUATION": [
        "problem_diagnosis.v1",
        "adverse_reaction_risk.v2",
        "exclusion_specific.v1",
        "clinical_synopsis.v1",
        "inconnu.v0",
        "family_history.v2",
    ],
    "OBSERVATION": [
        "laboratory_test_result.v1",
        "blood_pressure.v2",
        "pulse.v2",
        "imaging_exam_result.v0",
        "inconnu.v0",
    ],
    "ACTION": ["medication.v1", "procedure.v1", "inconnu.v0"],
    "INSTRUCTION": ["medication_order.v3", "service_request.v1", "inconnu.v0"],
    "ADMIN_ENTRY": ["admission.v1", "inconnu.v0"],
}
CLUSTERS = [
    "at0009",
    "at0003",
    "at0008",
    "openEHR-EHR-CLUSTER.laboratory_test_analyte.v1",
    "openEHR-EHR-CLUSTER.dosage.v1",
    "openEHR-EHR-CLUSTER.inconnu.v0",
]


def data_values() -> st.SearchStrategy[rm.Node]:
    moments = st.sampled_from(["2024", "2024-02", "2024-02-03", "2024-02-03T10:00:00Z", "20240203T1000", "x"])
    quantities = st.builds(rm.quantity, NUMBERS, st.sampled_from(["mmol/L", "1", "mm[Hg]", "é"]))
    ranged = st.builds(
        lambda value, low, high: rm.quantity(value, normal_range=rm.between(low, high)),
        NUMBERS,
        NUMBERS,
        st.none() | NUMBERS,
    )
    return st.one_of(
        st.builds(rm.text, WORDS),
        st.builds(rm.coded, WORDS, CODES),
        quantities,
        ranged,
        st.builds(lambda value: {"_type": "DV_COUNT", "magnitude": value}, st.integers(0, 10**6)),
        st.builds(lambda value: {"_type": "DV_BOOLEAN", "value": value}, st.booleans()),
        st.builds(lambda value: {"_type": "DV_DATE_TIME", "value": value}, moments),
        st.builds(
            lambda value: {"_type": "DV_DURATION", "value": value},
            st.sampled_from(["P3D", "PT0S", "P", "3 j"]),
        ),
        st.builds(
            lambda rank, words: {"_type": "DV_ORDINAL", "value": rank, "symbol": rm.coded(words)},
            st.integers(0, 5),
            WORDS,
        ),
        st.builds(
            lambda top, kind: {"_type": "DV_PROPORTION", "numerator": top, "denominator": 100, "type": kind},
            NUMBERS,
            st.integers(0, 4),
        ),
        st.builds(lambda words: {"_type": "DV_IDENTIFIER", "id": words, "type": "x"}, WORDS),
        st.builds(lambda words: {"_type": "DV_PARSABLE", "value": words, "formalism": "x"}, WORDS),
        st.builds(rm.between, NUMBERS, NUMBERS),
    )


ELEMENTS = st.builds(rm.element, CODES, NAMES, data_values())
NULLS = st.builds(
    lambda code, name: rm.element(code, name, null_flavour=rm.coded("x", "253", "openehr")), CODES, NAMES
)
ITEMS = st.recursive(
    st.one_of(ELEMENTS, NULLS),
    lambda inner: st.builds(
        lambda node_id, name, items: rm.cluster(node_id, name, *items),
        st.sampled_from(CLUSTERS),
        NAMES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=8,
)
TREES = st.builds(lambda items: rm.tree(*items), st.lists(ITEMS, max_size=5))


@st.composite
def entries(draw: st.DrawFn) -> rm.Node:
    kind = draw(st.sampled_from(sorted(ARCHETYPES)))
    archetype, name = draw(st.sampled_from(ARCHETYPES[kind])), draw(NAMES)
    if kind == "OBSERVATION":
        events = draw(
            st.lists(
                st.builds(lambda tree, name: rm.event(name=name) | {"data": tree}, TREES, NAMES), max_size=3
            )
        )
        return rm.observation(archetype, name, *events)
    if kind == "ACTION":
        state = st.sampled_from(["245", "531", "526"])
        return rm.action(
            archetype,
            name,
            step=rm.coded(draw(WORDS), draw(CODES)),
            state=rm.coded("x", draw(state), "openehr"),
        ) | {"description": draw(TREES)}
    if kind == "INSTRUCTION":
        return rm.instruction(archetype, name, *draw(TREES)["items"], narrative=draw(WORDS))
    return rm.entry(kind, archetype, name, data=draw(TREES))


CONTENT = st.recursive(
    entries(),
    lambda inner: st.builds(lambda name, items: rm.section(name, *items), NAMES, st.lists(inner, max_size=3)),
    max_leaves=5,
)
COMPOSITIONS = st.builds(
    lambda title, content: rm.composition(*content, title=title), NAMES, st.lists(CONTENT, max_size=4)
)


@SETTINGS
@given(COMPOSITIONS)
def test_spans_paths_and_reach_of_random_compositions(tree: rm.Node) -> None:
    start = time.process_time()
    document = rm.read_json(tree)
    assert time.process_time() - start < 2
    check_document(document)
    root = json.loads(rm.to_json(tree), parse_float=Decimal)
    check_paths(document, root)
    lost, _ = uncovered(document, root)
    assert lost == []


@SETTINGS
@given(COMPOSITIONS)
def test_xml_gives_the_same_text_and_facts(tree: rm.Node) -> None:
    as_json, as_xml = rm.read_json(tree), rm.read_xml(tree)
    assert as_json.text == as_xml.text
    assert as_json.facts == as_xml.facts
    assert as_json.blocks == as_xml.blocks


@SETTINGS
@given(WORDS, st.integers(0, 3))
def test_every_character_of_a_narrative_is_in_the_text(prose: str, before: int) -> None:
    others = [rm.evaluation("essai.v1", "🩺é", rm.element("at0001", "N", rm.text("🩺")))] * before
    tree = rm.composition(
        *others, rm.evaluation("clinical_synopsis.v1", "Note", rm.element("at0002", "T", rm.text(prose)))
    )
    fact = next(fact for fact in rm.read_json(tree).facts if fact.kind == "narrative")
    assert fact.locator.quote == prose


@SETTINGS
@given(st.lists(st.tuples(CODES, NAMES), max_size=8))
def test_each_predicate_finds_its_own_sibling(pairs: list[tuple[str, str]]) -> None:
    siblings = [{"archetype_node_id": node_id, "name": {"value": name}} for node_id, name in pairs]
    for sibling, predicate in zip(siblings, predicates(siblings) if siblings else [], strict=True):
        assert follow({"items": siblings}, f"/items{predicate}") is sibling


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.text("aé/[]", max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "_type",
                    "name",
                    "value",
                    "items",
                    "data",
                    "events",
                    "content",
                    "archetype_node_id",
                    "a/b",
                    "time",
                    "links",
                    "null_flavour",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=20,
)


@SETTINGS
@given(
    st.dictionaries(
        st.sampled_from(["content", "context", "feeder_audit", "links", "uid", "archetype_details"]),
        JSON_VALUES,
    )
)
def test_a_composition_with_anything_inside_is_read_or_refused(extra: dict[str, Any]) -> None:
    try:
        document = rm.read_json(rm.composition() | extra)
    except InputError:
        return
    check_document(document)
    for fact in document.facts:
        CanonicalJson().resolve(document.raw, fact.locator.path)


@SETTINGS
@given(st.binary(max_size=200), st.sampled_from([b"", b"{", b"[", b"<a>", b'{"_type": ']))
def test_random_bytes_give_an_input_error(data: bytes, head: bytes) -> None:
    for reader in (CanonicalJson(validate=False), CanonicalXml()):
        source = Source(name="x", data=head + data)
        assert isinstance(reader.recognises(source), bool)
        with contextlib.suppress(InputError):
            assert list(reader.read(source)) is not None
