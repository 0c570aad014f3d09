"""The command line's way to the records: through the running service, else by owning the data folder."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from assistant.settings import Settings, force_offline, load_settings

Json = dict[str, Any]
Progress = Callable[[int, int, str], None]
"""Called with files done, files in all and the name of the one that is read."""


class Bringing(NamedTuple):
    """What `aparte ingest` was asked to bring in. Paths are absolute."""

    paths: Sequence[Path]
    format: str = "auto"
    patient_id: str | None = None
    manifest: tuple[Path, ...] = ()
    system: str | None = None
    dry_run: bool = False


class Door(Protocol):
    """What the commands need. Every value is the JSON of the HTTP interface."""

    def patients(self, find: str) -> Json:
        """The people who may be found."""
        ...

    def record(self, patient_id: str, *, kinds: Sequence[str], since: str | None) -> Json:
        """`patient`, `entries` and `facts` of one record."""
        ...

    def ask(
        self, patient_id: str, request: Json
    ) -> AbstractAsyncContextManager[AsyncIterator[tuple[str, Json]]]:
        """The events of an answer, by name; leaving the context stops it."""
        ...

    def ingest(self, bringing: Bringing, progress: Progress) -> Json:
        """Bring records in; the report."""
        ...

    def purge(self, patient_id: str) -> Json:
        """Erase a patient."""
        ...

    def reindex(self, progress: Progress) -> Json:
        """Make the index again."""
        ...

    def settle(self, method: str, path: str, body: Json | None = None) -> Json:
        """Identities and quarantine: a route below `/api/admin/`, by its method and path."""
        ...


def read_settings() -> Settings:
    """The settings of this command; model libraries are kept off the network from here on."""
    force_offline()
    return load_settings()


@contextmanager
def open_door(login: str | None = None, *, settings: Settings | None = None) -> Iterator[Door]:
    """The way to the records, as the account mapped to the operating-system user.

    Raises NotFound when there is no such account and StoreLocked when another command holds the folder.
    """
    from assistant.owner import read_owner

    settings = settings or read_settings()
    owner = read_owner(settings.data)
    if owner is not None:
        from assistant.cli.through_service import through_service

        with through_service(owner, login) as door:
            yield door
        return
    from assistant.cli.through_folder import through_folder

    with through_folder(settings, login) as door:
        yield door
