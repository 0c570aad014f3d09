"""From a run to what its page shows: the verdict in words, every gate, every failed case."""

from __future__ import annotations

from collections.abc import Sequence

from eval.cases.case import Observation
from eval.estimates import UnusableObservations, chosen, estimate
from eval.metrics.intervals import Estimate
from eval.reporting import french
from eval.reporting.failing import FailedCase, Line, failed_cases
from eval.reporting.reading import Asked
from eval.reporting.wording import Words, typeset
from eval.runner.results import Results, SuiteResult
from eval.synthetic.truth import Value
from eval.verdicts import Gate, GateReport, Verdict


class Row(Value):
    """One gate. `interval` and `figure` are empty where there is no figure."""

    id: str
    suite: str
    title: str
    state: str
    told: str
    figure: str = ""
    interval: str = ""
    n: str = ""
    target: str = ""
    kind: str = ""
    why: str = ""
    detail: str = ""


class SuiteView(Value):
    """One suite: its counts, its gates, its figures by mode, its failed cases."""

    id: str
    title: str
    state: str
    reason: str
    counts: str
    rows: tuple[Row, ...]
    modes: tuple[Row, ...]
    failed: tuple[FailedCase, ...]


class Page(Value):
    """Everything that the page shows."""

    passed: bool
    verdict: str
    summary: str
    about: tuple[Line, ...]
    failed: tuple[Row, ...]
    unmeasured: tuple[Row, ...]
    insufficient: tuple[Row, ...]
    suites: tuple[SuiteView, ...]
    binding: tuple[Line, ...]
    whole: str
    cases: int


def page_of(results: Results, report: GateReport, asked: Asked, titles: dict[str, str]) -> Page:
    """The page of a run. `titles` are those of the suites, in French."""
    words = Words()
    rows = [_row(verdict, words) for verdict in report.verdicts]
    suites = tuple(
        _suite(name, titles.get(name, name), results, report, rows, asked, words)
        for name in _suites(results, report)
    )
    gating = {item.gate.id for item in report.verdicts if item.gating}
    picked = {
        state: tuple(row for row in rows if row.state == state and row.id in gating)
        for state in ("fail", "not_yet_measurable", "insufficient_n")
    }
    return Page(
        passed=report.passed,
        verdict=_verdict(report),
        summary=_summary(report),
        about=tuple(_about(results, report, words)),
        failed=_never_first(picked["fail"]),
        unmeasured=picked["not_yet_measurable"],
        insufficient=picked["insufficient_n"],
        suites=suites,
        binding=tuple(Line(label=name, text=value) for name, value in results.binding.parts.items()),
        whole=results.binding.whole,
        cases=sum(len(suite.failed) for suite in suites),
    )


def _suites(results: Results, report: GateReport) -> tuple[str, ...]:
    gated = [item.gate.suite for item in report.verdicts]
    return tuple(dict.fromkeys((*gated, *(item.suite for item in results.suites))))


def _never_first(rows: Sequence[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: row.kind != "jamais"))


def _verdict(report: GateReport) -> str:
    if not report.passed:
        return "Ne peut pas être mis en service"
    if report.tier == "smoke":
        return "Aucun échec à l’essai court"
    return "Conforme sous réserve" if report.count("insufficient_n") else "Conforme"


def _summary(report: GateReport) -> str:
    gating = [item for item in report.verdicts if item.gating]
    count = {state: sum(item.state == state for item in gating) for state in ("pass", "fail")}
    unmeasured = sum(item.state == "not_yet_measurable" for item in gating)
    short = sum(item.state == "insufficient_n" for item in gating)
    told = ", ".join(
        (
            french.counted(count["pass"], "tenue", "tenues"),
            french.counted(count["fail"], "non tenue", "non tenues"),
            french.counted(unmeasured, "non encore mesurable", "non encore mesurables"),
            f"{french.count(short)}{french.HARD}à l’effectif insuffisant",
        )
    )
    parts = [f"Sur {french.counted(len(gating), 'exigence', 'exigences')} : {told}."]
    if report.tier == "smoke" and report.passed:
        parts.append("Un essai court ne vaut jamais mise en service.")
    elif report.passed and short:
        parts.append("L’évaluation complète doit encore montrer ce que l’effectif n’a pas montré.")
    return typeset(" ".join(parts))


def _about(results: Results, report: GateReport, words: Words) -> list[Line]:
    ended = french.moment(results.finished_at) if results.finished_at else "non terminée"
    held_out = {"open": "employées", "closed": "mises de côté"}.get(results.settings.get("held_out", ""), "")
    taken_up = french.counted(results.resumed, "fois", "fois") if results.resumed else "jamais"
    asked = sum(suite.asked for suite in results.suites)
    errors = sum(suite.errors for suite in results.suites)
    rows = [
        ("Cible", results.target),
        ("Palier", words.word("tier", results.tier)),
        ("Début", french.moment(results.started_at)),
        ("Fin", ended),
        ("Durée", french.duration(results.seconds)),
        ("Reprises", taken_up),
        ("Questions posées", f"{french.count(asked)}, dont {french.counted(errors, 'erreur', 'erreurs')}"),
        ("Graine", "secrète" if results.seed is None else str(results.seed)),
        ("Formulations réservées", held_out),
        ("Version de référence", report.baseline or "aucune"),
        ("Évaluation", results.id),
    ]
    return [Line(label=label, text=text) for label, text in rows if text]


def _suite(
    name: str,
    title: str,
    results: Results,
    report: GateReport,
    rows: Sequence[Row],
    asked: Asked,
    words: Words,
) -> SuiteView:
    found = results.suite(name)
    gates = [item.gate for item in report.verdicts if item.gate.suite == name]
    own = tuple(row for row in rows if row.suite == name)
    if found is None:
        return SuiteView(
            id=name, title=title, state="missing", reason="Cette suite manque.", counts="", rows=own,
            modes=(), failed=(),
        )  # fmt: skip
    return SuiteView(
        id=name,
        title=title,
        state=found.state,
        reason=words.said(found.reason),
        counts=_counts(found),
        rows=own,
        modes=tuple(_modes(found, gates, words)),
        failed=failed_cases(found, gates, asked, words),
    )


def _counts(suite: SuiteResult) -> str:
    if suite.state == "not_yet_measurable":
        return ""
    told = [
        french.counted(suite.cases, "question", "questions"),
        french.counted(suite.asked, "posée", "posées"),
        french.counted(suite.errors, "erreur", "erreurs"),
        french.duration(suite.seconds),
    ]
    return ", ".join(told)


def _modes(suite: SuiteResult, gates: Sequence[Gate], words: Words) -> list[Row]:
    """The first figure of the suite by how answers were made, where that differs."""
    gate = next((gate for gate in gates if gate.statistic == "rate" and not gate.where), None)
    if gate is None:
        return []
    every = chosen(suite.observations, gate.measure, gate.where)
    modes = sorted({item.strata["mode"] for item in every if "mode" in item.strata})
    found = [
        _mode(mode, [item for item in every if item.strata.get("mode") == mode], gate, words)
        for mode in modes
    ]
    return found if len(found) > 1 else []


def _mode(mode: str, observed: list[Observation], gate: Gate, words: Words) -> Row:
    title = words.word("mode", mode)
    base = Row(id=f"{gate.id}.{mode}", suite=gate.suite, title=title, state="printed", told="")
    try:
        figure = estimate("rate", observed)
    except UnusableObservations:
        return base
    return base.model_copy(update=_figures(figure, gate, words))


def _figures(figure: Estimate, gate: Gate, words: Words) -> dict[str, str]:
    low, high = words.figure(gate, figure.low), words.figure(gate, figure.high)
    return {
        "figure": words.figure(gate, figure.value),
        "interval": f"de {low} à {high}",
        "n": french.count(figure.n),
    }


def _row(verdict: Verdict, words: Words) -> Row:
    gate = verdict.gate
    base = Row(
        id=gate.id,
        suite=gate.suite,
        title=typeset(gate.title) + (f" ({verdict.part})" if verdict.part else ""),
        state=verdict.state,
        told=words.word("state", verdict.state),
        n=french.count(verdict.n),
        target=words.target(gate),
        kind=words.word("class", gate.kind),
        why=words.fault(verdict.fault, gate) if verdict.fault else "",
        detail=words.said(verdict.detail),
    )
    if verdict.estimate is None:
        return base
    return base.model_copy(update=_figures(verdict.estimate, gate, words))
