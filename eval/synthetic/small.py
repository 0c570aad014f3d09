"""Patients with few documents, for suites that need many small records cheaply."""

from collections.abc import Sequence
from random import Random

from eval.synthetic.drafts import Draft
from eval.synthetic.generate import cast, drafts
from eval.synthetic.library import Library, load_library
from eval.synthetic.options import HospitalOptions, evaluation_options
from eval.synthetic.sealing import sealed_patient
from eval.synthetic.truth import Patient

# Always kept, the newest of each: together they have every carrier of `injection`.
_KEPT = ("liste-allergies", "liste-medicaments")
_KINDS = ("courrier", "biologie", "imagerie", "prescription", "transmission")
_MOST = 8


def small_patient(
    seed: int, index: int, *, options: HospitalOptions | None = None, library: Library | None = None
) -> Patient:
    """Patient `index` of the evaluation's hospital of that seed, with 5 to 8 of their documents.

    What only the other documents state is not part of the patient. The lists of allergies and of current
    drugs and the newest document of each common kind are kept, so current values are right; the history of
    doses and results is not whole, and questions on it do not suit these patients. Pass `library`
    (`load_library(options)`) when making many.
    """
    chosen = options or evaluation_options()
    shelf = library or load_library(chosen)
    rng = Random(f"aparte-synthetic/{seed}/{index}")
    played = cast(rng, seed, index, library=shelf, options=chosen)
    kept = _few(Random(f"aparte-small/{seed}/{index}"), drafts(rng, seed, index, played, shelf))
    return sealed_patient(rng, played.chart, kept, modules=played.modules)


def _few(rng: Random, made: Sequence[Draft]) -> list[Draft]:
    """The lists, the newest of each kind, and perhaps the problems; in the order of the record."""
    keys = [*_KEPT, *(["liste-problemes"] if rng.random() < 0.6 else [])]
    for kind in _KINDS:
        found = [item for item in made if item.kind == kind and item.version == 1 and _plain(item, made)]
        if found and len(keys) < _MOST:
            keys.append(found[-1].key)
    return [item for item in made if item.key in keys]


def _plain(item: Draft, made: Sequence[Draft]) -> bool:
    """Neither replaced by a later version, nor preliminary or planted to mislead."""
    replaced = any(other.key == item.key and other.version > item.version for other in made)
    return not replaced and not item.key.endswith(("-preliminaire", "-erreur")) and not item.planted
