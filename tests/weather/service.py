"""A service on this machine that speaks https and does what a test tells it: answers, stalls, throttles, cuts, lies.

It has a certificate of a throw-away authority, which ``REQUESTS_CA_BUNDLE`` names; nothing leaves the machine.
"""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import trustme

import pvsim
from pvsim.weather.online import providers


@dataclasses.dataclass(frozen=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    target: str  # path and query as they were sent
    headers: Mapping[str, str]
    body: bytes


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer.

    Attributes
    ----------
    body, status, headers : of the answer
    cut_after : bytes after which the connection is closed, with a Content-Length that promises all
    chunked : sent in chunks, without a length; cut_after then leaves out the last chunk
    stall_s : waits so long before anything is sent
    drip_s : waits so long after each byte
    raw : sent as it stands, in place of status, headers and body
    """

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    cut_after: int | None = None
    chunked: bool = False
    stall_s: float = 0.0
    drip_s: float = 0.0
    raw: bytes | None = None


Answer = Reply | Callable[[Asked], Reply]


class Service:
    """A running service: ``answers`` are given in turn, the last one for ever; ``asked`` is what came."""

    def __init__(self, port: int) -> None:
        self.answers: list[Answer] = []
        self.asked: list[Asked] = []
        self.port = port
        self.over = threading.Event()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/"

    def says(self, *answers: Answer | bytes | str) -> None:
        """What to answer from now on."""
        self.answers[:] = [a if isinstance(a, Reply) or callable(a) else Reply(_bytes(a)) for a in answers]
        self.asked.clear()

    def answer(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        if not self.answers:
            return Reply(b"nothing was told", 500)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return found if isinstance(found, Reply) else found(asked)


def _bytes(text: bytes | str) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8")


def as_json(value: object, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode("utf-8"), status, {"Content-Type": "application/json"})


def _handler(service: Service) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            asked = Asked(
                self.command, parts.path, parse_qs(parts.query), self.path, dict(self.headers), self.rfile.read(length)
            )
            self.close_connection = True
            with suppress(OSError, ValueError):  # the client did not wait
                self._send(service.answer(asked))

        do_POST = do_GET

        def _send(self, reply: Reply) -> None:
            service.over.wait(reply.stall_s)
            if reply.raw is not None:
                self._drip(reply.raw, reply.drip_s)
                return
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if reply.chunked:
                self.send_header("Transfer-Encoding", "chunked")
            elif "Content-Length" not in reply.headers:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            sent = reply.body if reply.cut_after is None else reply.body[: reply.cut_after]
            if reply.drip_s:
                self._drip(sent, reply.drip_s)
            elif reply.chunked:
                for i in range(0, len(sent), 50_000):
                    part = sent[i : i + 50_000]
                    self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
                if reply.cut_after is None:
                    self.wfile.write(b"0\r\n\r\n")
            else:
                self.wfile.write(sent)

        def _drip(self, sent: bytes, pause_s: float) -> None:
            """Byte by byte, or all at once."""
            step = 1 if pause_s else max(len(sent), 1)
            for i in range(0, len(sent), step):
                if pause_s and service.over.wait(pause_s):
                    return
                self.wfile.write(sent[i : i + step])
                self.wfile.flush()

        def log_message(self, *arguments: object) -> None:
            """Keep the terminal clean."""

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away, or trusts nobody, is what many tests are about."""


@contextmanager
def running(authority: trustme.CA, *names: str) -> Iterator[Service]:
    """A service under a certificate of this authority for these names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
    service = Service(0)
    server = _Server(("127.0.0.1", 0), _handler(service))
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    service.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of this test's own."""
    place = tmp_path / "cache"
    monkeypatch.setenv("PVSIM_CACHE_DIR", str(place))
    return place


@pytest.fixture
def service(
    authority: trustme.CA, bundle: Path, cache_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Service]:
    """A service that stands for every provider, with a cache of its own; waits between tries are short."""
    from pvsim.weather.online import source, transport

    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "CURL_CA_BUNDLE", *KEYS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setattr(transport, "LIMITS", dataclasses.replace(transport.LIMITS, backoff_s=0.01))
    monkeypatch.setattr(transport, "APART_S", 0.0)
    source._unkept.clear()
    with running(authority) as started:
        stand_in(started.url, monkeypatch)
        yield started


@contextmanager
def silent() -> Iterator[str]:
    """An address that takes connections and says nothing, not even the greeting of TLS."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://localhost:{server.getsockname()[1]}/"


CLIENT = """
import sys
import pytest
from weather import service
service.stand_in(sys.argv[1], pytest.MonkeyPatch())
from pvsim import cli
sys.exit(cli.run(sys.argv[2:]))
"""


def client(url: str, *arguments: object) -> subprocess.Popen[str]:
    """``pvsim`` in a process of its own, for which every provider lives at this address."""
    paths = os.pathsep.join(str(Path(m.__file__ or "").parents[1]) for m in (pvsim, sys.modules[__name__]))
    command = [sys.executable, "-c", CLIENT, url, *map(str, arguments)]
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "encoding": "utf-8"}
    return subprocess.Popen(command, env={**os.environ, "PYTHONPATH": paths}, **options)


KEYS = ("PVSIM_ERA5_KEY", "PVSIM_CAMS_EMAIL", "PVSIM_OPENMETEO_KEY")


def stand_in(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every provider lives at this address from now on."""
    moved = {p.name: dataclasses.replace(p, url=url + p.name + "/") for p in providers.PROVIDERS.values()}
    monkeypatch.setattr(providers, "PROVIDERS", moved)
    monkeypatch.setattr(providers, "OPENMETEO_CUSTOMERS", url + "customers/")


def wait_until(happens: Callable[[], bool], seconds: float = 10.0) -> None:
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
