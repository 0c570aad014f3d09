"""Running the service: who may listen where, owning the data folder, starting, stopping without orphans."""

from __future__ import annotations

import contextlib
import ipaddress
import os
import secrets
import socket
from collections.abc import Callable

import anyio
import uvicorn

from assistant.api.log import configure_log
from assistant.app import create_app
from assistant.errors import ConfigurationError
from assistant.owner import Owner, remove_owner, write_owner
from assistant.services import Services
from assistant.settings import Settings

GRACE_SECONDS = 5
"""How long running answers may go on after the first Ctrl-C."""


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    if host.lower() == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


def check_address(settings: Settings) -> None:
    """Refuse to listen in clear where others could hear. Raises ConfigurationError."""
    if not is_loopback(settings.host) and not settings.secure:
        raise ConfigurationError(
            f"{settings.host} can be reached from other machines: set APARTE_TLS_CERT and APARTE_TLS_KEY, or "
            "APARTE_TRUSTED_PROXIES to the proxy that ends TLS; or keep to 127.0.0.1"
        )
    for file in (settings.tls_cert, settings.tls_key):
        if file is not None and not file.is_file():
            raise ConfigurationError(f"the TLS file {file} does not exist")


def listen(settings: Settings) -> socket.socket:
    """Open the listening socket. Raises ConfigurationError when the port is taken or not allowed."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((settings.host, settings.port))
    except OSError as error:
        listening.close()
        raise ConfigurationError(
            f"port {settings.port} of {settings.host} cannot be used ({error.strerror}): choose another"
        ) from error
    return listening


class _Server(uvicorn.Server):
    """Says when it has started, which uvicorn itself does not."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then the call."""
        await super().startup(sockets)
        if self.started:
            self._on_started()


def serve(
    settings: Settings, services: Services, *, owner_token: str, on_started: Callable[[str], None]
) -> None:
    """Serve until Ctrl-C: once lets running answers end for a few seconds, twice stops now.

    `services` must be those of the owner of the data folder; they are closed on return, whatever happened.
    """
    listening = listen(settings)
    url = address_of(settings, listening)
    certificate = str(settings.tls_cert.resolve()) if settings.tls_cert else None
    configure_log(settings.log_level)
    config = uvicorn.Config(
        create_app(services),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        ssl_certfile=settings.tls_cert,
        ssl_keyfile=settings.tls_key,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        timeout_graceful_shutdown=GRACE_SECONDS,
    )

    def started() -> None:
        write_owner(
            settings.data, Owner(url=url, token=owner_token, pid=os.getpid(), certificate=certificate)
        )
        on_started(url)

    try:
        with contextlib.suppress(KeyboardInterrupt):
            _Server(config, started).run(sockets=[listening])
    finally:
        remove_owner(settings.data)
        listening.close()
        with contextlib.suppress(Exception):
            anyio.run(services.stop)


def address_of(settings: Settings, listening: socket.socket) -> str:
    """The address by which this machine reaches the service."""
    host, port = listening.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104
        host = "127.0.0.1"
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.tls_cert else 'http'}://{shown}:{port}"


def new_token() -> str:
    """A token for `owner.json`."""
    return secrets.token_urlsafe(32)
