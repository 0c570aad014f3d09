"""Scripted answers, shaped as the contract says, for the page's own tests."""

from __future__ import annotations

from typing import Any

from tests.browser.fake_record import COVERAGE, LAB, LAB_OLD, LETTER, PATIENTS, PRESCRIPTION, Document, Json

GATE = "gate"
"""In a script: hold the stream here until the test opens the gate."""
CUT = "cut"
"""In a script: cut the connection here."""

CHECKS: Json = {
    "binding": True, "relevance": True, "numbers": True, "units": True, "dates": None,
    "drugs": None, "negation": True, "laterality": None, "subject": True, "temporality": True,
}  # fmt: skip


def evidence(label: str, document: Document, quote: str, **given: Any) -> Json:
    """One evidence item."""
    return {
        "id": label,
        "kind": "fact",
        "text": quote,
        "effective": document.effective,
        "status": "final",
        "locator": document.locator(quote),
    } | given


def sentence(text: str, *citations: str, **checks: Any) -> Json:
    """One supported sentence."""
    return {"text": text, "citations": list(citations), "verdict": "supported", "checks": CHECKS | checks}


def answer(question: str, **given: Any) -> Json:
    """A whole answer; what is not given is that of an ordinary one from facts."""
    row = PATIENTS[0]
    shown = {key: row[key] for key in ("id", "name", "birth_date", "sex", "identity_status")}
    return {
        "id": f"a-{abs(hash(question)) % 10**8}",
        "created_at": "2026-03-02T09:30:00Z",
        "question": question,
        "stale": False,
        "patient": shown,
        "status": "answered",
        "language": "fr",
        "mode": "facts",
        "premise_corrected": False,
        "sentences": [],
        "dropped": [],
        "reason": None,
        "options": [],
        "conflicts": [],
        "coverage": COVERAGE,
        "evidence": [],
        "provenance": {
            "model": "Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
            "model_sha256": "9f3c" * 16,
            "engine": "xllamacpp",
            "prompt": "answer@v1#0f3a9c21b7de",
            "encoder": "multilingual-e5-small",
            "index": "edge@1",
            "code": "0.1.0+abcdef0",
        },
        "timings_ms": {"evidence": 42, "first_sentence": 60, "total": 184},
    } | given


def potassium(question: str) -> Json:
    """From facts: two sentences, one replaced version among the sources."""
    return answer(
        question,
        sentences=[
            sentence("Dernier potassium : 5,4 mmol/L le 27/02/2026 (norme 3,5 à 5,0), élevé.", "E1"),
            sentence("La spironolactone 25 mg est poursuivie.", "E3", "E2", drugs=True),
        ],
        evidence=[
            evidence("E1", LAB, "Potassium : 5,4 mmol/L (3,5-5,0)"),
            evidence("E2", LETTER, "Spironolactone 25 mg poursuivie", kind="passage"),
            evidence("E3", PRESCRIPTION, "Spironolactone 25 mg : 1 comprimé le matin"),
            evidence("E4", LAB_OLD, "Potassium : 5,9 mmol/L (3,5-5,0)", status="amended"),
        ],
    )


def metformin(question: str) -> Json:
    """From the model: sentences with astral and combining characters before the quote, some dropped, a conflict."""
    return answer(
        question,
        mode="model",
        sentences=[
            sentence(
                "La metformine 1 000 mg deux fois par jour a été arrêtée le 21/02/2026, "
                "devant l’aggravation de la fonction rénale.",
                "E1",
            ),
            sentence("La créatinine était de 142 µmol/L.", "E2", "E1"),
            sentence("La patiente est suivie pour une cardiopathie ischémique, fraction d’éjection 35 %.", "E3"),
        ],
        dropped=[{"reason": "number_not_in_source", "count": 1}, {"reason": "negation_mismatch", "count": 1}],
        conflicts=[
            {
                "concept": "potassium",
                "text": "Sources discordantes, potassium : 5,4 mmol/L (27/02/2026, biologie) ; 5,9 mmol/L (27/02/2026, biologie).",
                "citations": ["E2", "E4"],
            }
        ],
        evidence=[
            evidence("E1", LETTER, "Metformine 1 000 mg deux fois par jour arrêtée le 21/02/2026 devant l’aggravation de la fonction rénale", kind="passage"),
            evidence("E2", LAB, "Créatinine : 142 µmol/L (45-84)"),
            evidence("E3", LETTER, "cardiopathie ische\u0301mique 🫀 (fraction d’éjection 35 % en 2024)", kind="passage"),
            evidence("E4", LAB_OLD, "Potassium : 5,9 mmol/L (3,5-5,0)", status="amended"),
        ],
        timings_ms={"evidence": 120, "first_sentence": 5200, "total": 14100},
    )  # fmt: skip


def events(whole: Json, *, hold: bool = False) -> list[Any]:
    """The stream of an answer; with `hold`, a gate after the evidence and one before each later sentence."""
    script: list[Any] = [("evidence", {key: whole[key] for key in ("id", "evidence", "coverage")})]
    for one in whole["sentences"]:
        script += [GATE] if hold else []
        script.append(("sentence", {"sentence": one}))
    for one in whole["dropped"]:
        script += [("dropped", {"reason": one["reason"]})] * one["count"]
    return [*script, *([GATE] if hold else []), ("finished", whole)]


def silent(question: str, status: str, reason: str, **given: Any) -> list[Any]:
    """The stream of an answer without sentences."""
    return events(answer(question, status=status, reason=reason, **given))


def script_for(question: str) -> list[Any]:
    """What the fake service streams for a question."""
    asked = question.lower()
    nearby = [evidence("E1", LAB, "Potassium : 5,4 mmol/L (3,5-5,0)")]
    if "metformine" in asked:
        return events(metformin(question), hold="lentement" in asked)
    if "coupure" in asked:
        return [*events(potassium(question))[:2], CUT]
    if "groupe sanguin" in asked:
        return silent(question, "abstained", "not_in_record")
    if "dois-je" in asked:
        return silent(question, "refused", "out_of_scope_advice")
    if "panne" in asked:
        return silent(question, "error", "model_unavailable", evidence=nearby)
    if asked.endswith("ivg ?"):
        options = ["interruption volontaire de grossesse", "insuffisance ventriculaire gauche"]
        return silent(question, "clarify", "ambiguous", options=options)
    return events(potassium(question))
