"""The page's own reckoning, called inside the browser: offsets, dates, numbers, marks, events, courses."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.browser.fake_service import FakeService

pytestmark = pytest.mark.browser

CALL = """async ([module, name, given]) => {
  const found = await import(`/static/js/${module}.js`);
  return found[name](...given);
}"""
TRICKY = st.text(alphabet=st.sampled_from("aé\u0301ïœ 🩺🫀👩\u200d⚕️\u202f\u00a0\n\r\t’«»\ufeff"), max_size=60)


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    """One page for the whole file: nothing here changes it."""
    fake = FakeService()
    context = chromium.new_context(locale="fr-FR")
    opened = context.new_page()
    opened.goto(fake.address)
    opened.wait_for_selector("dialog[open]")
    yield opened
    context.close()
    fake.close()


@pytest.fixture
def call(page: Any) -> Any:
    """Call an exported function of a module of the page."""
    return lambda module, name, *given: page.evaluate(CALL, [module, name, list(given)])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TRICKY, data=st.data())
def test_slices_count_code_points_as_python_does(call: Any, text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    assert call("codepoints", "slicePoints", text, start, end) == text[start:end]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TRICKY, data=st.data())
def test_segments_keep_every_character_and_mark_the_span(call: Any, text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    blocks = [{"start": a, "end": b, "path": f"/{a}"} for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    pieces = call("codepoints", "segments", text, blocks, {"start": start, "end": end})
    assert "".join(piece["text"] for piece in pieces) == text
    assert "".join(piece["text"] for piece in pieces if piece["marked"]) == text[start:end]
    for block in blocks:
        held = "".join(piece["text"] for piece in pieces if piece["block"] == block)
        if blocks.count(block) == 1:
            assert held == text[block["start"] : block["end"]]


def test_an_offset_outside_the_text_is_not_a_place(call: Any) -> None:
    assert call("codepoints", "slicePoints", "a🩺", 0, 3) is None
    assert call("codepoints", "slicePoints", "a🩺", 2, 1) is None


@pytest.mark.parametrize(
    ("iso", "shown"),
    [
        ("2024-03-12", "12/03/2024"),
        ("2024-03", "03/2024"),
        ("2024", "2024"),
        ("2024-03-12T08:30:00+02:00", "12/03/2024"),
        ("", ""),
        ("hier", ""),
    ],
)
def test_dates_are_shown_as_recorded(call: Any, iso: str, shown: str) -> None:
    assert call("format", "shortDate", iso) == shown


def test_times_numbers_and_units(call: Any) -> None:
    assert call("format", "dateTime", "2024-03-12T23:30:00Z") == "12/03/2024 à 23 h 30"
    assert call("format", "dateTime", "2024-03-12T00:00:00") == "12/03/2024"
    assert call("format", "shortDate", "2024-03-12", "en") == "12 Mar 2024"
    assert call("format", "number", "5.40") == "5,40"
    assert call("format", "number", "12500") == "12\u202f500"
    assert call("format", "number", "-3") == "−3"
    assert call("format", "number", "1E+3") == "1E+3"
    units = {
        "umol/L": "µmol/L",
        "mm[Hg]": "mmHg",
        "10*9/L": "10⁹/L",
        "Cel": "°C",
        "mL": "mL",
        "1": "",
        "ug/L": "µg/L",
    }
    assert {given: call("format", "unit", given) for given in units} == units


@pytest.mark.parametrize(
    ("text", "marks"),
    [
        ("Potassium 5,4 mmol/L le 27/02/2026.", ["5,4 mmol/L"]),
        ("Créatinine 142 µmol/L (45-84).", ["142 µmol/L", "45", "84"]),
        ("Enoxaparine 4 000 UI deux fois par jour.", ["4 000 UI"]),
        ("CRP < 5 mg/L, DFG 32 mL/min/1,73 m².", ["< 5 mg/L", "32 mL/min/1,73 m²"]),
        ("Fraction d’éjection 35 % en 03/2024.", ["35 %"]),
        ("Hémoglobine B12 et T4 libre.", []),
        ("Plaquettes 231 10*9/L.", ["231 10*9/L"]),
        ("Le 2024-03-12, TA 128/72 mmHg.", ["128/72 mmHg"]),
    ],
)
def test_what_must_be_checked_is_marked(call: Any, text: str, marks: list[str]) -> None:
    pieces = call("marking", "checkable", text)
    assert "".join(piece["text"] for piece in pieces) == text
    assert [piece["text"] for piece in pieces if piece["kind"]] == marks


def test_drug_names_come_from_the_record(page: Any) -> None:
    shown = page.evaluate("""async () => {
      const { checkable, drugWords } = await import("/static/js/marking.js");
      const drugs = drugWords(["énoxaparine (Lovenox)", "acide acétylsalicylique", "béclométasone, formotérol et glycopyrronium (Trimbow)"]);
      return checkable("LOVENOX et Acétylsalicylique, acide urique ; formoterol.", drugs)
        .filter((piece) => piece.kind).map((piece) => piece.text);
    }""")
    assert shown == ["LOVENOX", "Acétylsalicylique", "formoterol"]


def test_events_survive_any_cut_of_the_stream(page: Any) -> None:
    found = page.evaluate("""async () => {
      const { readEvents } = await import("/static/js/events.js");
      const wire = ': hello\\r\\n\\r\\nevent: evidence\\r\\ndata: {"é": "🩺"}\\r\\n\\r\\nevent: x\\ndata: [1,\\ndata: 2]\\n\\nevent: last\\ndata: 3\\n\\n';
      const bytes = new TextEncoder().encode(wire);
      const results = [];
      for (let size = 1; size <= bytes.length; size += 1) {
        const body = new ReadableStream({ start(to) {
          for (let i = 0; i < bytes.length; i += size) to.enqueue(bytes.slice(i, i + size));
          to.close();
        } });
        const events = [];
        for await (const event of readEvents(body)) events.push(event);
        results.push(JSON.stringify(events));
      }
      return [...new Set(results)];
    }""")
    assert found == [
        '[{"event":"evidence","data":{"é":"🩺"}},{"event":"x","data":[1,2]},{"event":"last","data":3}]'
    ]


def statement(label: str, effective: str | None, status: str, **details: str) -> dict[str, Any]:
    """A medication fact."""
    return {
        "label": label,
        "codes": [],
        "effective": effective,
        "status": status,
        "certainty": "present",
        "subject": "patient",
        "details": [{"name": name, "text": text} for name, text in details.items()],
    }


def test_courses_tell_current_from_stopped(call: Any) -> None:
    found = call(
        "courses",
        "courses",
        [
            statement("Furosémide", "2024-05-01", "stopped", reason_stopped="hypotension"),
            statement("furosemide", "2023-01-01", "active", dose="40 mg"),
            statement("Apixaban", "2026-01-01", "active", dose="5 mg"),
            statement("Apixaban", "2025-06-01", "stopped", reason_stopped="chirurgie"),
            statement("Apixaban", "2024-01-01", "active"),
            statement("Amiodarone", "2026-02-01", "planned"),
            statement("Digoxine", "2020-01-01", "active") | {"subject": "family"},
            statement("Lithium", "2020-01-01", "active") | {"certainty": "absent"},
        ],
    )
    current, stopped, other = found["current"], found["stopped"], found["other"]
    assert [(one["label"], one["since"]) for one in current] == [("Apixaban", "2026-01-01")]
    assert [(one["label"], one["stopped"], one["whyStopped"]) for one in stopped] == [
        ("Furosémide", "2024-05-01", "hypotension")
    ]
    assert [one["label"] for one in other] == ["Amiodarone"]


@pytest.mark.parametrize(
    ("point", "level"),
    [
        ({"value": "5.4", "low": "3.5", "high": "5.0", "interpretation": None}, "high"),
        ({"value": "3.4", "low": "3.5", "high": None, "interpretation": None}, "low"),
        ({"value": "5.0", "low": "3.5", "high": "5.0", "interpretation": None}, "normal"),
        ({"value": "5.4", "low": None, "high": None, "interpretation": None}, "normal"),
        ({"value": "6.9", "low": "3.5", "high": "5.0", "interpretation": "critical_high"}, "critical_high"),
    ],
)
def test_levels(call: Any, point: dict[str, Any], level: str) -> None:
    assert call("labs", "level", point) == level


@pytest.mark.parametrize(
    ("first", "last", "most", "count"),
    [(24300, 24311, 14, 12), (24300, 24383, 14, 14), (24300, 24300, 4, 1), (23000, 24383, 10, 7)],
)
def test_timeline_columns_fit_and_cover(call: Any, first: int, last: int, most: int, count: int) -> None:
    cols = call("timeline", "columns", first, last, most)
    assert len(cols) == count <= most
    assert cols[0]["from"] <= first
    assert cols[-1]["to"] >= last
    assert all(after["from"] == before["to"] + 1 for before, after in pairwise(cols))


def test_elements_are_built_of_text_only(page: Any) -> None:
    told = page.evaluate("""async () => {
      const { h } = await import("/static/js/dom.js");
      const node = h("p", { title: "<b>" }, "<img src=x onerror=alert(1)>", null, ["a", h("b", {}, "c")]);
      const refused = [];
      for (const [name, value] of [["onclick", "alert(1)"], ["style", "color:red"], ["srcdoc", "x"]]) {
        try { h("p", { [name]: value }); } catch (error) { refused.push(error.name); }
      }
      return [node.outerHTML, refused];
    }""")
    assert told == [
        '<p title="&lt;b&gt;">&lt;img src=x onerror=alert(1)&gt;a<b>c</b></p>',
        ["TypeError", "TypeError", "TypeError"],
    ]
