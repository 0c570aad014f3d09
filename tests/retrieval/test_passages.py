"""Passages: exact offsets, full coverage, sections and groups."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.composition import Block, ReadDocument
from retrieval.passages import GROUP_CHARACTERS, NARRATIVE_CHARACTERS, passages_of
from retrieval.sections import heading_of, sections_of
from tests.retrieval.documents import document

REPORT = """COMPTE RENDU D’HOSPITALISATION

Motif d’hospitalisation :
Dyspnée aiguë. L’examen clinique est normal.

Antécédents
HTA, diabète de type 2.

Conclusion :
Décompensation cardiaque sur rupture de traitement.
"""

WORDS = st.sampled_from(
    [
        "Potassium",
        "5,4 mmol/L",
        "é",
        "œ",
        "\n",
        "\n\n",
        ". ",
        "Conclusion :\n",
        " ",
        "x" * 70,
        "👩‍⚕️",
        "\t",
        "\u2028",
    ]
)
TEXTS = st.lists(WORDS, max_size=60).map("".join)


@st.composite
def documents(draw: st.DrawFn) -> ReadDocument:
    text = draw(TEXTS)
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=12)))
    blocks = []
    for start, end in zip(cuts[::2], cuts[1::2], strict=False):
        heading = tuple(draw(st.lists(st.sampled_from(["Biologie", "Ionogramme"]), max_size=2)))
        narrative = draw(st.booleans())
        blocks.append(Block(start=start, end=end, path=f"/c[{start}]", heading=heading, narrative=narrative))
    return document("r1", text).model_copy(update={"blocks": tuple(blocks)})


@given(documents())
def test_passages_quote_the_text_and_cover_it(read: ReadDocument) -> None:
    passages = passages_of(read)
    covered = set()
    last = 0
    for passage in passages:
        place = passage.locator
        assert place.quote == read.text[place.start : place.end]
        assert place.quote.strip() == place.quote != ""
        assert place.start >= last
        last = place.end
        assert place.quote in passage.text
        assert len(place.quote) <= GROUP_CHARACTERS
        covered.update(range(place.start, place.end))
    assert all(character.isspace() for n, character in enumerate(read.text) if n not in covered)
    assert len({passage.id for passage in passages}) == len(passages)


def test_narrative_is_cut_at_its_sections() -> None:
    passages = passages_of(document("r1", REPORT))
    assert [passage.heading for passage in passages] == [
        ("COMPTE RENDU D’HOSPITALISATION",),
        ("Motif d’hospitalisation",),
        ("Antécédents",),
        ("Conclusion",),
    ]
    assert passages[3].text.startswith("Compte rendu > Conclusion (2024-03-01)\nConclusion :\nDécompensation")


def test_long_narrative_is_cut_at_sentences() -> None:
    text = "Le patient va bien ce jour. " * 60
    passages = passages_of(document("r1", text))
    assert len(passages) > 2
    assert all(len(passage.locator.quote) <= NARRATIVE_CHARACTERS for passage in passages)
    assert all(passage.locator.quote.endswith(".") for passage in passages)


def test_entries_of_one_chapter_share_a_passage() -> None:
    lines = [f"Analyte {number} : {number},0 mmol/L\n" for number in range(80)]
    text, blocks, place = "", [], 0
    for number, line in enumerate(lines):
        text += line
        heading = ("Biologie" if number < 40 else "Vitaux", f"Entrée {number}")
        blocks.append(Block(start=place, end=place + len(line), path=f"/e[{number}]", heading=heading))
        place = len(text)
    passages = passages_of(document("r1", text).model_copy(update={"blocks": tuple(blocks)}))
    assert len(passages) == 4
    assert {passage.heading for passage in passages} == {("Biologie",), ("Vitaux",)}
    assert "".join(passage.locator.quote + "\n" for passage in passages) == text


def test_a_heading_line_is_not_a_sentence() -> None:
    assert heading_of("Examen clinique :") == "Examen clinique"
    assert heading_of("3. CONCLUSION") == "CONCLUSION"
    assert heading_of("  Traitement de sortie") == "Traitement de sortie"
    assert heading_of("L’examen clinique est normal.") is None
    assert heading_of("K 5,4 mmol/L") is None
    assert heading_of("V V V V B C A") is None
    assert heading_of("[MARTIN](NOM)") is None
    assert heading_of("") is None


@given(TEXTS)
def test_sections_cover_the_text(text: str) -> None:
    sections = sections_of(text)
    assert "".join(text[each.start : each.end] for each in sections) == text


def test_a_document_without_text_has_no_passage() -> None:
    assert passages_of(document("r1", "")) == ()
    assert passages_of(document("r1", " \n ")) == ()
