"""The schema of a module: a mini-trajectory in TOML that joins a patient's story when it is compatible with it.

A module has the pieces of a story, all optional. Its keys are its own: loading puts its id before them, in the
texts too, so that two modules never collide. `move` shifts the whole module by a number of months drawn
between its two bounds.
"""

import re
from typing import Annotated, Any, Literal

from pydantic import Field

from eval.synthetic import story as st
from eval.synthetic.truth_base import Value

_MARK = re.compile(r"\[\[(\w+)\|")
_EVENT = re.compile(r"\{(on|ago|dose):(\w+)\}")
_PARTS = (
    "problem",
    "allergy",
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


class Compatible(Value):
    """Who may play a module.

    `age` is in years today. `stories`: only these, when any is named; `without_stories`: none of these.
    `without_codes`: beginnings of ICD-10 codes that the patient may not have; `without_drugs`: beginnings of
    ATC codes that the patient never takes; `without_words`: words that no problem, allergy or drug of the
    patient may hold (small letters, compared as written).
    """

    sex: Literal["any", "female", "male"] = "any"
    age: tuple[int, int] = (18, 110)
    stories: tuple[str, ...] = ()
    without_stories: tuple[str, ...] = ()
    without_codes: tuple[str, ...] = ()
    without_drugs: tuple[str, ...] = ()
    without_words: tuple[str, ...] = ()


class Module(Value):
    """One mini-trajectory. Two modules of the same `group` are never played together."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    group: str = ""
    compatible: Compatible = Compatible()
    move: tuple[float, float] = (0.0, 0.0)
    lifestyle: st.Wordings = ()
    lab: dict[str, st.StoryLab] = Field(default_factory=dict)
    panel: tuple[st.StoryPanel, ...] = ()
    problem: tuple[st.StoryProblem, ...] = ()
    allergy: tuple[st.StoryAllergy, ...] = ()
    medication: tuple[st.StoryMedication, ...] = ()
    visit: tuple[st.StoryVisit, ...] = ()
    stay: tuple[st.StoryStay, ...] = ()
    imaging: tuple[st.StoryImaging, ...] = ()
    procedure: tuple[st.StoryProcedure, ...] = ()
    device: tuple[st.StoryDevice, ...] = ()
    vaccine: tuple[st.StoryVaccine, ...] = ()
    family: tuple[st.StoryFamily, ...] = ()
    note: tuple[st.StoryNote, ...] = ()
    pending: tuple[st.StoryPending, ...] = ()
    transfusion: tuple[st.StoryTransfusion, ...] = ()
    culture: tuple[st.StoryCulture, ...] = ()


def prefixed(raw: dict[str, Any]) -> dict[str, Any]:
    """The module with its id before each of its keys, in the tables and in the marks of its texts."""
    name = str(raw.get("id", ""))
    own = {
        str(item["key"])
        for part in _PARTS
        for item in raw.get(part, ())
        if isinstance(item, dict) and "key" in item
    }

    def text(value: str) -> str:
        marked = _MARK.sub(lambda m: f"[[{name}_{m[1]}|" if m[1] in own else m[0], value)
        return _EVENT.sub(lambda m: f"{{{m[1]}:{name}_{m[2]}}}" if m[2] in own else m[0], marked)

    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: f"{name}_{item}" if key == "key" and isinstance(item, str) else walk(item)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [walk(item) for item in value]
        return text(value) if isinstance(value, str) else value

    return {key: walk(value) if key in (*_PARTS, "lifestyle") else value for key, value in raw.items()}
