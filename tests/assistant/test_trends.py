"""Trends and their drawing: what counts, in what order, and that the drawing is sound and inert."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from assistant.trend_svg import HEIGHT, WIDTH, draw, moment
from assistant.trends import Point, Trend, slug, trends
from retrieval.fact import Code, Coded, Fact, Quantity, ReferenceRange
from retrieval.locator import locate
from retrieval.terminology.conversions import Measured


def fact(magnitude: str, day: str | None, **more: object) -> Fact:
    place = locate("x", (0, 1), system="s", record_id="r", version="1", path="/", text_version="t@v1")
    base: dict[str, object] = {
        "id": f"{magnitude}-{day}",
        "kind": "laboratory",
        "label": "Créatinine",
        "codes": (Code(system="LOINC", code="2160-0"),),
        "value": Quantity(magnitude=Decimal(magnitude), unit="umol/L"),
        "effective": day,
        "locator": place,
    }
    return Fact.model_validate(base | more)


def test_what_is_wrong_absent_undated_or_a_relatives_does_not_count() -> None:
    kept = fact("90", "2024-01-01")
    facts = [
        kept,
        fact("91", None),
        fact("92", "2024-01-02", status="entered_in_error"),
        fact("93", "2024-01-03", certainty="absent"),
        fact("94", "2024-01-04", subject="family"),
        fact("95", "2024-01-05", value=Coded(text="élevée")),
    ]
    (trend,) = trends(facts)
    assert [point.value for point in trend.points] == [Decimal("90")]


def test_points_are_in_order_of_time_and_units_apart() -> None:
    other = Quantity(magnitude=Decimal("10"), unit="mg/L")
    facts = [fact("90", "2024-03-01"), fact("80", "2024-01-01"), fact("10", "2024-02-01", value=other)]
    first, second = trends(facts, code="creatinine")
    assert [point.at for point in first.points] == ["2024-01-01", "2024-03-01"]
    assert (first.unit, second.unit, first.code) == ("umol/L", "mg/L", "2160-0")
    assert trends(facts, code="2823-3") == ()


def measure_of(found: Fact) -> Measured:
    return Measured(analytes=(ANALYTES[found.label],), codes=tuple(code.code for code in found.codes))


ANALYTES = {"Créatinine": "analyte:creatinine", "Glycémie": "analyte:glucose", "CRP": "analyte:crp"}


def quantity(magnitude: str, unit: str) -> Quantity:
    return Quantity(magnitude=Decimal(magnitude), unit=unit)


def test_mass_and_amount_are_one_series_in_the_unit_of_the_latest() -> None:
    limits = ReferenceRange(low=Decimal("6"), high=Decimal("12"))
    facts = [
        fact("90", "2024-03-01"),
        fact("10.0", "2024-02-01", value=quantity("10.0", "mg/L"), reference_range=limits),
        fact("80", "2024-01-01"),
    ]
    (trend,) = trends(facts, measure_of=measure_of)
    assert trend.unit == "umol/L"
    assert [point.value for point in trend.points] == [Decimal("80"), Decimal("88.4"), Decimal("90")]
    first, converted, last = trend.points
    assert (converted.recorded, converted.recorded_unit, converted.rule) == (
        Decimal("10.0"),
        "mg/L",
        "creatinine",
    )
    assert (converted.low, converted.high) == (Decimal("53"), Decimal("110"))
    assert (first.recorded, last.recorded, last.rule) == (None, None, "")
    assert "10,0 mg/L, soit 88,4" in draw(trend)


def test_two_codes_of_one_analyte_are_one_series_when_their_units_differ() -> None:
    mass = {"codes": (Code(system="http://loinc.org", code="2345-7"),), "label": "Glycémie"}
    molar = {"codes": (Code(system="LOINC", code="14749-6"),), "label": "Glycémie"}
    facts = [
        fact("1.00", "2024-01-01", value=quantity("1.00", "g/L"), **mass),
        fact("6.1", "2024-02-01", value=quantity("6.1", "mmol/L"), **molar),
    ]
    (trend,) = trends(facts, measure_of=measure_of)
    assert [point.value for point in trend.points] == [Decimal("5.55"), Decimal("6.1")]
    assert trends(facts, code="2345-7", measure_of=measure_of) == (trend,)
    assert len(trends(facts)) == 2
    same_unit = [facts[0], fact("1.20", "2024-03-01", value=quantity("1.20", "g/L"), **molar)]
    assert len(trends(same_unit, measure_of=measure_of)) == 2


def test_no_table_no_conversion() -> None:
    crp = {"codes": (), "label": "CRP"}
    facts = [
        fact("5", "2024-01-01", value=quantity("5", "mg/L"), **crp),
        fact("40", "2024-02-01", value=quantity("40", "nmol/L"), **crp),
        fact("6", "2024-03-01", value=quantity("6", "mg/L"), **crp),
    ]
    first, second = trends(facts, measure_of=measure_of)
    assert (first.unit, len(first.points), second.unit) == ("mg/L", 2, "nmol/L")
    assert all(point.recorded is None for trend in (first, second) for point in trend.points)


def test_two_writings_of_a_unit_are_one_series_and_nothing_is_converted() -> None:
    facts = [
        fact("250", "2024-01-01", value=quantity("250", "10*3/uL")),
        fact("240", "2024-02-01", value=quantity("240", "10*9/L")),
    ]
    (trend,) = trends(facts)
    assert [(point.value, point.recorded) for point in trend.points] == [
        (Decimal("250"), None),
        (Decimal("240"), None),
    ]


def test_slugs_are_plain() -> None:
    assert slug("Créatinine (sérum) – µmol/L") == "creatinine-serum-mol-l"


def test_partial_dates_have_a_moment() -> None:
    assert moment("2024") == moment("2024-01") == moment("2024-01-01") == moment("2024-01-01T00:00:00Z")
    assert moment("2024-01-01T00:00:00+01:00") < moment("2024-01-01T00:00:00Z")


POINTS = st.builds(
    Point,
    at=st.dates().map(str),
    value=st.decimals(min_value=-1000, max_value=100000, places=2),
    comparator=st.sampled_from([None, "<", ">="]),
    low=st.one_of(st.none(), st.decimals(min_value=0, max_value=100, places=1)),
    high=st.one_of(st.none(), st.decimals(min_value=100, max_value=200, places=1)),
    fact_id=st.just("f"),
    record_id=st.just("r"),
    version=st.just("1"),
    start=st.just(0),
    end=st.just(1),
)


@given(st.lists(POINTS, min_size=1, max_size=12), st.text(max_size=30).filter(str.isprintable))
def test_any_series_is_drawn_inside_its_frame_and_names_nothing_else(points: list[Point], label: str) -> None:
    ordered = tuple(sorted(points, key=lambda point: point.at))
    drawn = draw(Trend(code="c", label=label, unit="<b>", kind="laboratory", points=ordered))
    root = etree.fromstring(drawn.encode())
    circles = [element for element in root.iter() if etree.QName(element).localname == "circle"]
    assert len(circles) == len(points)
    for circle in circles:
        assert 0 <= float(circle.get("cx")) <= WIDTH
        assert 0 <= float(circle.get("cy")) <= HEIGHT
    names = {etree.QName(element).localname for element in root.iter()}
    assert names <= {"svg", "title", "style", "rect", "line", "polyline", "text", "circle"}
    assert not any(
        "href" in name or name.startswith("on") for element in root.iter() for name in element.attrib
    )


def test_a_band_with_one_limit_reaches_the_edge() -> None:
    limits = ReferenceRange(high=Decimal("100"))
    (trend,) = trends([fact("90", "2024-01-01", reference_range=limits)])
    assert 'class="band"' in draw(trend)


def test_a_drawing_is_told_in_good_french() -> None:
    (one,) = trends([fact("90", "2024-01-01")])
    (two,) = trends([fact("90", "2024-01-01"), fact("95", "2024-02-01")])
    told = [etree.fromstring(draw(trend).encode()).get("aria-label") for trend in (one, two)]
    assert told == [
        "Créatinine (umol/L)\u202f: 1 valeur, dernière 90 le 01/01/2024",
        "Créatinine (umol/L)\u202f: 2 valeurs, dernière 95 le 01/02/2024",
    ]
    assert " :" not in draw(two)
