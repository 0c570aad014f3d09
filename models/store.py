"""The models folder: what is in it, what may be used, what is taken away.

::

    <models folder>/<name>.gguf            a chat model          <name>.receipt.json
    <models folder>/<name>/                an encoder's folder   <name>.receipt.json
    <models folder>/.staging/              fetches under way
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Literal, NamedTuple

import platformdirs

from .catalogue import Catalogue, Entry, load_catalogue
from .errors import DigestMismatch, ModelRefused, PartMissing, UnknownModel
from .fetch import clear_staging, receipt_of, verify_files
from .progress import Report, silent, ticker
from .receipts import (
    SUFFIX,
    CheckedFile,
    Receipt,
    checked,
    files_of,
    is_intact,
    read_receipt,
    receipt_path,
    root_of,
    sha256_of,
    write_receipt,
)

Kind = Literal["chat", "encoder"]
Presence = Literal["absent", "present", "changed"]


class ModelState(NamedTuple):
    """One line of ``aparte models list``. ``size``: bytes, of the catalogue or of the files present."""

    name: str
    kind: Kind
    status: Literal["ok", "test", "own"]
    presence: Presence
    size: int
    sha256: str
    licence: str
    languages: tuple[str, ...]
    default: bool
    note: str
    path: Path


class Resolved(NamedTuple):
    """A model that is present and unchanged since it was checked, with what is known about it."""

    name: str
    path: Path
    sha256: str
    status: Literal["ok", "test", "own"]
    licence: str
    languages: tuple[str, ...]
    context_tokens: int | None
    dimensions: int | None


def default_folder() -> Path:
    """The models folder of this user on this platform (``~/.local/share/aparte/models`` on Linux)."""
    return Path(platformdirs.user_data_dir("aparte", appauthor=False)) / "models"


def _receipts(folder: Path) -> dict[str, Receipt]:
    names = [path.name.removesuffix(SUFFIX) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    found = {name: read_receipt(folder, name) for name in names if not name.startswith(".")}
    return {name: receipt for name, receipt in found.items() if receipt is not None}


def _state(folder: Path, name: str, entry: Entry | None, receipt: Receipt | None) -> ModelState:
    presence: Presence = "absent"
    if receipt is not None and root_of(folder, receipt).exists():
        presence = "present" if is_intact(folder, receipt) else "changed"
    elif entry is not None and (folder / entry.target).exists():
        presence = "changed"
    kind = receipt.kind if receipt else entry.kind if entry else "chat"
    target = receipt.target if receipt else entry.target if entry else name
    return ModelState(
        name=name,
        kind=kind,
        status=receipt.status if receipt else entry.status if entry else "own",
        presence=presence,
        size=receipt.size if receipt else entry.size if entry else 0,
        sha256=receipt.sha256 if receipt else entry.weights.sha256 if entry else "",
        licence=entry.licence if entry else "unknown",
        languages=entry.languages if entry else (),
        default=entry.default if entry else False,
        note=entry.note if entry else "brought in by this site",
        path=folder / target,
    )


def list_models(folder: Path, *, catalogue: Catalogue | None = None) -> tuple[ModelState, ...]:
    """Every model of the catalogue, then those that this site brought in, each with what is present."""
    book = catalogue or load_catalogue()
    receipts = _receipts(folder) if folder.is_dir() else {}
    states = [_state(folder, entry.name, entry, receipts.pop(entry.name, None)) for entry in book.model]
    own = [receipt for receipt in receipts.values() if not Path(receipt.target).is_absolute()]
    return (*states, *(_state(folder, receipt.name, None, receipt) for receipt in own))


def verify(
    name: str,
    folder: Path,
    *,
    progress: Report = silent,
    catalogue: Catalogue | None = None,
) -> Receipt:
    """Read every byte of a model again and compare with the catalogue, or with its receipt if it is the
    site's own. Renews the receipt. ``DigestMismatch`` or ``PartMissing`` if it differs; nothing is removed.
    """
    book = catalogue or load_catalogue()
    receipt = read_receipt(folder, name)
    if name in book.names() and (receipt is None or receipt.status != "own") and not _is_official(receipt):
        entry = book.entry(name)
        if not (folder / entry.target).exists():
            raise UnknownModel(
                f"{name} is not in the models folder; bring it with: aparte models fetch {name}"
            )
        files = verify_files(folder / entry.target, entry, progress)
        source = receipt.source if receipt else "found"
        renewed = receipt_of(entry, files, source=source)
    elif receipt is not None:
        renewed = receipt.model_copy(update={"files": _verify_own(folder, receipt, progress)})
    else:
        raise UnknownModel(f"no model is called {name!r}; see: aparte models list")
    write_receipt(folder, renewed)
    return renewed


def _is_official(receipt: Receipt | None) -> bool:
    return receipt is not None and receipt.source == "official"


def _verify_own(folder: Path, receipt: Receipt, progress: Report) -> tuple[CheckedFile, ...]:
    root = root_of(folder, receipt)
    expected = {file.path: file.sha256 for file in receipt.files}
    files: list[CheckedFile] = []
    done = 0
    for inside, path in files_of(root) if root.exists() else ():
        digest = sha256_of(path, tick=ticker(progress, "check", inside, total=receipt.size, base=done))
        files.append(checked(path, inside=inside, sha256=digest))
        done += files[-1].size
        wanted = expected.pop(inside, "none: the file is new")
        if digest != wanted:
            raise DigestMismatch(
                f"{receipt.name}: {inside or path.name} has changed since it was brought in. "
                f"Expected sha256 {wanted}, found {digest}.",
                expected=wanted,
                found=digest,
            )
    if expected:
        raise PartMissing(f"{receipt.name}: the file {min(expected) or root.name} is missing")
    return tuple(files)


def remove(name: str, folder: Path, *, catalogue: Catalogue | None = None) -> bool:
    """Delete a model, its receipt and any half-done fetch of it; whether there was anything.

    A model used where it stands (outside the models folder) is forgotten, never deleted.
    """
    book = catalogue or load_catalogue()
    receipt = read_receipt(folder, name)
    if receipt is None and name not in book.names():
        raise UnknownModel(f"no model is called {name!r}; see: aparte models list")
    target = receipt.target if receipt else book.entry(name).target
    root = folder / target
    there = root.exists() or receipt is not None
    if not Path(target).is_absolute():
        if root.is_dir():
            shutil.rmtree(root)
        else:
            root.unlink(missing_ok=True)
    receipt_path(folder, name).unlink(missing_ok=True)
    clear_staging(folder, name)
    return there


def _absent(name: str) -> str:
    return f"{name} is not in the models folder; bring it with: aparte models fetch {name}"


def _looks_like_path(text: str) -> bool:
    return "/" in text or text.endswith(".gguf") or text.startswith((".", "~"))


def _at_path(text: str, folder: Path, kind: Kind) -> Receipt:
    """The receipt of a model used where it stands; digests are computed once and kept."""
    path = Path(text).expanduser().resolve()
    if not (path.is_file() if kind == "chat" else path.is_dir()):
        wanted = "GGUF file" if kind == "chat" else "sentence-transformers folder"
        raise UnknownModel(f"there is no {wanted} at {text}")
    key = f"at-{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    receipt = read_receipt(folder, key)
    if receipt is not None and receipt.target == str(path) and is_intact(folder, receipt):
        return receipt
    found = [checked(item, inside=inside, sha256=sha256_of(item)) for inside, item in files_of(path)]
    if not found:
        raise UnknownModel(f"the folder {text} is empty")
    renewed = Receipt(name=key, kind=kind, status="own", target=str(path), source="path", files=tuple(found))
    folder.mkdir(parents=True, exist_ok=True)
    write_receipt(folder, renewed)
    return renewed


def resolve(
    name_or_path: str, folder: Path, *, kind: Kind, allow_test: bool, catalogue: Catalogue | None = None
) -> Resolved:
    """The usable model behind a name or a path.

    ``UnknownModel``: no such name (the message lists those that exist) or not brought in yet (it says how).
    ``ModelRefused``: its files changed since they were checked, or its status is ``test`` and ``allow_test``
    is false.
    """
    book = catalogue or load_catalogue()
    if _looks_like_path(name_or_path):
        receipt = _at_path(name_or_path, folder, kind)
        entry = _same_bytes(book, receipt)
        name = entry.name if entry else Path(receipt.target).stem
    else:
        receipt, entry, name = *_by_name(name_or_path, folder, kind, book), name_or_path
    status = entry.status if entry and not _is_official(receipt) else receipt.status
    if status == "test" and not allow_test:
        note = entry.note if entry else ""
        raise ModelRefused(
            f"{name} has the status 'test' and is refused for records that are not synthetic. {note} "
            "Demonstrations and tests allow it by the setting allow_test_models."
        )
    return Resolved(
        name=name,
        path=root_of(folder, receipt),
        sha256=receipt.sha256,
        status=status,
        licence=entry.licence if entry else "unknown",
        languages=entry.languages if entry else (),
        context_tokens=entry.context_tokens if entry else None,
        dimensions=entry.dimensions if entry else None,
    )


def _same_bytes(book: Catalogue, receipt: Receipt) -> Entry | None:
    for entry in book.model:
        if entry.kind == receipt.kind and entry.weights.sha256 == receipt.sha256:
            return entry
    return None


def _by_name(name: str, folder: Path, kind: Kind, book: Catalogue) -> tuple[Receipt, Entry | None]:
    entry = next((item for item in book.model if item.name == name), None)
    receipt = read_receipt(folder, name)
    found = receipt.kind if receipt else entry.kind if entry else None
    if found != kind:
        known = [state.name for state in list_models(folder, catalogue=book) if state.kind == kind]
        raise UnknownModel(f"no {kind} model is called {name!r}; there are: {', '.join(known)}")
    if receipt is None:
        raise UnknownModel(_absent(name))
    if not is_intact(folder, receipt):
        raise ModelRefused(
            f"the files of {name} are not those that were checked. Run: aparte models verify {name}; "
            "if that fails, fetch or import it again."
        )
    return receipt, entry
