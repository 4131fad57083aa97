"""A proxy in front of moto that notes what is asked, and breaks what it is told to break."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from time import sleep
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

# moto leaves the names of managed policies out of an account's details, where AWS has them.
POLICY = re.compile(rb"(<Arn>arn:aws:iam::[0-9]+:policy/(?:[^<]*/)?([^</]+)</Arn>)")
CUT = "cut"  # the connection ends in the middle of the answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: the service and region that it is signed for, what it asks, and which one of its kind it is."""

    service: str
    region: str
    action: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """An error in the place of an answer."""

    status: int
    code: str


@dataclass(slots=True)
class Proxy:
    """What was asked, and what is to break."""

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    breaks: Callable[[Asked], Fault | str | bytes | None] = lambda _: None  # bytes are another answer
    seconds: float = 0  # that an answer takes longer
    lock: Lock = field(default_factory=Lock)

    def note(self, service: str, region: str, action: str) -> Asked:
        with self.lock:
            number = sum(1 for a in self.asked if (a.service, a.action) == (service, action))
            self.asked.append(Asked(service=service, region=region, action=action, number=number))
            return self.asked[-1]


@contextmanager
def proxy(upstream: str) -> Generator[Proxy, None, None]:
    """A proxy that is there as long as the block."""
    state = Proxy()
    parts = urlsplit(upstream)

    class Handler(_Handler):
        proxy = state
        upstream = (parts.hostname or "", parts.port or 0)

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

        def handle_error(self, *_: object) -> None:
            """A client that has gone is no error."""

    server = Server(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    proxy: Proxy
    upstream: tuple[str, int]

    def log_message(self, *_: Any) -> None:
        """No log."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = self.proxy.note(*self.signed(), self.action(body))
        if self.proxy.seconds:
            sleep(self.proxy.seconds)
        fault = self.proxy.breaks(asked)
        if isinstance(fault, bytes):
            self.respond(200, fault, "text/xml")
            return
        if isinstance(fault, Fault):
            self.respond(fault.status, *error_of(fault, self.headers))
            return
        connection = HTTPConnection(*self.upstream)
        connection.request(self.command, self.relative, body, dict(self.headers))
        found = connection.getresponse()
        content = POLICY.sub(rb"<PolicyName>\2</PolicyName>\1", found.read())
        kind = found.headers.get("Content-Type", "")
        others = {k: v for k, v in found.headers.items() if k.lower().startswith("x-")}
        connection.close()
        if fault == CUT:
            self.cut(found.status, content, kind)
        else:
            self.respond(found.status, content, kind, others)

    do_GET = do_POST = do_PUT = do_HEAD = do_DELETE = answer  # noqa: N815  as the base class calls them

    def signed(self) -> tuple[str, str]:
        found = re.search(r"Credential=[^/]+/\d+/([^/]+)/([^/]+)/", self.headers.get("Authorization") or "")
        return (found[2], found[1]) if found else ("", "")

    def action(self, body: bytes) -> str:
        target = self.headers.get("X-Amz-Target")
        if target:
            return target.rpartition(".")[2]
        named = parse_qs(body.decode("utf-8", "replace")).get("Action")
        return named[0] if named else f"{self.command} {self.relative}"

    @property
    def relative(self) -> str:
        """The path; a client that takes this for its proxy sends the whole address."""
        parts = urlsplit(self.path)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path or "/"

    def respond(self, status: int, content: bytes, kind: str, others: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {**(others or {}), "Content-Type": kind, "Content-Length": str(len(content))}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def cut(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content[: len(content) // 2])
        self.wfile.flush()
        self.close_connection = True


def error_of(fault: Fault, headers: Any) -> tuple[bytes, str, dict[str, str]]:
    """An error in the form that the protocol of a request has."""
    message = f"{fault.code} for a test"
    if "json" in (headers.get("Content-Type") or ""):
        return json.dumps({"__type": fault.code, "message": message}).encode(), "application/x-amz-json-1.1", {}
    error = f"<Error><Code>{fault.code}</Code><Message>{message}</Message></Error>"
    if "form" in (headers.get("Content-Type") or ""):
        body = f"<Response><Errors>{error}</Errors>{error}<RequestID>1</RequestID></Response>"
        return body.encode(), "text/xml", {}
    return error.encode(), "text/xml", {"x-amzn-errortype": fault.code}
