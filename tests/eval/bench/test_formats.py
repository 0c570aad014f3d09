"""The invented reports of the format benchmark are read whole in each format, and growth is measured."""

from __future__ import annotations

import pytest

from eval.bench.format_sources import ANALYTES, SOURCES, source_of
from eval.bench.formats import bench_formats
from eval.bench.one_format import one_format
from models.hashing import HashingEmbedder
from retrieval.composition import ReadDocument
from retrieval.formats.base import FORMATS, Source, load_format

REGISTERED = [name for name in SOURCES if name in FORMATS]


@pytest.mark.parametrize("name", REGISTERED)
def test_a_report_is_read_whole_in_its_format(name: str) -> None:
    file, data = source_of(name, 7)
    source = Source(name=file, data=data)
    assert load_format(name).recognises(source)
    documents = [item for item in load_format(name).read(source) if isinstance(item, ReadDocument)]
    text = "\n".join(document.text for document in documents)
    assert len(documents) == 1
    assert "numéro 7" in text
    assert all(each.name in text for each in ANALYTES)
    assert "3,47" in text


def test_no_two_reports_are_the_same() -> None:
    for name in SOURCES:
        assert len({source_of(name, number)[1] for number in range(50)}) == 50
        assert source_of(name, 3) == source_of(name, 3)


def test_a_format_is_measured() -> None:
    found = one_format("text", 6, HashingEmbedder())
    assert set(found) == {"documents_per_s", "read_ms", "peak_mb", "peak_beyond_encoder_mb"}
    assert found["peak_mb"] > found["peak_beyond_encoder_mb"] >= 0


def test_growth_compares_the_last_third_with_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("eval.bench.formats.SOURCES", {})
    names = [item.name for item in bench_formats(documents=1, growth=(9,))]
    assert [name.removeprefix("formats.growth_9.") for name in names] == [
        "ms_per_document",
        "last_to_first",
        "last_to_first_processor",
    ]
