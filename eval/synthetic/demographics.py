"""The patient's identity as an openEHR demographic PERSON, in canonical JSON. Paths: docs/synthetic.md."""

import json

from eval.synthetic import openehr as rm
from eval.synthetic.truth import Identity

_SEX = {"male": "masculin", "female": "féminin", "unknown": "inconnu"}
_STATUS = {
    "provisional": "identité provisoire",
    "validated": "identité validée",
    "recovered": "identité récupérée",
    "qualified": "identité qualifiée",
}
# Object identifiers of the French agency (ANS) for test values, never for real ones.
INS_TEST_OID = "1.2.250.1.213.1.4.10"


def person(identity: Identity, uid: str) -> str:
    """The canonical JSON text of the PERSON."""
    ins = rm.identifier(
        identity.ins, f"INS-TEST-{identity.ins_status}", issuer="ANS (test)", assigner=INS_TEST_OID
    )
    ipp = rm.identifier(identity.ipp, "IPP", issuer=rm.FACILITY, assigner=rm.SYSTEM)
    local = rm.identifier(identity.patient_id, "PATIENT_ID", issuer=rm.FACILITY, assigner=rm.SYSTEM)
    items = [
        rm.element("at0001", "family_name", rm.text(identity.family_name)),
        rm.element("at0002", "birth_name", rm.text(identity.birth_name)),
        rm.element("at0003", "given_names", rm.text(" ".join(identity.given_names))),
        rm.element("at0004", "birth_date", rm.day(identity.birth_date)),
        rm.element("at0005", "sex", rm.coded(_SEX[identity.sex], "local", identity.sex)),
        rm.element("at0006", "identifier", ins),
        rm.element("at0006", "identifier", ipp),
        rm.element("at0006", "identifier", local),
        rm.element("at0007", "identity_status", rm.coded(_STATUS[identity.status], "local", identity.status)),
    ]
    full = f"{identity.given_names[0]} {identity.family_name}"
    name = rm.element("at0002", "Nom complet", rm.text(full))
    node = rm.locatable(
        "PERSON",
        "openEHR-DEMOGRAPHIC-PERSON.person.v0",
        "Patient",
        uid={"_type": "HIER_OBJECT_ID", "value": uid},
        identities=[
            rm.locatable(
                "PARTY_IDENTITY",
                "openEHR-DEMOGRAPHIC-PARTY_IDENTITY.person_name.v0",
                "Identité",
                details=rm.tree("at0001", [name]),
            )
        ],
        details=rm.tree("at0001", items),
    )
    return json.dumps(node, ensure_ascii=False, indent=2) + "\n"
