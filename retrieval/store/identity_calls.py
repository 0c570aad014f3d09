"""The part of the record store that settles who is who; the rules are those of `identity_matching`."""

from __future__ import annotations

from retrieval.composition import Patient
from retrieval.identity import opaque_id
from retrieval.store import deciding, identities, people
from retrieval.store.connection import Database
from retrieval.store.values import Identified, IdentityConflict, IdentityDecision, Whose


class IdentityCalls:
    """Descriptions of people, conflicts between them, decisions; the owner's calls, without a Scope."""

    _database: Database
    _secret: bytes

    def opaque_id(self, text: str) -> str:
        """The patient id for what a source calls `text`: itself, or a digest keyed with the site's secret."""
        return opaque_id(text, self._secret)

    def identify(self, patient: Patient, whose: Whose) -> Identified:
        """Hold what a source says of a person and return whose it is.

        `whose.hint` is the opaque id that the source's documents carry, `whose.claim` a patient who was
        decided; one of them is given. `patient.id` is not used. Descriptions come together by an identifier
        and agreeing traits; patients may thereby become one, and records, facts and index work follow.
        """
        with self._database.writing() as connection:
            return identities.identify(connection, patient, whose)

    def identity_conflicts(self) -> tuple[IdentityConflict, ...]:
        """The pairs of patients of whom nobody has said yet whether they are one, oldest first."""
        with self._database.reading() as connection:
            return deciding.conflicts(connection)

    def count_identity_conflicts(self) -> int:
        """How many there are."""
        with self._database.reading() as connection:
            return deciding.count_conflicts(connection)

    def identity_decisions(self) -> tuple[IdentityDecision, ...]:
        """What people decided, oldest first."""
        with self._database.reading() as connection:
            return deciding.decisions(connection)

    def decide_same(self, first: str, second: str, *, by: str) -> str:
        """Two patients are one: returns the id under which both are held; the other keeps answering.

        Raises UnknownRecord when one is not held, NotAccepted when they are one already or were said to be
        different. Reversible: `undo_decision`, or `decide_different`.
        """
        with self._database.writing() as connection:
            return deciding.decide_same(connection, first, second, by=by)

    def decide_different(self, first: str, second: str, *, by: str) -> None:
        """Two patients are two, now and whatever their sources say later; what made them one is taken back.

        Takes present ids, and ids of what was brought together. Raises UnknownRecord when one is not held,
        NotAccepted when both stand for one description.
        """
        with self._database.writing() as connection:
            deciding.decide_different(connection, first, second, by=by)

    def undo_decision(self, number: int) -> None:
        """Take a decision back; records divide as if it had never been made. Raises UnknownRecord."""
        with self._database.writing() as connection:
            deciding.undo(connection, number)

    def current_id(self, patient_id: str) -> str:
        """The patient whom an id stands for now; the id itself where none is held."""
        with self._database.reading() as connection:
            return people.current_id(connection, patient_id)

    def ids_of(self, patient_id: str) -> frozenset[str]:
        """Every id that stands for one patient: the present one and those of what was brought together."""
        with self._database.reading() as connection:
            return people.ids_of(connection, patient_id)
