"""The report: one French page that needs nothing else, and the same verdicts as JSON beside it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
from importlib import resources
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from eval.errors import EvaluationError
from eval.gate import Gates, evaluate, load_gates
from eval.reporting.page import Page, page_of
from eval.reporting.reading import read_run
from eval.runner.results import Results
from eval.suites.registry import load_suite, suite_ids
from eval.verdicts import GateReport


def write_report(
    run: Path, out: Path, *, gates: Gates | None = None, baseline: Results | None = None
) -> None:
    """Write `out` (HTML) and the same name with `.json`, both for their owner alone: they hold answers.

    Raises RunError and CaseFileError when the run cannot be read, GateError when the gates cannot.
    """
    results, asked = read_run(run)
    report = evaluate(results, gates or load_gates(), baseline=baseline)
    page = page_of(results, report, asked, _titles())
    _write(out, render(page))
    _write(out.with_suffix(".json"), _json(results, report, page))


def render(page: Page) -> str:
    """The page as HTML. Its policy admits its own style and script, by their hash, and nothing else."""
    style, script = _text("report.css"), _text("report.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    template = _environment().from_string(_text("report.html"))
    return template.render(page=page, policy=policy, style=Markup(style), script=Markup(script))  # noqa: S704


def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )


def _titles() -> dict[str, str]:
    """Titles of the suites that can be loaded; the others go by their id."""
    found = {}
    for name in suite_ids():
        with contextlib.suppress(EvaluationError):
            found[name] = load_suite(name).title
    return found


def _json(results: Results, report: GateReport, page: Page) -> str:
    told: dict[str, Any] = {
        "schema_version": 1,
        "passed": report.passed,
        "verdict": page.verdict,
        "gate": report.model_dump(mode="json", by_alias=True),
        "run": results.model_dump(mode="json", exclude={"suites"}),
        "suites": [suite.model_dump(mode="json", exclude={"observations"}) for suite in results.suites],
        "failed_cases": {
            suite.id: [
                {"id": case.id, "wrong": [line.model_dump() for line in case.wrong]} for case in suite.failed
            ]
            for suite in page.suites
        },
    }
    return json.dumps(_finite(told), ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _finite(value: Any) -> Any:
    """JSON has no infinity: a bound that is not there is null."""
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_finite(item) for item in value]
    if isinstance(value, float) and value in {float("inf"), float("-inf")}:
        return None
    return value


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _text(name: str) -> str:
    return resources.files("eval.reporting").joinpath(name).read_text(encoding="utf-8")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
