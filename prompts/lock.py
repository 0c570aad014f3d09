"""`prompts.lock`: the sha256 of every released prompt, one `name/vN.md sha256` a line.

`python -m prompts.lock` adds new files; it refuses to change or remove an entry. A released prompt is
never edited: write the next version.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from prompts.errors import LockMismatch

_FOLDER = Path(__file__).parent
_HEADER = "# sha256 of every released prompt; an entry never changes. New: python -m prompts.lock\n"


def read_lock(path: Path) -> dict[str, str]:
    """Return the entries of a lock file, file name to sha256; empty when there is no file."""
    if not path.exists():
        return {}
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    entries: dict[str, str] = {}
    for line in lines:
        if line and not line.startswith("#"):
            name, _, digest = line.partition(" ")
            entries[name] = digest
    return entries


def digests(catalogue: Path) -> dict[str, str]:
    """Return the sha256 of every prompt file below `catalogue`."""
    return {
        file.relative_to(catalogue).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(catalogue.glob("*/v*.md"))
    }


def check(catalogue: Path, lock: Path) -> None:
    """Raise LockMismatch when a file changed, vanished or was never released."""
    held, found = read_lock(lock), digests(catalogue)
    changed = sorted(name for name in held if found.get(name) != held[name])
    new = sorted(set(found) - set(held))
    if changed:
        raise LockMismatch(f"changed or missing: {changed}; a released prompt never changes: add a version")
    if new:
        raise LockMismatch(f"not released: {new}; run python -m prompts.lock")


def release(catalogue: Path, lock: Path) -> tuple[str, ...]:
    """Add the new files to the lock and return their names. Raises LockMismatch when an old one changed."""
    held, found = read_lock(lock), digests(catalogue)
    changed = sorted(name for name in held if found.get(name) != held[name])
    if changed:
        raise LockMismatch(f"changed or missing: {changed}; a released prompt never changes: add a version")
    new = tuple(sorted(set(found) - set(held)))
    body = "".join(f"{name} {digest}\n" for name, digest in sorted(found.items()))
    lock.write_text(_HEADER + body, encoding="utf-8")
    return new


def main() -> int:
    """Release what is new beside this module; exit status 1 when a released file changed."""
    try:
        added = release(_FOLDER / "catalogue", _FOLDER / "prompts.lock")
    except LockMismatch as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("".join(f"released {name}\n" for name in added) or "nothing new\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
