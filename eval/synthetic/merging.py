"""Which modules join a story, and the one story that results."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any, NamedTuple

from eval.synthetic import story as st
from eval.synthetic.module import Compatible, Module
from eval.synthetic.truth_base import Sex

_DAY = 1 / 30.4375
_TRIES = 4
_KINDS = (
    "panel",
    "problem",
    "medication",
    "visit",
    "stay",
    "imaging",
    "procedure",
    "device",
    "vaccine",
    "family",
    "note",
    "pending",
    "transfusion",
    "culture",
)


class Played(NamedTuple):
    """A story with the modules that joined it."""

    story: st.Story
    modules: tuple[Module, ...]


def play(
    rng: Random,
    story: st.Story,
    candidates: Sequence[Callable[[Random], Module]],
    *,
    wanted: int,
    sex: Sex,
    age: int,
) -> Played:
    """The story joined by up to `wanted` of the candidates, tried in an order drawn by seed.

    A candidate draws its own values from the generator it is given. Fewer join when few are compatible.
    """
    joined: list[Module] = []
    for candidate in rng.sample(list(candidates), len(candidates)):
        if len(joined) == wanted:
            break
        module = candidate(rng)
        if not may_join(module, story, joined, sex=sex, age=age):
            continue
        placed = _placed(rng, module, story)
        if placed is not None:
            story = merged(story, placed)
            joined.append(placed)
    return Played(story, tuple(joined))


def may_join(module: Module, story: st.Story, joined: Iterable[Module], *, sex: Sex, age: int) -> bool:
    """Whether the module suits the patient, the story as it stands (merged modules included) and `joined`."""
    rule = module.compatible
    if rule.sex not in ("any", sex) or not rule.age[0] <= age <= rule.age[1]:
        return False
    if (rule.stories and story.name not in rule.stories) or story.name in rule.without_stories:
        return False
    before = list(joined)
    if any(module.id == other.id or (module.group and module.group == other.group) for other in before):
        return False
    if any(_forbids(other.compatible, module) for other in before) or _forbids(rule, story):
        return False
    return not _clash(module, story)


def _forbids(rule: Compatible, other: st.Story | Module) -> bool:
    codes = [item.code for item in other.problem if item.code and item.certainty != "absent"]
    drugs = [item.atc for item in other.medication]
    words = [f"{item.label} {item.short}" for item in other.problem]
    words += [item.substance for item in other.allergy] + [item.dci for item in other.medication]
    plain = " | ".join(words).lower()
    return (
        any(code.startswith(rule.without_codes) for code in codes)
        or any(drug.startswith(rule.without_drugs) for drug in drugs)
        or any(word in plain for word in rule.without_words)
    )


def _clash(module: Module, story: st.Story) -> bool:
    """The same drug class, the same diagnosis, or another trajectory of the same analyte."""
    drugs = {item.atc[:5] for item in story.medication}
    codes = {item.code[:3] for item in story.problem if item.code}
    substances = {item.substance.lower() for item in story.allergy}
    vaccines = {item.atc for item in story.vaccine}
    for name, lab in module.lab.items():
        known = story.lab.get(name)
        if known is not None and (lab.points or known.delta):
            return True
    return bool(
        drugs & {item.atc[:5] for item in module.medication}
        or codes & {item.code[:3] for item in module.problem if item.code}
        or substances & {item.substance.lower() for item in module.allergy}
        or vaccines & {item.atc for item in module.vaccine}
        or {item.label for item in story.device} & {item.label for item in module.device}
    )


def _placed(rng: Random, module: Module, story: st.Story) -> Module | None:
    """The module moved to where its stays and visits meet none of the story's; None when no try succeeds."""
    for _ in range(_TRIES if module.move[0] != module.move[1] else 1):
        moved = shifted(module, round(rng.uniform(*module.move), 2))
        if _free(moved, story):
            return moved
    return None


def _free(module: Module, story: st.Story) -> bool:
    stays = [(stay.at, stay.at + stay.days * _DAY) for stay in story.stay]
    visits = [visit.at for visit in story.visit]
    mine = [(stay.at, stay.at + stay.days * _DAY) for stay in module.stay]
    clear = all(one[1] + 12 * _DAY < two[0] or two[1] + 12 * _DAY < one[0] for one in mine for two in stays)
    outside = all(not _near(visit.at, stays) for visit in module.visit)
    undisturbed = all(not _near(visit, mine) for visit in visits)
    distinct = all(abs(visit.at - other) > 4 * _DAY for visit in module.visit for other in visits)
    return clear and outside and undisturbed and distinct


def _near(month: float, stays: Iterable[tuple[float, float]]) -> bool:
    return any(start - 4 * _DAY <= month <= end + 4 * _DAY for start, end in stays)


def shifted(module: Module, months: float) -> Module:
    """The module with everything in it moved by that many months (negative: earlier)."""
    if not months:
        return module

    def later(value: float | None) -> float | None:
        return None if value is None else value + months

    def moved(item: Any) -> Any:
        update: dict[str, Any] = {}
        for name in ("at", "resolved", "stop", "since", "until"):
            value = getattr(item, name, None)
            if isinstance(value, tuple):
                update[name] = tuple(one + months for one in value)
            elif value is not None:
                update[name] = later(value)
        if isinstance(item, st.StoryMedication):
            update["doses"] = tuple(dose.model_copy(update={"at": dose.at + months}) for dose in item.doses)
        return item.model_copy(update=update)

    update: dict[str, Any] = {
        kind: tuple(moved(item) for item in getattr(module, kind)) for kind in (*_KINDS, "allergy")
    }
    update["lab"] = {
        name: lab.model_copy(
            update={
                "points": tuple((month + months, value) for month, value in lab.points),
                "delta": tuple((month + months, value) for month, value in lab.delta),
            }
        )
        for name, lab in module.lab.items()
    }
    return module.model_copy(update=update)


def merged(story: st.Story, module: Module) -> st.Story:
    """The story with the module's pieces after its own. A known allergy ends « no known allergy »."""
    update: dict[str, Any] = {
        kind: (*getattr(story, kind), *getattr(module, kind)) for kind in _KINDS if getattr(module, kind)
    }
    if module.allergy:
        kept = [item for item in story.allergy if item.certainty != "none_known"]
        update["allergy"] = (*kept, *module.allergy)
    labs = dict(story.lab)
    for name, lab in module.lab.items():
        known = labs.get(name)
        labs[name] = lab if known is None else known.model_copy(update={"delta": lab.delta})
    update["lab"] = labs
    if module.lifestyle:
        update["more_lifestyle"] = (*story.more_lifestyle, module.lifestyle)
    return story.model_copy(update=update)
