"""Brings one file from its publisher's address: resumable, bounded in size, checked while it arrives.

This is the only place of the package that opens a connection beyond the hospital's list, and it runs only
under ``aparte models fetch``. It honours the site's proxy and certificate settings, as an operator expects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from .archives import require_digest
from .catalogue import PinnedFile
from .errors import FetchError, NoNetwork, PartMissing

CONNECT_SECONDS, READ_SECONDS = 5.0, 60.0
CHUNK_BYTES = 2**20


def _refuse_plain(request: httpx.Request) -> None:
    """A redirect must not lead from https to an unprotected address."""
    if request.url.scheme != "https" and request.url.host != "127.0.0.1":
        raise FetchError("the publisher's server redirected to an unprotected address; nothing was taken")


def _client() -> httpx.Client:
    return httpx.Client(
        follow_redirects=True,
        max_redirects=5,
        timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
        event_hooks={"request": [_refuse_plain]},
        headers={"accept-encoding": "identity"},
    )


def _start_of(response: httpx.Response, have: int, size: int) -> int:
    """From which byte the body continues: ``have`` if the server resumes there, 0 if it starts again."""
    if response.status_code == 206:
        if response.headers.get("content-range", "").startswith(f"bytes {have}-"):
            return have
        raise NoNetwork("the publisher's server resumed at the wrong place; run the command again")
    if response.status_code == 200:
        announced = response.headers.get("content-length", str(size))
        if announced != str(size):  # a proxy's page of explanations, most likely
            raise PartMissing(f"the publisher's server gives {announced} bytes where {size} are expected")
        return 0
    if response.status_code in (401, 403, 404, 410):
        raise PartMissing(f"the publisher's server does not give the file (HTTP {response.status_code})")
    raise NoNetwork(f"the publisher's server answered HTTP {response.status_code}; try again later")


def _receive(response: httpx.Response, part: Path, pinned: PinnedFile, tick: Callable[[int], None]) -> None:
    have = part.stat().st_size if part.exists() else 0
    done = _start_of(response, have, pinned.size)
    with part.open("ab" if done else "wb") as out:
        for block in response.iter_raw():
            done += len(block)
            if done > pinned.size:
                break
            out.write(block)
            tick(done)
    if done < pinned.size:
        raise NoNetwork(f"{pinned.path}: the connection ended early; run the same command again: it resumes")


def download_file(url: str, target: Path, *, pinned: PinnedFile, tick: Callable[[int], None]) -> None:
    """Bring ``url`` to ``target`` (through ``target`` + ``.part``, which survives an interruption).

    ``NoNetwork`` if the server cannot be reached, ``PartMissing`` if it has no such file, ``DigestMismatch``
    (and the file removed) if the bytes are not the pinned ones.
    """
    part = target.with_name(target.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    have = part.stat().st_size if part.exists() else 0
    if have > pinned.size:
        part.unlink()
        have = 0
    if have < pinned.size:
        headers = {"range": f"bytes={have}-"} if have else {}
        try:
            with _client() as client, client.stream("GET", url, headers=headers) as response:
                _receive(response, part, pinned, tick)
        except httpx.HTTPError as error:
            host = urlsplit(url).hostname
            raise NoNetwork(f"{host} cannot be reached, or the connection broke ({pinned.path})") from error
    digest = hashlib.sha256()
    with part.open("rb") as file:
        while block := file.read(CHUNK_BYTES):
            digest.update(block)
    try:
        require_digest(part, pinned=pinned, found=digest.hexdigest())
    except BaseException:
        part.unlink()
        raise
    part.replace(target)
