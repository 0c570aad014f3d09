"""Takes in a model carried by hand (``aparte models import``): a GGUF file, or an encoder's folder."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Literal

from .catalogue import Catalogue, Entry, load_catalogue
from .errors import DigestMismatch, PartMissing, UnknownModel
from .fetch import Fetched, clear_staging, require_space, staging
from .progress import Report, silent, ticker
from .receipts import (
    CheckedFile,
    Receipt,
    checked,
    files_of,
    is_intact,
    read_receipt,
    sha256_of,
    sync,
    write_receipt,
)

GGUF_MAGIC = b"GGUF"
ENCODER_SUFFIXES = frozenset({".json", ".safetensors", ".txt", ".model"})
MAX_ENCODER_FILES = 200


def _slug(text: str) -> str:
    name = re.sub(r"[^a-z0-9._-]+", "-", text.lower()).strip("-._")[:80]
    if not name:
        raise UnknownModel("give the model a name of letters and digits, with --name")
    return name


def _chat_files(path: Path) -> list[tuple[str, Path]]:
    with path.open("rb") as file:
        if file.read(4) != GGUF_MAGIC:
            raise PartMissing(f"{path.name} is not a GGUF file")
    return [("", path)]


def _encoder_files(path: Path) -> list[tuple[str, Path]]:
    """The data files of an encoder's folder. Pickles and code are left behind, links are not followed."""
    found = [
        (inside, item)
        for inside, item in files_of(path)
        if item.suffix in ENCODER_SUFFIXES and not item.is_symlink() and not inside.startswith(".")
    ]
    names = {inside for inside, _ in found}
    weights = [inside for inside in names if inside.endswith(".safetensors")]
    if "modules.json" not in names or not weights:
        raise PartMissing(
            f"{path.name} is not a sentence-transformers folder with safetensors weights "
            "(modules.json and model.safetensors are needed; pickled weights are never loaded)"
        )
    if len(found) > MAX_ENCODER_FILES:
        raise PartMissing(f"{path.name} holds more than {MAX_ENCODER_FILES} files")
    return found


def _match(book: Catalogue, kind: str, digest: str) -> tuple[Entry | None, bool]:
    """The catalogue's model whose weights these are, and whether they are the publisher's original of it."""
    for entry in book.model:
        if entry.kind == kind and entry.official_weights_sha256 == digest:
            return entry, True
        if entry.kind == kind and entry.weights.sha256 == digest:
            return entry, False
    return None, False


def import_file(
    path: Path,
    folder: Path,
    *,
    name: str | None = None,
    progress: Report = silent,
    catalogue: Catalogue | None = None,
) -> Fetched:
    """Copy a model into the models folder, with a receipt of every file's sha256.

    Weights that are a catalogue model's (by digest) take its name, licence and status. Others take ``name``
    or the file's own, and the status ``own``: the site answers for them. A catalogue name with other bytes is
    a ``DigestMismatch``. ``PartMissing`` if ``path`` is no model.
    """
    book = catalogue or load_catalogue()
    if not path.exists():
        raise PartMissing(f"there is nothing at {path}")
    kind: Literal["chat", "encoder"] = "encoder" if path.is_dir() else "chat"
    files = _encoder_files(path) if kind == "encoder" else _chat_files(path)
    total = sum(item.stat().st_size for _, item in files)
    digests: dict[str, str] = {}
    done = 0
    for inside, item in files:
        digests[inside] = sha256_of(item, tick=ticker(progress, "check", inside, total=total, base=done))
        done += item.stat().st_size
    weights = max(files, key=lambda pair: pair[1].stat().st_size)[0]
    entry, official = _match(book, kind, digests[weights])
    chosen = _choose_name(path, name, entry, book, digests[weights])
    return _install(folder, files, digests, chosen, kind=kind, entry=entry, official=official)


def _choose_name(path: Path, name: str | None, entry: Entry | None, book: Catalogue, found: str) -> str:
    chosen = name or (entry.name if entry else _slug(path.stem))
    if chosen in book.names() and (entry is None or entry.name != chosen):
        expected = book.entry(chosen).weights.sha256
        raise DigestMismatch(
            f"{path.name} is not the catalogue's {chosen}: expected sha256 {expected}, found {found}. "
            "Import it under another name with --name.",
            expected=expected,
            found=found,
        )
    return _slug(chosen)


def _copy(files: list[tuple[str, Path]], digests: dict[str, str], ready: Path) -> None:
    """Copy the files and compare them again: a source that changes meanwhile must not slip in."""
    if ready.is_dir():
        shutil.rmtree(ready)
    for inside, item in files:
        copy = ready / inside if inside else ready
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(item, copy)
        sync(copy)
        if sha256_of(copy) != digests[inside]:
            raise PartMissing(f"{item.name} changed while it was copied; try again")


def _install(
    folder: Path,
    files: list[tuple[str, Path]],
    digests: dict[str, str],
    name: str,
    *,
    kind: Literal["chat", "encoder"],
    entry: Entry | None,
    official: bool,
) -> Fetched:
    folder.mkdir(parents=True, exist_ok=True)
    target = f"{name}.gguf" if kind == "chat" else name
    receipt = read_receipt(folder, name)
    same = receipt is not None and {file.path: file.sha256 for file in receipt.files} == digests
    if receipt is not None and same and is_intact(folder, receipt):
        return Fetched(folder / receipt.target, receipt, changed=False)
    require_space(folder, sum(item.stat().st_size for _, item in files))
    with staging(folder, name) as place:
        ready = place / "imported"
        _copy(files, digests, ready)
        final = folder / target
        if final.is_dir():
            final.replace(place / "replaced")
        ready.replace(final)
        sync(folder)
        kept: tuple[CheckedFile, ...] = tuple(
            checked(item, inside=inside, sha256=digests[inside]) for inside, item in files_of(final)
        )
        status = "own" if entry is None else "ok" if official else entry.status
        source = "official" if official else "imported"
        written = Receipt(name=name, kind=kind, status=status, target=target, source=source, files=kept)
        write_receipt(folder, written)
        clear_staging(folder, name)
    return Fetched(final, written, changed=True)
