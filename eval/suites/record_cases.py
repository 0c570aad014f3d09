"""Cases on one record: every question that a world's truth allows, worded, for the suites to draw from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from eval.cases.case import Case, Step
from eval.suites import (
    record_drugs,
    record_history,
    record_joined,
    record_measures,
    record_prose,
    record_sources,
)
from eval.suites.base import World
from eval.suites.record_ask import Asked, Reader, readers
from eval.suites.record_draw import Place
from eval.suites.record_wordings import Words, load_words, worded
from eval.synthetic.story import load_analytes

Kind = Callable[[Reader], Iterator[Asked]]
KINDS: tuple[Kind, ...] = (
    *record_measures.KINDS,
    *record_drugs.KINDS,
    *record_history.KINDS,
    *record_sources.KINDS,
    *record_prose.KINDS,
    *record_joined.KINDS,
)


def asked_of(reader: Reader) -> Iterator[Asked]:
    """Every question on one patient that the truth can answer, in a fixed order; each has a gold place."""
    for kind in KINDS:
        for asked in kind(reader):
            if asked.gold.spans:
                yield asked


def read(world: World) -> tuple[tuple[Reader, ...], Words]:
    """The world's patients as readers, and its wordings."""
    return readers(world.hospital, load_analytes()), load_words(world.templates, opened=world.open_held_out)


def make(
    suite: str, asked: Asked, reader: Reader, words: Words, *, group: str | None = None, **strata: str
) -> Case | None:
    """The case of a question; None when all its wordings are held out."""
    patient_id = reader.patient.identity.patient_id
    identity = f"{suite}-{patient_id}-{asked.kind}-{asked.key}"[:200]
    told = worded(asked, reader, words, salt=identity)
    if told is None:
        return None
    text, way = told
    labels = {"stratum": asked.stratum, "family": asked.family, "kind": asked.kind}
    if asked.critical is not None:
        labels["critical"] = asked.critical
    return Case(
        id=identity,
        suite=suite,
        steps=(Step(text=text, patient_id=patient_id),),
        gold=asked.gold,
        patient_id=patient_id,
        strata={**labels, **strata},
        group=group,
        held_out=way.held,
        needs_model=False if asked.stratum == "structured" else None,
        origin=f"{reader.patient.story}, {way.id}",
    )


def candidates(suite: str, world: World, *, keep: Callable[[Asked], bool] = lambda _: True) -> Iterable[Case]:
    """All cases of a suite that the world allows."""
    patients, words = read(world)
    for reader in patients:
        for asked in asked_of(reader):
            if keep(asked):
                case = make(suite, asked, reader, words)
                if case is not None:
                    yield case


def place(case: Case) -> Place:
    """A case in a draw, its share kept by stratum and by whether a mistake could hurt."""
    strata = case.strata
    return Place(
        id=case.id,
        bucket=f"{strata['stratum']}/{'critical' if 'critical' in strata else 'other'}",
        family=strata["family"],
        kind=strata["kind"],
        patient=case.patient_id or "",
    )
