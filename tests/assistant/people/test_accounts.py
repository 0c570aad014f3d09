"""Accounts, passwords, lock-out by the clock, sessions by the clock, operating-system users."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.errors import BadRequest, NotFound, NotSignedIn, TooManyRequests
from assistant.limits import Places, Rate
from assistant.people import passwords
from assistant.people.accounts import Accounts, new_password
from assistant.people.passwords import hash_password, verify_password
from assistant.people.sessions import Sessions, csrf_token

PASSWORD = "un long mot de passe"


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(tmp_path: Path, clock: Clock) -> Accounts:
    made = Accounts(tmp_path, failures=3, lockout_s=60, clock=clock)
    made.add("Claire.Petit", ["physician"], password=PASSWORD, display_name="Dr Petit")
    return made


def test_logins_are_folded_unique_and_plain(accounts: Accounts) -> None:
    assert accounts.by_login(" CLAIRE.petit ").login == "claire.petit"
    with pytest.raises(BadRequest, match="already"):
        accounts.add("claire.PETIT", ["nurse"], password=None)
    for login in ("", "a b", "x" * 65, "a;b", "a/b"):
        with pytest.raises(BadRequest):
            accounts.add(login, ["nurse"], password=None)
    for roles in ([], ["chef"]):
        with pytest.raises(BadRequest, match="a role is one of"):
            accounts.add("autre", roles, password=None)


def test_passwords_are_long_and_hashed_with_argon2id() -> None:
    digest = hash_password(PASSWORD)
    assert digest.startswith("$argon2id$")
    assert verify_password(digest, PASSWORD)
    assert not verify_password(digest, PASSWORD + " ")
    assert not verify_password(None, PASSWORD)
    assert not verify_password("not a hash", PASSWORD)
    with pytest.raises(BadRequest):
        hash_password("court")
    assert len({new_password() for _ in range(50)}) == 50


def test_lock_out_ends_with_time_and_right_passwords_clear_the_count(
    accounts: Accounts, clock: Clock
) -> None:
    for _ in range(2):
        with pytest.raises(NotSignedIn):
            accounts.check_password("claire.petit", "faux")
    assert accounts.check_password("claire.petit", PASSWORD).login == "claire.petit"
    for _ in range(3):
        with pytest.raises(NotSignedIn):
            accounts.check_password("claire.petit", "faux")
    with pytest.raises(TooManyRequests) as locked:
        accounts.check_password("claire.petit", PASSWORD)
    assert 0 < locked.value.retry_after_s <= 61
    clock.now += 61
    assert accounts.check_password("claire.petit", PASSWORD).login == "claire.petit"


def test_a_lock_out_holds_against_guesses_that_began_before_it(
    accounts: Accounts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one password is checked, three others fail: neither a wrong one nor the right one undoes that."""
    real = passwords.verify_password

    def slow(digest: str | None, password: str) -> bool:
        monkeypatch.setattr(passwords, "verify_password", real)
        for _ in range(3):
            with pytest.raises(NotSignedIn):
                accounts.check_password("claire.petit", "faux")
        return real(digest, password)

    monkeypatch.setattr(passwords, "verify_password", slow)
    with pytest.raises(NotSignedIn):
        accounts.check_password("claire.petit", "faux aussi")
    with pytest.raises(TooManyRequests):
        accounts.check_password("claire.petit", PASSWORD)
    accounts.set_password("claire.petit", PASSWORD)
    monkeypatch.setattr(passwords, "verify_password", slow)
    with pytest.raises(TooManyRequests):
        accounts.check_password("claire.petit", PASSWORD)


def test_a_name_that_cannot_be_one_is_nobodys(accounts: Accounts) -> None:
    accounts.add("-", ["nurse"], password=PASSWORD)
    with pytest.raises(NotSignedIn):
        accounts.check_password("pas un nom !", PASSWORD)
    assert accounts.check_password("-", PASSWORD).login == "-"


def test_an_account_without_a_password_cannot_sign_in(accounts: Accounts) -> None:
    accounts.add("robot", ["nurse"], password=None)
    for guess in ("", "None", "faux"):
        with pytest.raises((NotSignedIn, TooManyRequests)):
            accounts.check_password("robot", guess)


def test_sessions_end_by_age_by_idleness_and_by_hand(accounts: Accounts, clock: Clock) -> None:
    sessions = Sessions(accounts, lifetime_s=1000, idle_s=100, clock=clock)
    principal = accounts.by_login("claire.petit")
    token = sessions.open(principal)
    for _ in range(9):
        clock.now += 99
        assert sessions.find(token).principal == principal
    assert sessions.find(token).csrf == csrf_token(token)
    clock.now += 110
    with pytest.raises(NotSignedIn):
        sessions.find(token)
    idle = sessions.open(principal)
    clock.now += 101
    with pytest.raises(NotSignedIn):
        sessions.find(idle)
    first, second = sessions.open(principal), sessions.open(principal)
    sessions.close(first)
    with pytest.raises(NotSignedIn):
        sessions.find(first)
    assert sessions.find(second).principal == principal
    accounts.set_password("claire.petit", PASSWORD)
    with pytest.raises(NotSignedIn):
        sessions.find(second)
    with pytest.raises(NotSignedIn):
        sessions.find("x" * 43)


def test_operating_system_users_act_as_accounts_mapped_to_them(accounts: Accounts) -> None:
    with pytest.raises(NotFound, match="map-os"):
        accounts.for_os_user("root")
    accounts.map_os_user("root", "claire.petit")
    accounts.add("admin", ["administrator"], password=None)
    assert accounts.for_os_user("root").via == "command_line"
    with pytest.raises(NotFound, match="admin"):
        accounts.for_os_user("root", login="admin")
    accounts.map_os_user("root", "admin")
    assert accounts.for_os_user("root").login == "claire.petit"
    assert accounts.for_os_user("root", login="ADMIN").login == "admin"
    accounts.set_active("claire.petit", active=False)
    assert accounts.for_os_user("root").login == "admin"


def test_rates_are_for_each_key_and_slide() -> None:
    clock = Clock()
    rate = Rate(2, window_s=60, clock=clock)
    rate.take("a")
    clock.now += 30
    rate.take("a")
    rate.take("b")
    with pytest.raises(TooManyRequests) as full:
        rate.take("a")
    assert full.value.retry_after_s == 31
    clock.now += 31
    rate.take("a")


def test_places_are_given_back_whatever_happens() -> None:
    places = Places(1)

    def fail_inside() -> None:
        with places.take():
            with pytest.raises(TooManyRequests), places.take():
                pass
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_inside()
    with places.take():
        assert places.taken == 1
    assert places.taken == 0
