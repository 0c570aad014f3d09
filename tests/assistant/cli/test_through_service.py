"""The command line beside a service that speaks TLS, with a certificate as hospitals have them."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from assistant.cli.failing import ServiceRefusedError
from assistant.cli.through_service import through_service
from assistant.owner import Owner

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl")


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    """`leaf.pem` for the hospital's host, issued by an authority that this machine does not know."""
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    for name in ("ca", "other"):
        _openssl(
            tmp_path,
            "req",
            "-x509",
            *new,
            "-subj",
            f"/CN={name}",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.pem",
        )
    _openssl(tmp_path, "req", *new[:-2], "-subj", "/CN=aparte.chu", "-keyout", "leaf.key", "-out", "leaf.csr")
    signed = ("-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2")
    _openssl(tmp_path, "x509", "-req", *signed, "-out", "leaf.pem")
    return tmp_path


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"patients": []}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: object) -> None:
        """Silent."""


@pytest.fixture
def address(certificates: Path) -> Iterator[str]:
    """A server with the leaf's certificate."""
    server = HTTPServer(("127.0.0.1", 0), _Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "leaf.pem", certificates / "leaf.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_service_is_reached_by_its_own_certificate_whoever_issued_it(
    certificates: Path, address: str
) -> None:
    owner = Owner(url=address, token="t", pid=1, certificate=str(certificates / "leaf.pem"))
    with through_service(owner, None) as door:
        assert door.patients("") == {"patients": []}


def test_another_certificate_is_not_taken(certificates: Path, address: str) -> None:
    owner = Owner(url=address, token="t", pid=1, certificate=str(certificates / "other.pem"))
    with through_service(owner, None) as door, pytest.raises(ServiceRefusedError, match="does not answer"):
        door.patients("")
