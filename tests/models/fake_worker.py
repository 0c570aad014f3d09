"""Stands in for `python -m models.worker` in tests: same report, same protocol, no weights. Run as a script.

The first argument is how it behaves.
"""

from __future__ import annotations

import http.server
import json
import os
import signal
import sys
import threading
from typing import Any


def answer(handler: http.server.BaseHTTPRequestHandler, config: dict[str, Any], mode: str) -> None:
    if handler.headers.get("authorization") != f"Bearer {config['token']}":
        handler.send_response(401)
        handler.end_headers()
        return
    length = int(handler.headers.get("content-length", 0))
    body = json.loads(handler.rfile.read(length) or b"{}")
    if handler.path == "/v1/chat/completions":
        if mode == "crash-at-question":
            os.kill(os.getpid(), signal.SIGKILL)
        handler.send_response(200)
        handler.end_headers()
        for number in range(body["max_tokens"]):
            event = {"choices": [{"index": 0, "delta": {"content": f"{number} "}}]}
            handler.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
            handler.wfile.flush()
            if mode == "crash-in-answer" and number == 2:
                os.kill(os.getpid(), signal.SIGKILL)
        last = {
            "choices": [{"index": 0, "delta": {}, "finish_reason": "length"}],
            "usage": {"prompt_tokens": 1, "completion_tokens": body["max_tokens"]},
        }
        handler.wfile.write(b"data: " + json.dumps(last).encode() + b"\n\ndata: [DONE]\n\n")
        return
    value = {"tokens": list(body.get("content", ""))} if handler.path == "/tokenize" else {"data": []}
    if mode == "deaf":
        threading.Event().wait()
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(json.dumps(value).encode())


def main() -> None:
    mode = sys.argv[1]
    config = json.loads(sys.stdin.readline())
    print("a native library's chatter", file=sys.stderr)
    reports: dict[str, Any] = {
        "missing": {"error": "engine_missing", "message": "m", "hint": "pip install it"},
        "broken": {"error": "unavailable", "message": "could not load the model file"},
        "beyond": {"address": "http://0.0.0.0:1"},
        "odd": ["not an object"],
    }
    if mode == "dies":
        os.kill(os.getpid(), signal.SIGILL)
    if mode in reports:
        print(json.dumps(reports[mode]), flush=True)
        sys.stdin.read()
        return

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, config, mode)

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print(json.dumps({"address": f"http://127.0.0.1:{server.server_address[1]}"}), flush=True)
    sys.stdin.read()
    if mode == "stubborn":
        signal.pause()
    os._exit(0)


if __name__ == "__main__":
    main()
