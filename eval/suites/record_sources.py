"""Questions on cultures, transfusions, and on who wrote what."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal

from eval.cases.gold import GoldSpan, NumberGold, PolarityGold
from eval.suites.record_ask import Asked, Reader, ask, on, term
from eval.synthetic.truth import Truth

_CATEGORY = {
    "S": ("sensible",),
    "I": ("sensible à forte posologie", "intermédiaire"),
    "R": ("résistant", "résistante"),
}
_STERILE = ("stérile", "négatif", "négative", "négatives", "absence de germe", "aucun germe", "pas de germe")


def _short(truth: Truth) -> str:
    return truth.key.partition("/")[2]


def cultures(reader: Reader) -> Iterator[Asked]:
    """What grew, what it is sensitive to."""
    for item in reader.patient.microbiology:
        day = f"{item.time:%d/%m/%Y}"
        others = {one.germ for one in reader.patient.microbiology if one.germ and one.germ != item.germ}
        slots = {"label": item.label, "day": day}
        germ = term(item.germ, _short_germ(item.germ)) if item.germ else term(*_STERILE)
        yield ask(
            "organism", _short(item), "microbiology", reader=reader, stated=item.stated, all_of=(germ,),
            none_of=[term(other) for other in sorted(others)], slots=slots, known=[on(item.time.date())],
        )  # fmt: skip
        for line in item.antibiogram[:2]:
            wrong = [word for key, forms in _CATEGORY.items() if key != line.category for word in forms]
            yield ask(
                "susceptibility", f"{_short(item)}-{line.loinc}", "microbiology", reader=reader,
                stated=item.stated, any_of=(term(*_CATEGORY[line.category], line.category),),
                none_of=[term(word) for word in wrong] if line.category != "I" else (),
                slots={"drug": line.antibiotic, "day": day},
            )  # fmt: skip


def transfusions(reader: Reader) -> Iterator[Asked]:
    """Whether, when and how many units."""
    for given in reader.patient.transfusions:
        slots = {"day": f"{given.on:%d/%m/%Y}"}
        yield ask(
            "transfusion_units", _short(given), "value", reader=reader, stated=given.stated, slots=slots,
            any_of=(NumberGold(value=Decimal(given.units), unit=unit) for unit in ("", "{unit_of_blood}")),
        )  # fmt: skip
    if reader.patient.transfusions:
        places = [s for given in reader.patient.transfusions for s in given.stated]
        yield ask(
            "transfusion", "any", "negation", reader=reader, stated=places,
            any_of=(
                PolarityGold(present=True, about="transfusion"),
                *(term(given.product) for given in reader.patient.transfusions),
            ),
        )  # fmt: skip


def _short_germ(germ: str) -> str:
    first, _, rest = germ.partition(" ")
    return f"{first[0]}. {rest}" if rest else germ


def authors(reader: Reader) -> Iterator[Asked]:
    """Who wrote a letter, a report or a nurse's note; who introduced a drug."""
    seen: dict[str, set[str]] = {}
    written = []
    for item in reader.patient.documents:
        if item.kind in ("compte rendu", "courrier", "transmission", "imagerie", "ordonnance"):
            name = json.loads(item.raw)["composer"]["name"]
            written.append((item, name))
            seen.setdefault(f"{item.title} {item.time:%d/%m/%Y}", set()).add(name)
    everyone = {name for _, name in written}
    for item, name in written:
        day = f"{item.time:%d/%m/%Y}"
        if len(seen[f"{item.title} {day}"]) == 1:
            others = [
                term(_surname(other)) for other in sorted(everyone) if _surname(other) != _surname(name)
            ]
            yield ask(
                "author", item.key, "who", reader=reader, stated=(), slots={"title": item.title, "day": day},
                all_of=(term(name, _surname(name)),), none_of=others, stratum="structured",
                spans=(GoldSpan(record_id=item.uid, words=name),), known=[on(item.time.date())],
            )  # fmt: skip


def _surname(name: str) -> str:
    return re.split(r"[(,]", name, maxsplit=1)[0].strip().rpartition(" ")[2]


KINDS = (cultures, transfusions, authors)
