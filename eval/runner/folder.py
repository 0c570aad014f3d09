"""The folder of a run: what lies where, who may read it, and how it is erased.

::

    RUN/                     mode 0700; everything below holds questions and answers
      run.json               what the run is bound to; written once, after the cases
      state.json             when it began, how often it was taken up, when it ended
      cases/S1.jsonl         the cases of a suite, as they were asked
      outputs/S1/facts-0001.jsonl   outputs of one piece, asked without the model
      outputs/S1/model-0001.jsonl   the same, asked with it; replaces the other for the same case
      sample.json            what a model could change, what of it was asked with it, what is left out
      inspect/               logs of Inspect AI, where it ran
      workspace/             the hospital and the service's data folder, unless they are elsewhere
      results.json           what the scorers observed
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from eval.cases.case import Capability
from eval.errors import RunError
from eval.runner.results import Binding, Results
from eval.suites.base import Tier
from eval.synthetic.truth import Value
from retrieval.errors import StoreError, StoreLocked
from retrieval.folder_lock import LOCK_FILE, acquire

RUN, STATE, SAMPLE, RESULTS = "run.json", "state.json", "sample.json", "results.json"
CASES, OUTPUTS, INSPECT, WORKSPACE = "cases", "outputs", "inspect", "workspace"
_MAX_BYTES = 256 * 1024 * 1024
_V = TypeVar("_V", bound=Value)


class SuitePlan(Value):
    """A suite of the run. `reason` says why it is not asked, empty when it is."""

    suite: str
    capability: Capability
    cases: int
    case_file_sha256: str
    answers_of: str | None = None
    reason: str = ""


class RunPlan(Value):
    """What a run is, from its start. `through_model` is the limit, 0 for none, None without a model."""

    id: str
    target: str
    tier: Tier
    seed: int | None
    binding: Binding
    suites: tuple[SuitePlan, ...]
    through_model: int | None
    facts_first: bool
    settings: dict[str, str]


class RunState(Value):
    """How far a run has come. `seconds` are those of all its sittings that have ended; `sitting_at` is when
    the present one began (seconds since the epoch), None between two.
    """

    started_at: str
    finished_at: str | None = None
    resumed: int = 0
    seconds: float = 0.0
    sitting_at: float | None = None


class SampleFile(Value):
    """`sample.json`: ids by suite; see `eval.runner.sampling.Sample`."""

    pool: dict[str, tuple[str, ...]]
    asked: dict[str, tuple[str, ...]]
    left_out: dict[str, tuple[str, ...]]


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone."""
    for missing in reversed([place for place in (folder, *folder.parents) if not place.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)


def write_whole(path: Path, data: bytes) -> None:
    """Write a private file so that it is there whole or not at all, also after a power cut."""
    private_folder(path.parent)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_value(path: Path, value: Value) -> None:
    """Write a value as JSON, the same bytes for the same value."""
    write_whole(path, value.model_dump_json(indent=1).encode() + b"\n")


def read_value(path: Path, kind: type[_V]) -> _V | None:
    """The value of a file; None where there is no file. RunError when it is not one of ours."""
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise RunError(f"{path} is larger than {_MAX_BYTES} bytes: it is not a file of a run")
        return kind.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        raise RunError(f"{path} cannot be read as part of a run; name another folder") from error


def read_plan(run: Path) -> RunPlan:
    """What the run is. RunError when the folder holds none."""
    plan = read_value(run / RUN, RunPlan)
    if plan is None:
        raise RunError(f"{run} holds no run: aparte eval run --out {run} makes one")
    return plan


def read_results(run: Path) -> Results:
    """The results of the run. RunError when there are none."""
    results = read_value(run / RESULTS, Results)
    if results is None:
        raise RunError(f"{run} holds no {RESULTS}: aparte eval run makes it at its end, or aparte eval score")
    return results


@contextmanager
def held(run: Path) -> Iterator[None]:
    """Own a run's folder for the time of the block; make it, for its owner alone, where it is missing.

    Raises RunError when it holds something else, or another run is at work in it.
    """
    if run.exists() and not run.is_dir():
        raise RunError(f"{run} is not a folder")
    ours = {LOCK_FILE, RUN, STATE, WORKSPACE, CASES}
    if run.is_dir() and not (run / RUN).exists() and {item.name for item in run.iterdir()} - ours:
        raise RunError(f"{run} holds other files than a run's: name a new folder")
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    run.chmod(0o700)
    try:
        with acquire(run):
            yield
    except StoreLocked as error:
        raise RunError(f"another run is at work in {run}: wait until it ends, or stop it") from error
    except StoreError as error:
        raise RunError(f"{run} cannot be written: check its rights") from error


def purge(run: Path, *, keep_results: bool) -> None:
    """Erase a run: questions, answers, logs, records, and its results unless they are to stay.

    Refuses, with RunError, a folder that is not a run's.
    """
    read_plan(run)
    with held(run):
        for name in (CASES, OUTPUTS, INSPECT, WORKSPACE):
            shutil.rmtree(run / name, ignore_errors=True)
        kept = {RESULTS} if keep_results else set()
        for name in {SAMPLE, STATE, RUN, RESULTS} - kept:
            (run / name).unlink(missing_ok=True)
    (run / LOCK_FILE).unlink(missing_ok=True)
    if not any(run.iterdir()):
        run.rmdir()
