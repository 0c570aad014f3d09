"""The synthetic hospital: patients drawn by seed, their truth, and the documents that state it.

Same seed and options, same bytes, in any process: every choice comes from `random.Random` seeded with a string,
nothing depends on the clock, on the order of a set or on hashing.
"""

from datetime import date, timedelta
from random import Random
from typing import Any

from eval.synthetic.chart import Chart, chart
from eval.synthetic.documents import structured
from eval.synthetic.drafts import Draft
from eval.synthetic.library import Library, load_library
from eval.synthetic.merging import Played, play
from eval.synthetic.narratives import narratives
from eval.synthetic.noise import misleading_notes
from eval.synthetic.openehr import FACILITY
from eval.synthetic.options import HospitalOptions
from eval.synthetic.people import identity, namesake
from eval.synthetic.sealing import sealed_patient
from eval.synthetic.style import Style, drawn_style
from eval.synthetic.trajectory import Clock
from eval.synthetic.truth import Hospital, Identity, Patient, Sex, Value

TODAY = date(2026, 3, 2)
# How many further days an evaluation may move a patient's whole history back.
_WIDE_SHIFT = 18


class Cast(Value):
    """One patient before any document is written."""

    identity: Identity
    chart: Chart
    modules: tuple[str, ...]


def generate(seed: int = 7, patients: int = 12, *, options: HospitalOptions | None = None) -> Hospital:
    """The hospital of that seed with that many patients, at least one.

    Patient `i` plays story `i` modulo the number of stories, so a larger hospital contains a smaller one.
    Without options it is the demonstration's; `evaluation_options()` gives those of the suites.
    Raises CaseFileError when a template of `options.templates` is not right.
    """
    if patients < 1:
        raise ValueError(f"a hospital needs at least one patient, not {patients}")
    chosen = options or HospitalOptions()
    library = load_library(chosen)
    people = tuple(one_patient(seed, index, library=library, options=chosen) for index in range(patients))
    return Hospital(name=FACILITY, seed=seed, today=TODAY, patients=people)


def one_patient(seed: int, index: int, *, library: Library, options: HospitalOptions) -> Patient:
    """Patient `index` of the hospital of that seed and those options."""
    rng = Random(f"aparte-synthetic/{seed}/{index}")
    played = cast(rng, seed, index, library=library, options=options)
    return sealed_patient(
        rng, played.chart, drafts(rng, seed, index, played, library), modules=played.modules
    )


def cast(rng: Random, seed: int, index: int, *, library: Library, options: HospitalOptions) -> Cast:
    """Who patient `index` is and all that is true of them."""
    told = library.story(index, Random(f"aparte-variant/{seed}/{index}") if options.vary else None)
    sex: Sex = rng.choice(("female", "male")) if told.sex == "any" else told.sex
    sex = "female" if index in (0, 1) and told.sex != "male" else sex
    alike = None
    if options.homonyms:
        alike = namesake(seed, index, stories=len(library.stories), today=TODAY, names=library.names)
        sex = alike.sex if alike is not None and index not in (0, 1) else sex
    who = identity(rng, index, sex=sex, age=told.age, today=TODAY, names=library.names, alike=alike)
    clock = Clock(today=TODAY, shift=rng.randint(0, 20))
    joined = Played(told, ())
    style = Style()
    if not options.plain:
        more = Random(f"aparte-modules/{seed}/{index}")
        if options.vary:
            clock = Clock(today=TODAY, shift=clock.shift + more.randint(0, _WIDE_SHIFT))
        joined = play(
            more,
            told,
            library.candidates(vary=options.vary),
            wanted=more.randint(*options.modules),
            sex=sex,
            age=(TODAY - who.birth_date).days * 4 // 1461,
        )
        style = drawn_style(more) if options.noise else Style()
    played = chart(
        rng,
        joined.story,
        who,
        clock=clock,
        analytes=library.analytes,
        index=index,
        style=style,
        wide=options.vary,
    )
    return Cast(identity=who, chart=played, modules=tuple(module.id for module in joined.modules))


def drafts(rng: Random, seed: int, index: int, played: Cast, library: Library) -> list[Draft]:
    """Every document of the patient about to be written, oldest first; nothing is dated after today."""
    words: dict[str, Any] = library.words
    made = [*structured(rng, played.chart, words), *narratives(rng, played.chart, words)]
    noisy = Random(f"aparte-noise/{seed}/{index}")
    made += misleading_notes(noisy, played.chart, words, names=library.names)
    kept = [item for item in made if item.when.date() < TODAY + timedelta(days=1)]
    return sorted(kept, key=lambda item: (item.when, item.key, item.version))
