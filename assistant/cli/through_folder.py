"""The door of a data folder that nobody serves: this command owns it for as long as it runs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager

from assistant import bringing as work
from assistant import reading, settling
from assistant.answering.answer import AnswerRequest
from assistant.api.event_stream import event_json
from assistant.asking import ask
from assistant.cli.door import Bringing, Json, Progress
from assistant.errors import NotFound
from assistant.owner import os_user
from assistant.people.principal import Principal
from assistant.reading import ReadingOf
from assistant.services import Services
from assistant.settings import Settings
from assistant.workplace import open_workplace
from retrieval.frozen import Frozen


@contextmanager
def through_folder(settings: Settings, login: str | None) -> Iterator[FolderDoor]:
    """Own the folder, and act as the account of the operating-system user."""
    with open_workplace(settings) as services:
        principal = services.accounts.for_os_user(os_user(), login=login)
        yield FolderDoor(services, principal)


class FolderDoor:
    """The same functions as the HTTP interface, called here."""

    def __init__(self, services: Services, principal: Principal) -> None:
        self._services = services
        self._principal = principal

    def patients(self, find: str) -> Json:
        """The people who may be found."""
        return reading.find_patients(self._services, self._principal, find=find).model_dump(mode="json")

    def record(self, patient_id: str, *, kinds: Sequence[str], since: str | None) -> Json:
        """`patient`, `entries` and `facts` of one record."""
        what = ReadingOf(patient_id=patient_id)
        services, principal = self._services, self._principal
        return {
            "patient": reading.open_patient(services, principal, what).model_dump(mode="json", by_alias=True),
            **reading.timeline(services, principal, what, since=since).model_dump(mode="json"),
            **reading.facts(services, principal, what, kinds=kinds, since=since).model_dump(mode="json"),
        }

    @asynccontextmanager
    async def ask(self, patient_id: str, request: Json) -> AsyncIterator[AsyncIterator[tuple[str, Json]]]:
        """The events of an answer."""
        wanted = AnswerRequest.model_validate(request)
        try:
            async with aclosing(ask(self._services, self._principal, patient_id, wanted)) as events:
                yield ((event.event, json.loads(event_json(event))) async for event in events)
        finally:
            await self._services.stop()

    def ingest(self, bringing: Bringing, progress: Progress) -> Json:
        """Bring records in."""
        wanted = work.Wanted(
            paths=tuple(bringing.paths),
            format=bringing.format,
            patient_id=bringing.patient_id,
            manifest=bringing.manifest,
            system=bringing.system,
            dry_run=bringing.dry_run,
        )
        return work.bring(self._services, self._principal, wanted, progress=progress)

    def purge(self, patient_id: str) -> Json:
        """Erase a patient."""
        return work.purge(self._services, self._principal, patient_id)

    def reindex(self, progress: Progress) -> Json:
        """Make the index again."""
        return work.reindex(self._services, self._principal, progress=progress)

    def settle(self, method: str, path: str, body: Json | None = None) -> Json:
        """Identities and quarantine."""
        return _settle(self._services, self._principal, (method, *path.split("/")), body or {}).model_dump(
            mode="json"
        )


def _settle(services: Services, principal: Principal, route: tuple[str, ...], body: Json) -> Frozen:
    match route:
        case ("GET", "identities"):
            return settling.identities(services, principal)
        case ("POST", "identities", ("same" | "different") as kind):
            return settling.decide(services, principal, kind, **body)
        case ("DELETE", "identities", "decisions", number):
            return settling.undo(services, principal, int(number))
        case ("GET", "quarantine"):
            return settling.quarantine(services, principal)
        case ("GET", "quarantine", name):
            return settling.quarantined(services, principal, name)
        case ("POST", "quarantine", name, "assign"):
            return settling.assign(services, principal, name, **body)
        case ("DELETE", "quarantine", name):
            return settling.discard(services, principal, name)
    raise NotFound("no such command")
