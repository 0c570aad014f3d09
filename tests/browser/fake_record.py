"""A small record, shaped as the API returns it, for the page's own tests. Everything in it is invented."""

from __future__ import annotations

import hashlib
from typing import Any

Json = dict[str, Any]

PATIENT = "p-8f21"
PATIENTS: list[Json] = [
    {
        "id": PATIENT,
        "name": "Hélène Martin",
        "family_name": "Martin",
        "given_names": "Hélène",
        "birth_name": "Lefèvre",
        "birth_date": "1948-05-12",
        "sex": "female",
        "identity_status": "qualified",
        "identifiers": [
            {"system": "IPP", "value": "0042137", "status": None},
            {"system": "PATIENT_ID", "value": PATIENT, "status": None},
        ],
    },
    {
        "id": "p-77ab",
        "name": "Hélène Martin",
        "family_name": "Martin",
        "given_names": "Hélène",
        "birth_name": "",
        "birth_date": "1991-11-02",
        "sex": "female",
        "identity_status": "provisional",
        "identifiers": [{"system": "INS", "value": "291110000000099", "status": "provisional"}],
    },
    {
        "id": "p-c5d0",
        "name": "Youssef Benali",
        "family_name": "Benali",
        "given_names": "Youssef",
        "birth_name": "",
        "birth_date": "1967-02-28",
        "sex": "male",
        "identity_status": "validated",
        "identifiers": [],
    },
]

LAB_TEXT = (
    "Laboratoire de biologie — ionogramme sanguin 🩸\n"
    "Prélèvement du 27/02/2026 à 07 h 40\n\n"
    "Sodium : 138 mmol/L (136-145)\n"
    "Potassium : 5,4 mmol/L (3,5-5,0)\n"
    "Créatinine : 142 µmol/L (45-84)\n"
    "Débit de filtration glomérulaire estimé : 32 mL/min/1,73 m²\n"
)
OLD_LAB_TEXT = LAB_TEXT.replace("5,4 mmol/L", "5,9 mmol/L")
LETTER_TEXT = (
    "🏥 Compte rendu d’hospitalisation — service de cardiologie\n\n"
    "MOTIF\nDécompensation cardiaque globale.\n\n"
    "HISTOIRE DE LA MALADIE\n"
    "Patiente connue pour une cardiopathie ische\u0301mique 🫀 (fraction d’éjection 35 % en 2024), "
    "suivie pour un diabète de type 2. Pas d’embolie pulmonaire. Père décédé d’une embolie pulmonaire.\n\n"
    "TRAITEMENT\n"
    "Metformine 1 000 mg deux fois par jour arrêtée le 21/02/2026 devant l’aggravation de la fonction rénale "
    "(créatinine 142 µmol/L). Spironolactone 25 mg poursuivie.\n\n"
    "CONCLUSION\nSortie à domicile le 24/02/2026. Contrôle du potassium à une semaine.\n"
)
PRESCRIPTION_TEXT = (
    "Ordonnance de sortie du 24/02/2026\n\n"
    "Bisoprolol 2,5 mg : 1 comprimé le matin\n"
    "Spironolactone 25 mg : 1 comprimé le matin\n"
    "Apixaban 5 mg : 1 comprimé matin et soir\n"
    "Paracétamol 1 g : si besoin, toutes les 6 heures\n"
)
ALLERGY_TEXT = "Allergies et intolérances\nPénicilline : urticaire géante en 1987. Produits de contraste iodés : aucune.\n"


def span(text: str, quote: str) -> tuple[int, int]:
    """Code-point offsets of a quote."""
    start = text.index(quote)
    return start, start + len(quote)


def blocks_of(text: str, path: str) -> list[Json]:
    """One block a line, as a reader would cut them."""
    found: list[Json] = []
    at = 0
    for number, line in enumerate(text.split("\n")):
        if line:
            found.append(
                {
                    "start": at,
                    "end": at + len(line),
                    "heading": [],
                    "path": f"{path}/items[{number}]",
                    "narrative": len(line) > 90,
                }
            )
        at += len(line) + 1
    return found


class Document:
    """A version of a document of the fake record."""

    def __init__(
        self,
        record_id: str,
        kind: str,
        title: str,
        effective: str,
        text: str,
        *,
        version: int = 1,
        author: str = "",
    ) -> None:
        self.record_id = record_id
        self.version = f"{record_id}::hopital.example::{version}"
        self.number = version
        self.kind = kind
        self.title = title
        self.effective = effective
        self.text = text
        self.author = author

    def entry(self) -> Json:
        """As on the timeline."""
        return {
            "record_id": self.record_id,
            "version": self.version,
            "system": "openehr",
            "kind": self.kind,
            "title": self.title,
            "effective": self.effective,
            "effective_end": None,
            "status": "final",
            "author": self.author,
            "facility": "",
        }

    def page(self, *, current: bool, current_version: str) -> Json:
        """As `GET documents/{record_id}`."""
        composition = self.entry() | {
            "version_number": self.number,
            "archetype": "",
            "language": "fr",
            "committed": self.effective,
            "patient_hint": None,
        }
        return {
            "composition": composition,
            "text": self.text,
            "text_version": "renderer@v1",
            "blocks": blocks_of(self.text, "/content[0]"),
            "current": current,
            "current_version": current_version,
            "media_type": "application/json",
        }

    def locator(self, quote: str) -> Json:
        """A locator of a quote of this version."""
        start, end = span(self.text, quote)
        return {
            "system": "openehr",
            "record_id": self.record_id,
            "version": self.version,
            "path": "/content[openEHR-EHR-OBSERVATION.laboratory_test_result.v1]/data/events[at0002]",
            "text_version": "renderer@v1",
            "page": None,
            "start": start,
            "end": end,
            "quote": quote,
            "sha256": hashlib.sha256(quote.encode()).hexdigest(),
        }


LAB_OLD = Document(
    "lab-1", "laboratory", "Ionogramme sanguin", "2026-02-27T07:40:00", OLD_LAB_TEXT, author="Dr Nguyen"
)
LAB = Document(
    "lab-1",
    "laboratory",
    "Ionogramme sanguin",
    "2026-02-27T07:40:00",
    LAB_TEXT,
    version=2,
    author="Dr Nguyen",
)
LETTER = Document(
    "crh-1",
    "hospital_report",
    "Compte rendu d’hospitalisation",
    "2026-02-24",
    LETTER_TEXT,
    author="Dr Bernard",
)
PRESCRIPTION = Document(
    "ordo-1", "prescription", "Ordonnance de sortie", "2026-02-24", PRESCRIPTION_TEXT, author="Dr Bernard"
)
ALLERGY = Document("alg-1", "allergy_list", "Allergies et intolérances", "2019-04-02", ALLERGY_TEXT)
_MORE = [
    (
        "laboratory",
        "Bilan biologique",
        [
            "2019-05-03",
            "2020-01-14",
            "2021-06-22",
            "2022-03-09",
            "2023-02-16",
            "2023-09-30",
            "2024-03-12",
            "2024-10-05",
            "2025-04-18",
            "2025-11-20",
            "2026-01-12",
        ],
    ),
    (
        "encounter",
        "Consultation de cardiologie",
        ["2019-06-11", "2020-07-02", "2021-07-15", "2022-08-01", "2023-09-12", "2024-09-20", "2025-10-03"],
    ),
    ("imaging", "Échocardiographie transthoracique", ["2019-06-11", "2022-08-01", "2024-09-20"]),
    ("letter", "Courrier au médecin traitant", ["2020-07-04", "2023-09-14", "2025-10-05"]),
    ("nursing", "Transmissions infirmières", ["2026-02-19", "2026-02-20", "2026-02-21"]),
    ("immunisation", "Vaccination antigrippale", ["2023-10-20", "2024-10-22", "2025-10-18"]),
    ("stay", "Séjour en cardiologie", ["2026-02-18"]),
]
OTHERS = [
    Document(f"{kind}-{i}", kind, title, day, f"{title} du {day}.\nSans particularité.\n", author="Dr Caron")
    for kind, title, days in _MORE
    for i, day in enumerate(days)
]
CURRENT = [LAB, LETTER, PRESCRIPTION, ALLERGY, *OTHERS]
TIMELINE = sorted(
    (document.entry() for document in CURRENT), key=lambda entry: entry["effective"], reverse=True
)
COVERAGE: Json = {
    "documents": len(CURRENT),
    "kinds": sorted({document.kind for document in CURRENT}),
    "from": "2019-04-02",
    "to": "2026-02-27",
    "sources": [
        {"system": "openehr", "last_success": "2026-03-02T06:10:00Z", "stale": False},
        {"system": "archives", "last_success": "2026-01-04T02:00:00Z", "stale": True},
    ],
    "unread": [{"record_id": "letter-0", "reason": "no_text_layer"}],
}


def detail(name: str, text: str) -> Json:
    """A detail of a fact."""
    return {"name": name, "label": name, "text": text, "value": None, "path": "/", "start": 0, "end": 0}


def fact(kind: str, label: str, document: Document, quote: str, **given: Any) -> Json:
    """A fact with the defaults of the API."""
    return {
        "id": f"f-{kind}-{label}-{given.get('status', '')}-{given.get('effective', '')}",
        "kind": kind,
        "label": label,
        "codes": [],
        "value": {"type": "text", "text": label},
        "effective": document.effective,
        "effective_end": None,
        "status": "active",
        "certainty": "present",
        "subject": "patient",
        "interpretation": None,
        "reference_range": None,
        "details": [],
        "heading": [],
        "extracted": False,
        "locator": document.locator(quote),
    } | given


FACTS: dict[str, list[Json]] = {
    "allergy": [
        fact(
            "allergy",
            "Pénicilline",
            ALLERGY,
            "Pénicilline : urticaire géante",
            details=[detail("reaction", "urticaire géante")],
        ),
        fact(
            "allergy",
            "Produits de contraste iodés",
            ALLERGY,
            "Produits de contraste iodés : aucune",
            certainty="absent",
        ),
    ],
    "medication": [
        fact(
            "medication",
            "Bisoprolol",
            PRESCRIPTION,
            "Bisoprolol 2,5 mg",
            effective="2024-09-20",
            details=[
                detail("dose", "2,5 mg"),
                detail("frequency", "le matin"),
                detail("reason", "insuffisance cardiaque"),
            ],
        ),
        fact(
            "medication",
            "Spironolactone",
            PRESCRIPTION,
            "Spironolactone 25 mg",
            effective="2025-10-03",
            details=[detail("dose", "25 mg"), detail("frequency", "le matin")],
        ),
        fact(
            "medication",
            "Apixaban",
            PRESCRIPTION,
            "Apixaban 5 mg",
            details=[
                detail("dose", "5 mg"),
                detail("frequency", "matin et soir"),
                detail("reason", "fibrillation atriale"),
            ],
        ),
        fact(
            "medication",
            "Paracétamol",
            PRESCRIPTION,
            "Paracétamol 1 g",
            details=[detail("dose", "1 g"), detail("as_needed", "si besoin")],
        ),
        fact(
            "medication",
            "Metformine",
            LETTER,
            "Metformine 1 000 mg deux fois par jour arrêtée le 21/02/2026",
            status="stopped",
            effective="2026-02-21",
            details=[detail("reason_stopped", "aggravation de la fonction rénale")],
        ),
        fact(
            "medication",
            "Metformine",
            LETTER,
            "Metformine 1 000 mg",
            effective="2021-07-15",
            details=[detail("dose", "1 000 mg")],
        ),
        fact("medication", "Furosémide", LETTER, "CONCLUSION", status="stopped", effective="2024-01-10"),
    ],
    "problem": [
        fact(
            "problem",
            "Insuffisance cardiaque",
            LETTER,
            "Décompensation cardiaque globale",
            effective="2019-06-11",
        ),
        fact("problem", "Diabète de type 2", LETTER, "diabète de type 2", effective="2012", extracted=True),
        fact("problem", "Fibrillation atriale", LETTER, "cardiopathie", effective="2024-09"),
        fact(
            "problem", "Fracture du radius gauche", LETTER, "MOTIF", effective="2015-08-03", status="resolved"
        ),
        fact("problem", "Embolie pulmonaire", LETTER, "Pas d’embolie pulmonaire", certainty="absent"),
        fact(
            "problem", "Embolie pulmonaire", LETTER, "Père décédé d’une embolie pulmonaire", subject="family"
        ),
    ],
}

_DAYS = [
    "2023-02-16",
    "2023-09-30",
    "2024-03-12",
    "2024-10-05",
    "2025-04-18",
    "2025-11-20",
    "2026-01-12",
    "2026-02-27",
]


def trend(
    code: str, label: str, unit: str, values: str, low: str | None, high: str | None, kind: str = "laboratory"
) -> Json:
    """A series whose last point stands in the laboratory document."""
    numbers = values.split()
    start, end = span(LAB_TEXT, "Potassium : 5,4 mmol/L")
    points = [
        {
            "at": day, "value": value, "comparator": None, "low": low, "high": high, "interpretation": None,
            "status": "final", "fact_id": f"{code}-{i}", "record_id": LAB.record_id, "version": LAB.version,
            "start": start, "end": end, "extracted": code == "2823-3" and day == _DAYS[-1],
        }
        for i, (day, value) in enumerate(zip(_DAYS[-len(numbers):], numbers, strict=True))
    ]  # fmt: skip
    return {"code": code, "label": label, "unit": unit, "kind": kind, "points": points}


TRENDS = [
    trend("2823-3", "Potassium", "mmol/L", "4.1 4.3 4.2 4.6 4.4 4.8 4.9 5.4", "3.5", "5.0"),
    trend("14682-9", "Créatinine", "umol/L", "78 82 80 88 95 104 118 142", "45", "84"),
    trend("2951-2", "Sodium", "mmol/L", "139 140 141 138 139 140 137 138", "136", "145"),
    trend("718-7", "Hémoglobine", "g/dL", "12.9 12.6 12.4 12.1 11.8 11.6 11.4", "12.0", "16.0"),
    trend("4548-4", "Hémoglobine glyquée", "%", "7.4 7.1 6.9 7.2 7.0", None, "7.0"),
    trend("33762-6", "NT-proBNP", "ng/L", "480 610 890 2450", None, "300"),
    trend("1988-5", "Protéine C réactive", "mg/L", "3 2 4 3", None, "5"),
    trend("6301-6", "INR", "1", "1.0", None, None),
    trend("3016-3", "TSH", "m[iU]/L", "2.1 1.9 2.3", "0.4", "4.0"),
    trend("777-3", "Plaquettes", "10*9/L", "231 240 228", "150", "400"),
    trend(
        "8480-6", "Pression artérielle systolique", "mm[Hg]", "142 138 134 128 124", None, None, "vital_sign"
    ),
    trend("29463-7", "Poids", "kg", "71.5 72.0 74.2 69.8", None, None, "vital_sign"),
]
