"""One suite for every registered format: what any reader must keep to, whatever its family.

A format takes part with an example in `format_examples.py`; one that has none fails here, by name.
"""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.composition import ReadDocument, ReadItem, ReadPatient, Rejection
from retrieval.errors import InputError, UnknownRecord
from retrieval.formats.base import FORMATS, Format, Source, load_format
from tests.contracts.format_examples import EXAMPLES

NAMES = sorted(FORMATS)


@pytest.fixture(params=NAMES)
def reader(request: pytest.FixtureRequest) -> Format:
    return load_format(request.param)


@pytest.fixture
def example(reader: Format) -> Source:
    if reader.name not in EXAMPLES:
        pytest.fail(f"give the format {reader.name} an example in tests/contracts/format_examples.py")
    return EXAMPLES[reader.name]()


def items_of(reader: Format, source: Source) -> list[ReadItem]:
    return list(reader.read(source))


def outcome(reader: Format, source: Source) -> tuple[list[ReadItem], str]:
    """The items of a source, or the reason of its InputError; no other error may come out."""
    try:
        return items_of(reader, source), ""
    except InputError as error:
        return [], error.reason


def documents_of(reader: Format, source: Source) -> list[ReadDocument]:
    found = [item for item in items_of(reader, source) if isinstance(item, ReadDocument)]
    assert found, "the example must hold at least one document"
    return found


def test_the_registry_and_the_format_agree_on_the_name(reader: Format) -> None:
    assert FORMATS[reader.name]
    assert load_format(reader.name) is not reader


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        load_format("no-such-format")


def test_its_example_is_recognised_and_read(reader: Format, example: Source) -> None:
    assert reader.recognises(example)
    for item in items_of(reader, example):
        assert isinstance(item, ReadDocument | ReadPatient | Rejection)


def test_only_one_format_takes_the_example(reader: Format, example: Source) -> None:
    takers = [name for name in FORMATS if load_format(name).recognises(example)]
    assert takers[0] == reader.name


def test_reading_twice_gives_the_same(reader: Format, example: Source) -> None:
    assert items_of(reader, example) == items_of(load_format(reader.name), example)


def test_every_quote_is_the_text_between_its_offsets(reader: Format, example: Source) -> None:
    for document in documents_of(reader, example):
        assert document.text_version.partition("@v")[2].isdigit()
        for fact in document.facts:
            locator = fact.locator
            assert document.text[locator.start : locator.end] == locator.quote
            assert hashlib.sha256(locator.quote.encode()).hexdigest() == locator.sha256
            assert locator.text_version == document.text_version
            assert locator.record_id == document.composition.record_id
            assert locator.version == document.composition.version
            for detail in fact.details:
                assert 0 <= detail.start <= detail.end <= len(document.text)


def test_fact_ids_are_unique(reader: Format, example: Source) -> None:
    ids = [fact.id for document in documents_of(reader, example) for fact in document.facts]
    assert len(ids) == len(set(ids)) > 0
    assert all(ids)


def test_blocks_are_in_order_and_do_not_overlap(reader: Format, example: Source) -> None:
    for document in documents_of(reader, example):
        assert document.blocks
        end = 0
        for block in document.blocks:
            assert end <= block.start < block.end <= len(document.text)
            end = block.end


def test_every_path_resolves_in_the_stored_bytes(reader: Format, example: Source) -> None:
    for document in documents_of(reader, example):
        for fact in document.facts:
            assert reader.resolve(document.raw, fact.locator.path) is not None
            for detail in fact.details:
                assert reader.resolve(document.raw, detail.path) is not None


def test_a_path_to_nothing_is_an_unknown_record(reader: Format, example: Source) -> None:
    document = documents_of(reader, example)[0]
    with pytest.raises(UnknownRecord):
        reader.resolve(document.raw, "/no/such/place[1]")


def test_the_raw_bytes_read_again_give_the_same_text(reader: Format, example: Source) -> None:
    for document in documents_of(reader, example):
        again = documents_of(reader, example.model_copy(update={"data": document.raw}))
        assert [other.text for other in again] == [document.text]


@pytest.mark.parametrize(
    "data", [b"", b" \n", b"\x00\x01\x02", b"Bonjour", b"{}", b"<a/>", "é".encode("latin-1")]
)
def test_what_is_not_its_own_is_an_input_error_with_a_reason(reader: Format, data: bytes) -> None:
    source = Source(name="essai", data=data)
    assert isinstance(reader.recognises(source), bool)
    items, reason = outcome(reader, source)
    assert reason or all(isinstance(item, Rejection) or data == b"Bonjour" for item in items)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=50, deadline=None)
@given(data=st.binary(max_size=300))
def test_random_bytes_never_raise_anything_else(name: str, data: bytes) -> None:
    reader = load_format(name)
    source = Source(name="essai", data=data)
    assert isinstance(reader.recognises(source), bool)
    items, reason = outcome(reader, source)
    assert reason or isinstance(items, list)


def test_a_truncated_example_is_refused_or_rejected(reader: Format, example: Source) -> None:
    cut = example.model_copy(update={"data": example.data[: len(example.data) // 2]})
    items, reason = outcome(reader, cut)
    assert reason or all(isinstance(item, Rejection | ReadDocument) for item in items)
