"""The demonstration hospital, for whoever builds a command around it."""

from pathlib import Path

from eval.synthetic.generate import generate
from eval.synthetic.truth import Hospital
from eval.synthetic.write import write


def build_demo(folder: Path, *, patients: int = 12, seed: int = 7) -> Hospital:
    """Generate the hospital of `seed`, write it under `folder`, and return it with its truth."""
    hospital = generate(seed, patients)
    write(hospital, folder)
    return hospital
