"""The steps of `aparte demo`, each of which finds out whether it is still to be done.

Everything goes into the one data folder of the settings, which must be empty or this demonstration's own:
synthetic records admit models that real ones must not meet.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import anyio

from assistant.bringing import Wanted, bring
from assistant.cli import show
from assistant.cli.door import Door, Json, open_door
from assistant.cli.records import progress_bar
from assistant.cli.service import run_service
from assistant.errors import ConfigurationError, NotFound
from assistant.model_settings import model_settings
from assistant.owner import os_user, read_owner, write_private
from assistant.people.accounts import EVERY_PATIENT, new_password
from assistant.people.principal import Principal, Role
from assistant.services import Services
from assistant.settings import CONFIG_FILE, Settings, force_offline, load_settings
from assistant.workplace import open_workplace
from eval.synthetic.command import build_demo
from eval.synthetic.truth import Hospital
from models.catalogue import load_catalogue
from models.fetch import fetch
from models.progress import Progress
from retrieval.frozen import Frozen

MARKER = "demonstration.json"
PASSWORDS = "demonstration-accounts.json"
HOSPITAL = "demo"


class Marker(Frozen):
    """What this data folder's demonstration was made from, and whose records it holds."""

    patients: int
    seed: int
    patient_ids: tuple[str, ...]


class DemoAccount(NamedTuple):
    """An account of the demonstration."""

    login: str
    name: str
    role: Role


ACCOUNTS = (
    DemoAccount("dr.martin", "Dr Claire Martin", "physician"),
    DemoAccount("interne", "Hugo Petit, interne", "intern"),
    DemoAccount("infirmiere", "Léa Moreau, infirmière", "nurse"),
    DemoAccount("pharmacien", "Paul Girard, pharmacien", "pharmacist"),
    DemoAccount("evaluateur", "Anne Leroy, évaluation", "evaluator"),
    DemoAccount("admin", "Administration", "administrator"),
    DemoAccount("auditeur", "Audit", "auditor"),
)


def run_demo(*, patients: int, seed: int, serve: bool, question: str) -> None:
    """Do every step that is not done yet, print the answer, then serve if asked to."""
    force_offline()
    settings = prepare(load_settings())
    owner = read_owner(settings.data)
    if owner is None:
        get_models(settings)
        hospital = make_hospital(settings, patients=patients, seed=seed)
        with open_workplace(settings) as services:
            passwords = make_accounts(services)
            load(services, marker=marker_of(hospital, patients, seed))
        first = hospital.patients[0].identity.patient_id
    else:
        _say(f"already served at {owner.url}: nothing is made again")
        passwords = json.loads((settings.data / PASSWORDS).read_text("utf-8"))
        first = Marker.model_validate_json((settings.data / MARKER).read_text("utf-8")).patient_ids[0]
    ask_once(settings, first, question)
    _print_accounts(passwords, settings)
    if owner is not None:
        _say(f"the service runs at {owner.url}")
    elif serve:
        run_service(settings)


def prepare(settings: Settings) -> Settings:
    """Make the data folder the demonstration's, or refuse when it holds other records."""
    data = settings.data
    config = data / CONFIG_FILE
    if not (data / MARKER).exists():
        if (data / "records.sqlite").exists():
            raise ConfigurationError(
                f"{data} already holds records that are not the demonstration's; "
                "name another folder with APARTE_DATA, then run this again"
            )
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        empty = Marker(patients=0, seed=0, patient_ids=())
        if not config.exists():
            write_private(
                config, "# Made by `aparte demo`: these records are synthetic.\nallow_test_models = true\n"
            )
        write_private(data / MARKER, empty.model_dump_json())
    return load_settings(data=settings.data, host=settings.host, port=settings.port, allow_test_models=True)


def get_models(settings: Settings) -> None:
    """Bring the encoder and the language model that are not here yet, checked by their sha256."""
    folder = model_settings(settings).models_folder
    catalogue = load_catalogue()
    wanted = []
    if settings.encoder != "hashing":
        wanted.append(settings.encoder or catalogue.default("encoder").name)
    if settings.engine in {"xllamacpp", "llama_cpp"}:
        wanted.append(settings.model or catalogue.default("chat").name)
    for name in wanted:
        if name not in catalogue.names():
            continue  # a path of the person's own
        _say(f"model {name}: looking for it in {folder}")
        with progress_bar(name) as bar:
            fetched = fetch(name, folder, allow_mirror=True, progress=_shown(bar))
        _say(f"model {name}: {'brought and checked' if fetched.changed else 'already here'}")


def _shown(bar: Callable[[int, int, str], None]) -> Callable[[Progress], None]:
    return lambda step: bar(step.done, step.total, step.step)


def make_hospital(settings: Settings, *, patients: int, seed: int) -> Hospital:
    """Write the hospital's documents; those that are there already are left alone."""
    hospital = build_demo(settings.data / HOSPITAL, patients=patients, seed=seed)
    documents = sum(len(patient.documents) for patient in hospital.patients)
    _say(f"hospital: {len(hospital.patients)} patients, {documents} documents, all invented (seed {seed})")
    return hospital


def make_accounts(services: Services) -> dict[str, str]:
    """The demonstration's accounts and their passwords, which are random and stay the same here."""
    path = services.settings.data / PASSWORDS
    if path.exists():
        passwords: dict[str, str] = json.loads(path.read_text("utf-8"))
    else:
        passwords = {account.login: new_password() for account in ACCOUNTS}
        write_private(path, json.dumps(passwords, indent=2))
    for account in ACCOUNTS:
        _make_account(services, account, passwords[account.login])
    return passwords


def _make_account(services: Services, account: DemoAccount, password: str) -> None:
    try:
        services.accounts.by_login(account.login)
    except NotFound:
        made = services.accounts.add(
            account.login, [account.role], password=password, display_name=account.name
        )
        services.trail.record(
            "account_added", actor="demo", detail={"account": made.id, "roles": [account.role]}
        )
        if made.may("read_record"):
            services.accounts.grant(account.login, EVERY_PATIENT, by="demo")
            services.trail.record(
                "care_granted", actor="demo", patient_id=EVERY_PATIENT, detail={"account": made.id}
            )
        if account.role in {"physician", "administrator"}:
            services.accounts.map_os_user(os_user(), account.login)


def marker_of(hospital: Hospital, patients: int, seed: int) -> Marker:
    """What is remembered of a demonstration, to know it again."""
    ids = tuple(patient.identity.patient_id for patient in hospital.patients)
    return Marker(patients=patients, seed=seed, patient_ids=ids)


def load(services: Services, *, marker: Marker) -> None:
    """Bring the hospital in; people of an earlier, different demonstration are erased."""
    path = services.settings.data / MARKER
    former = Marker.model_validate_json(path.read_text("utf-8"))
    principal = _loader(services)
    held = {patient.id for patient in services.store.patients()}
    for patient_id in sorted((set(former.patient_ids) - set(marker.patient_ids)) & held):
        services.store.purge_patient(patient_id)
        services.trail.erase(patient_id, actor=principal.id)
    folder = services.settings.data / HOSPITAL
    started = time.monotonic()
    with progress_bar("Lecture") as bar:
        report = bring(
            services, principal, Wanted(paths=(folder,), manifest=(folder / "manifest.csv",)), progress=bar
        )
    write_private(path, marker.model_dump_json())
    for note in report["notes"]:
        _say(note)
    for item in report["rejected"][:5]:
        _say(f"rejected {item['file']}: {item['reason']}")
    _say(
        f"records: {report['read']} read, {report['unchanged']} unchanged, {report['facts']} facts, "
        f"{len(report['rejected'])} rejected, {time.monotonic() - started:.0f} s"
    )


def _loader(services: Services) -> Principal:
    return services.accounts.by_login("dr.martin")


def ask_once(settings: Settings, patient_id: str, question: str) -> None:
    """Ask one question as the command line does, and print the answer with its citations."""
    request: Json = {"question": question, "language": "fr"}
    with open_door("dr.martin", settings=settings) as door:
        show.whole(show.console(), anyio.run(_finished, door, patient_id, request))


async def _finished(door: Door, patient_id: str, request: Json) -> Json:
    async with door.ask(patient_id, request) as events:
        async for name, data in events:
            if name == "finished":
                return data
    raise NotFound("the service ended before the answer; run the same command again")


def _print_accounts(passwords: dict[str, str], settings: Settings) -> None:
    print("\nComptes de démonstration :")
    for account in ACCOUNTS:
        print(f"  {account.login:12} {passwords[account.login]}   {account.name}")
    print(f"Données : {_tilde(settings.data)}", flush=True)


def _tilde(path: Path) -> str:
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
