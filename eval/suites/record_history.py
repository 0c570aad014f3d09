"""Questions on allergies, problems, family, stays, acts, imaging, devices and vaccines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from eval.cases.gold import DateGold, GoldSpan, GoldValue, PolarityGold
from eval.suites.record_ask import Asked, Reader, ask, on, pieces, shipped, term
from eval.synthetic.truth import Allergy, Patient, Truth


def _short(truth: Truth) -> str:
    return truth.key.partition("/")[2]


def _each(reader: Reader, truths: Iterable[Truth]) -> tuple[GoldSpan, ...]:
    return tuple(span for index, truth in enumerate(truths) for span in reader.spans(truth.stated, index))


def allergies(reader: Reader) -> Iterator[Asked]:
    """All allergies, each reaction and severity, a refuted one; never those of a namesake."""
    mine = reader.patient.allergies
    known = [item for item in mine if item.certainty in ("confirmed", "suspected")]
    names = {item.substance for item in mine}
    others = [
        term(item.substance)
        for other in reader.homonyms
        for item in other.allergies
        if item.substance not in names and item.certainty != "none_known"
    ]
    none = [item for item in mine if item.certainty == "none_known"]
    if known:
        yield ask(
            "allergy", "any", "allergy", reader=reader, stated=[s for item in known for s in item.stated],
            all_of=[term(item.substance) for item in known], none_of=others, critical="allergy",
            spans=_each(reader, known),
        )  # fmt: skip
    elif none:
        words = term(
            "aucune allergie", "pas d’allergie", "absence d’allergie", "pas d’allergie médicamenteuse"
        )
        yield ask(
            "allergy", "any", "negation", reader=reader, stated=[s for item in none for s in item.stated],
            any_of=(words, PolarityGold(present=False, about="allergie")), none_of=others, critical="allergy",
        )  # fmt: skip
    for item in mine:
        yield from _allergy(reader, item)


def _allergy(reader: Reader, item: Allergy) -> Iterator[Asked]:
    slots = {"substance": item.substance.lower()}
    rest = [other for other in reader.patient.allergies if other is not item and other.reaction]
    if item.certainty == "refuted":
        yield ask(
            "refuted", _short(item), "negation", reader=reader, stated=item.stated, slots=slots,
            any_of=(term("réfutée", "infirmée", "non", "négatif", "négatifs", "pas confirmée"),),
            critical="allergy",
        )  # fmt: skip
    elif item.reaction:
        told = [place for place in item.stated if item.reaction.lower() in place.quote.lower()]
        yield ask(
            "reaction", _short(item), "allergy", reader=reader, stated=told, slots=slots, critical="allergy",
            any_of=pieces(item.reaction), none_of=[term(other.reaction or "") for other in rest],
        )  # fmt: skip


def problems(reader: Reader) -> Iterator[Asked]:
    """Present and absent problems, worded alike; since when; the whole list."""
    words = shipped("questions")["absence"]
    present = [item for item in reader.patient.problems if item.certainty == "present"]
    for item in reader.patient.problems:
        slots = {"label": item.label[0].lower() + item.label[1:] if item.label[1:2].islower() else item.label}
        if item.certainty == "absent":
            own = (words[_short(item)],) if _short(item) in words else ()
            yield ask(
                "absent", _short(item), "negation", reader=reader, stated=item.stated, slots=slots,
                wordings=own, any_of=(PolarityGold(present=False, about=item.label), term(item.short)),
            )  # fmt: skip
        elif item.certainty == "present":
            yield ask(
                "present", _short(item), "negation", reader=reader, stated=item.stated, slots=slots,
                all_of=(PolarityGold(present=True, about=item.label),),
                known=_years(item.onset, item.resolved),
            )  # fmt: skip
        if item.certainty == "present" and item.onset is not None:
            told = [place for place in item.stated if place.structured]
            yield ask(
                "since", _short(item), "date", reader=reader, stated=told, slots=slots,
                all_of=(DateGold(iso=f"{item.onset:%Y}"),), known=_years(item.onset, item.resolved),
            )  # fmt: skip
    if len(present) >= 2:
        yield ask(
            "problems", "all", "list", reader=reader, stated=[s for item in present for s in item.stated],
            all_of=[term(item.label, item.short) for item in present], spans=_each(reader, present),
        )  # fmt: skip


def _years(*days: date | None) -> list[GoldValue]:
    return [on(day) for day in days if day is not None]


def family(reader: Reader) -> Iterator[Asked]:
    """What relatives had, and who."""
    told = reader.patient.family
    if told:
        yield ask(
            "family", "all", "list", reader=reader, stated=[s for item in told for s in item.stated],
            all_of=[term(item.condition) for item in told], spans=_each(reader, told),
        )  # fmt: skip
    for item in told:
        wrong = [term(other.relation) for other in told if other.relation != item.relation]
        yield ask(
            "relative", _short(item), "who", reader=reader, stated=item.stated, none_of=wrong,
            slots={"condition": item.condition.lower()}, all_of=(term(item.relation),),
        )  # fmt: skip


def stays(reader: Reader) -> Iterator[Asked]:
    """All stays; of the last one its days and ward."""
    told = reader.patient.stays
    if not told:
        return
    days = [on(when.date()) for stay in told for when in (stay.admitted, stay.discharged)]
    last, before = told[-1], told[:-1]
    data = [item for item in last.stated if item.structured]
    entry = [item for item in data if item.quote.startswith(f"{last.admitted:%Y-%m-%d}")]
    leave = [item for item in data if item.quote.startswith(f"{last.discharged:%Y-%m-%d}")]
    ward = [item for item in last.stated if last.ward.lower() in item.quote.lower()]
    if len(told) >= 2:
        yield ask(
            "stays", "all", "stay", reader=reader, stated=[s for stay in told for s in stay.stated],
            all_of=[on(stay.admitted.date()) for stay in told], known=days, spans=_each(reader, told),
        )  # fmt: skip
    yield ask(
        "stay_dates", "last", "stay", reader=reader, stated=entry, known=days,
        all_of=(on(last.admitted.date()),), none_of=[on(stay.admitted.date()) for stay in before],
    )  # fmt: skip
    yield ask(
        "stay_out", "last", "stay", reader=reader, stated=leave, known=days,
        all_of=(on(last.discharged.date()),), none_of=[on(stay.discharged.date()) for stay in before],
    )  # fmt: skip
    yield ask(
        "stay_ward", "last", "stay", reader=reader, stated=ward, known=days, all_of=(term(last.ward),),
        none_of=[term(stay.ward) for stay in before],
    )  # fmt: skip


def acts(reader: Reader) -> Iterator[Asked]:
    """When an act took place or is planned, on which side; all of them."""
    patient = reader.patient
    words = shipped("questions")["date"]["events"]
    done = [item for item in patient.procedures if item.state == "done"]
    for item in patient.procedures:
        same = [other for other in patient.procedures if other.label == item.label]
        if len(same) > 1:
            continue
        others = [on(other.on) for other in patient.procedures if other is not item]
        own = (words[_short(item)],) if _short(item) in words and item.state == "done" else ()
        yield ask(
            "procedure_date" if item.state == "done" else "planned", _short(item), "procedure", reader=reader,
            stated=item.stated, all_of=(on(item.on),), none_of=others, wordings=own,
            slots={"label": item.label},
        )  # fmt: skip
        if item.side is not None:
            other = "gauche" if item.side == "droite" else "droite"
            yield ask(
                "procedure_side", _short(item), "procedure", reader=reader, stated=item.stated,
                all_of=(_side(item.side),), none_of=(_side(other),), slots={"label": item.label},
            )  # fmt: skip
    if len(done) >= 2:
        yield ask(
            "procedures", "all", "list", reader=reader, stated=[s for item in done for s in item.stated],
            all_of=[term(item.label) for item in done], spans=_each(reader, done),
            known=[on(item.on) for item in patient.procedures],
        )  # fmt: skip
    yield from _devices(reader, patient)


def _devices(reader: Reader, patient: Patient) -> Iterator[Asked]:
    for item in patient.devices:
        slots = {"label": item.label}
        others = [other.model for other in patient.devices if other.model != item.model]
        yield ask(
            "device", _short(item), "procedure", reader=reader, stated=item.stated, slots=slots,
            all_of=(term(item.model),), none_of=[term(other) for other in others], known=[on(item.on)],
        )  # fmt: skip
        yield ask(
            "device_date", _short(item), "procedure", reader=reader, slots=slots, all_of=(on(item.on),),
            stated=[place for place in item.stated if place.quote == item.on.isoformat()] or item.stated,
        )  # fmt: skip


def _side(side: str) -> GoldValue:
    return term("droite", "droit") if side == "droite" else term("gauche")


def imaging(reader: Reader) -> Iterator[Asked]:
    """The day of the last examination of its kind; what each concludes, and not what another does."""
    told = sorted(reader.patient.imaging, key=lambda item: item.on)
    days: list[GoldValue] = [on(item.on) for item in told]
    days += [term(item.conclusion) for item in told]  # an examination may be told with what it showed
    for item in told:
        alike = [other for other in told if other.label == item.label]
        name = [place for place in item.stated if place.quote == item.label]
        if item is alike[-1]:
            yield ask(
                "imaging_date", _short(item), "imaging", reader=reader, stated=name or item.stated,
                all_of=(on(item.on),), none_of=[on(other.on) for other in alike[:-1]],
                slots={"label": item.label}, known=days,
            )  # fmt: skip
        others = [term(other.conclusion) for other in alike if other is not item]
        said = [place for place in item.stated if place.quote == item.conclusion]
        yield ask(
            "conclusion", _short(item), "imaging", reader=reader, stated=said or item.stated,
            any_of=pieces(item.conclusion), none_of=others, known=days,
            slots={"label": item.label, "day": f"{item.on:%d/%m/%Y}"},
        )  # fmt: skip


def vaccines(reader: Reader) -> Iterator[Asked]:
    """Which vaccines, and the last day of each."""
    told = sorted(reader.patient.immunisations, key=lambda item: item.on)
    labels = list(dict.fromkeys(item.label for item in told))
    days = [on(item.on) for item in told]
    if len(labels) >= 2:
        firsts = [next(item for item in told if item.label == label) for label in labels]
        yield ask(
            "vaccines", "all", "list", reader=reader, stated=[s for item in told for s in item.stated],
            all_of=[term(label) for label in labels], spans=_each(reader, firsts), known=days,
        )  # fmt: skip
    for label in labels:
        mine = [item for item in told if item.label == label]
        yield ask(
            "vaccine_date", _short(mine[-1]), "date", reader=reader, stated=mine[-1].stated, known=days,
            all_of=(on(mine[-1].on),), none_of=[on(item.on) for item in told if item is not mine[-1]],
            slots={"label": label},
        )  # fmt: skip


KINDS = (allergies, problems, family, stays, acts, imaging, vaccines)
