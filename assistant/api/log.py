"""The operational log: one JSON line an event, fields from an allow-list, never words of a record.

Other libraries' messages are not trusted to be free of patient text: only their logger and level are kept.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

REQUEST_ID: ContextVar[str] = ContextVar("aparte_request_id", default="-")
FIELDS = (
    "method",
    "route",
    "status",
    "ms",
    "code",
    "account",
    "error",
    "place",
    "count",
    "port",
    "bytes",
    "answer_id",
)
_OWN = "aparte"
_LOGGER = logging.getLogger("aparte.service")


def log(level: int, event: str, **fields: str | int | float | None) -> None:
    """Write one line. `event` is a fixed phrase of ours; a field outside the allow-list is a mistake."""
    unknown = set(fields) - set(FIELDS)
    if unknown:
        raise ValueError(f"not a field of the log: {', '.join(sorted(unknown))}")
    _LOGGER.log(level, event, extra={"aparte": fields})


def place_of(error: BaseException) -> str:
    """Where an exception was raised, as module file and line; not a word of its message."""
    last: TracebackType | None = error.__traceback__
    frames = traceback.extract_tb(last)
    if not frames:
        return ""
    frame = frames[-1]
    return f"{'/'.join(frame.filename.replace(chr(92), '/').split('/')[-3:])}:{frame.lineno}"


class AllowListFormatter(logging.Formatter):
    """Time, level, request id, event and allow-listed fields, as JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; the message of a logger that is not ours is left out, as is any traceback's text."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "request_id": REQUEST_ID.get(),
        }
        if record.name == _OWN or record.name.startswith(f"{_OWN}."):
            line["event"] = str(record.msg)
            fields = getattr(record, "aparte", {})
            line |= {name: fields[name] for name in FIELDS if fields.get(name) is not None}
        else:
            line |= {"event": "message of a library", "logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            line |= {"error": type(record.exc_info[1]).__name__, "place": place_of(record.exc_info[1])}
        return json.dumps(line, ensure_ascii=False)


def configure_log(level: str) -> None:
    """Send everything of `level` and above to the error stream through the allow-list, and nothing else."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(AllowListFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers[:] = []
        logger.propagate = True
        logger.setLevel(max(logging.WARNING, root.level))
