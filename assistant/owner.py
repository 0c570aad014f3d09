"""Who serves a data folder: the file by which the command line finds the running service.

`owner.json` (mode 0600) holds the address, a random token and the process id. Whoever can read it is the
operating-system user that runs the service.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import sys
from pathlib import Path

from pydantic import ValidationError

from retrieval.folder_lock import owner_of
from retrieval.frozen import Frozen

OWNER_FILE = "owner.json"


class Owner(Frozen):
    """The service that owns a data folder. `certificate` is the file to trust when it speaks TLS."""

    url: str
    token: str
    pid: int
    certificate: str | None = None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    descriptor = os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    partial.replace(path)


def write_owner(data: Path, owner: Owner) -> None:
    """Say who serves the folder."""
    write_private(data / OWNER_FILE, json.dumps(owner.model_dump()))


def read_owner(data: Path) -> Owner | None:
    """Who serves the folder; None when nobody does. A file left by a dead process counts as nobody."""
    try:
        owner = Owner.model_validate_json((data / OWNER_FILE).read_text("utf-8"))
    except (OSError, ValidationError):
        return None
    holder = owner_of(data)
    return owner if holder is not None and holder.pid == owner.pid else None


def remove_owner(data: Path) -> None:
    """Take the file away, if it is this process's."""
    owner = read_owner(data)
    if owner is not None and owner.pid == os.getpid():
        with contextlib.suppress(FileNotFoundError):
            (data / OWNER_FILE).unlink()


def os_user() -> str:
    """The operating-system user that runs this process; not what the environment says it is."""
    if sys.platform == "win32":
        return getpass.getuser()
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return f"uid{os.geteuid()}"
