"""The permission table and the making of a Scope: whatever is not granted is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import AssistantError, Forbidden, NotFound
from assistant.people.access import scope_for, usual_purpose, visible_patients
from assistant.people.accounts import Accounts
from assistant.people.principal import PERMISSIONS, ROLES, Principal, Role, rights


@pytest.fixture
def accounts(tmp_path: Path) -> Iterator[Accounts]:
    made = Accounts(tmp_path)
    yield made
    made.close()


def add(accounts: Accounts, *roles: Role) -> Principal:
    return accounts.add("claire", roles, password=None)


def test_the_table_names_every_role_and_only_known_permissions() -> None:
    assert set(rights()) == set(ROLES)
    assert all(row.permissions <= set(PERMISSIONS) for row in rights().values())
    readers = {role for role, row in rights().items() if "read_record" in row.permissions}
    assert readers == {"physician", "intern", "nurse", "pharmacist", "evaluator"}
    assert all(bool(rights()[role].purposes) == (role in readers) for role in ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_nobody_reads_without_a_care_relationship(accounts: Accounts, role: Role) -> None:
    with pytest.raises((Forbidden, NotFound)):
        scope_for(add(accounts, role), "p1", usual_purpose(add_nothing(accounts)), accounts=accounts)


def add_nothing(accounts: Accounts) -> Principal:
    return accounts.by_login("claire")


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_a_care_relationship_does_not_make_a_reader(accounts: Accounts, role: Role) -> None:
    principal = add(accounts, role)
    accounts.grant("claire", "*", by="tests")
    with pytest.raises(Forbidden):
        scope_for(principal, "p1", "care", accounts=accounts)
    with pytest.raises(Forbidden):
        visible_patients(principal, accounts=accounts)


def test_a_scope_says_who_whom_and_what_for(accounts: Accounts) -> None:
    principal = add(accounts, "physician")
    accounts.grant("claire", "p1", by="tests")
    scope = scope_for(principal, "p1", "care", accounts=accounts)
    assert (scope.principal_id, scope.patient_id, scope.purpose) == (principal.id, "p1", "care")
    with pytest.raises(Forbidden):
        scope_for(principal, "p1", "curiosité", accounts=accounts)
    with pytest.raises(NotFound):
        scope_for(principal, "p2", "care", accounts=accounts)
    assert visible_patients(principal, accounts=accounts) == {"p1"}
    accounts.revoke("claire", "p1")
    with pytest.raises(NotFound):
        scope_for(principal, "p1", "care", accounts=accounts)


@given(
    roles=st.sets(st.sampled_from(ROLES)),
    granted=st.sets(st.sampled_from(["p1", "p2", "*"])),
    patient=st.sampled_from(["p1", "p2", "p3", "*", ""]),
    purpose=st.sampled_from(["care", "evaluation", "", "autre"]),
)
def test_default_deny(roles: set[Role], granted: set[str], patient: str, purpose: str) -> None:
    """A Scope exists exactly when role, purpose and care relationship all allow it."""

    class Granted:
        def cared_for(self, _account_id: str) -> frozenset[str]:
            return frozenset(granted)

    principal = Principal(id="a", login="a", roles=frozenset(roles))
    allowed = (
        any("read_record" in rights()[role].permissions for role in roles)
        and any(purpose in rights()[role].purposes for role in roles)
        and ("*" in granted or patient in granted)
    )
    try:
        scope = scope_for(principal, patient, purpose, accounts=Granted())  # type: ignore[arg-type]
    except AssistantError:
        assert not allowed
    else:
        assert allowed
        assert scope.patient_id == patient
