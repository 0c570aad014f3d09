"""A tiny hospital made by hand: two patients, a few documents, one account of each kind."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from assistant.owner import os_user
from assistant.services import Services
from assistant.settings import Settings
from models.base import ChatModel
from models.hashing import HashingEmbedder
from models.scripted import ScriptedChatModel
from retrieval.composition import Block, Composition, Patient, PatientIdentifier, ReadDocument
from retrieval.fact import Code, Coded, Fact, Quantity, ReferenceRange
from retrieval.locator import locate
from retrieval.outbox import apply_outbox
from retrieval.passages import passages_of

PASSWORD = "un mot de passe assez long"
JEANNE, ROGER = "pat-jeanne", "pat-roger"
PLANTED = ("MARTINEAU", "Odette", "zéphyrine", "furosémide")
"""Words of the record that must never reach a log or an error."""
ACCOUNTS = {
    "medecin": "physician",
    "evaluatrice": "evaluator",
    "administrateur": "administrator",
    "auditrice": "auditor",
}


class Line(NamedTuple):
    """One line of a document, and the fact that it states."""

    text: str
    fact: dict[str, Any] | None = None


def potassium(value: str, day: str) -> Line:
    return Line(
        f"Potassium : {value.replace('.', ',')} mmol/L (3,5 - 5,0)",
        {
            "kind": "laboratory",
            "label": "Potassium",
            "codes": (Code(system="LOINC", code="2823-3", display="Potassium"),),
            "value": Quantity(magnitude=Decimal(value), unit="mmol/L"),
            "effective": day,
            "status": "final",
            "reference_range": ReferenceRange(low=Decimal("3.5"), high=Decimal("5.0")),
            "interpretation": "high" if Decimal(value) > 5 else "normal",
        },
    )


def allergy(substance: str) -> Line:
    return Line(
        f"Allergie : {substance}",
        {"kind": "allergy", "label": substance, "value": Coded(text=substance), "effective": "2023-05-02"},
    )


def document(
    record_id: str,
    lines: Sequence[Line],
    *,
    day: str,
    kind: str = "laboratory",
    title: str = "Biologie",
    version: str = "1",
    status: str = "final",
) -> ReadDocument:
    """A document of one line a block."""
    text = "\n".join(line.text for line in lines)
    blocks, facts, start = [], [], 0
    for number, line in enumerate(lines):
        end = start + len(line.text)
        path = f"/lines[{number}]"
        blocks.append(Block(start=start, end=end, path=path, narrative=line.fact is None))
        if line.fact is not None:
            place = locate(
                text,
                (start, end),
                system="tests",
                record_id=record_id,
                version=version,
                path=path,
                text_version="tests@v1",
            )
            facts.append(Fact(id=f"{record_id}.{version}.{number}", locator=place, **line.fact))
        start = end + 1
    composition = Composition(
        record_id=record_id,
        version=version,
        version_number=int(version),
        system="tests",
        kind=kind,
        title=title,
        effective=day,
        status=status,
    )
    return ReadDocument(
        composition=composition,
        raw=text.encode(),
        media_type="text/plain",
        text=text,
        text_version="tests@v1",
        blocks=tuple(blocks),
        facts=tuple(facts),
    )


def put(services: Services, patient_id: str, *documents: ReadDocument) -> None:
    """Store and index documents."""
    for each in documents:
        services.store.put(each, patient_id=patient_id, passages=passages_of(each))
    apply_outbox(services.store, services.index.get(), services.embedder.get())


def fill(services: Services) -> None:
    """Accounts and records."""
    for login, role in ACCOUNTS.items():
        services.accounts.add(login, [role], password=PASSWORD)
    services.accounts.grant("medecin", JEANNE, by="tests")
    services.accounts.grant("evaluatrice", JEANNE, by="tests")
    services.accounts.map_os_user(os_user(), "medecin")
    services.accounts.map_os_user(os_user(), "administrateur")
    services.store.put_patient(
        Patient(
            id=JEANNE,
            name="MARTINEAU Jeanne Odette",
            family_name="MARTINEAU",
            given_names="Jeanne Odette",
            birth_date="1948-03-12",
            sex="female",
            identity_status="qualified",
            identifiers=(PatientIdentifier(system="IPP", value="IPP-77"),),
        )
    )
    services.store.put_patient(Patient(id=ROGER, name="FAURE Roger", birth_date="1956-07-03", sex="male"))
    put(
        services,
        JEANNE,
        document("bio/2024-03::a", [Line("Ionogramme"), potassium("5.4", "2024-03-12")], day="2024-03-12"),
        document("bio/2024-01::a", [Line("Ionogramme"), potassium("4.1", "2024-01-08")], day="2024-01-08"),
        document(
            "cr-1",
            [
                Line("Hospitalisation du 2 mai 2023 pour décompensation cardiaque."),
                Line("Traitement par furosémide 40 mg par jour, bien toléré, suivi par zéphyrine."),
                allergy("Pénicilline"),
            ],
            day="2023-05-02",
            kind="hospital_report",
            title="Compte rendu d’hospitalisation",
        ),
    )
    put(services, ROGER, document("bio-r", [potassium("3.9", "2024-02-01")], day="2024-02-01"))


def make_services(
    data: Path, *, model: Callable[[], ChatModel | None] = ScriptedChatModel, **settings: Any
) -> Services:
    """Services over a new data folder, with the shipped fakes."""
    chosen = Settings(data=data, encoder="hashing", engine="scripted", **settings)
    return Services(chosen, make_embedder=HashingEmbedder, make_chat_model=model, owner_token="t" * 43)
