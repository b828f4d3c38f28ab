"""A web server that says what a test tells it, and notes who asked for what, and when."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_hex
from time import monotonic
from typing import NamedTuple
from urllib.request import ProxyHandler, build_opener


class Reply(NamedTuple):
    """What the server answers: status, body and headers."""

    status: int = 200
    body: bytes = b"hello"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "text/html"),)


class Asked(NamedTuple):
    """One request as it arrived; ``at`` counts in seconds of the monotonic clock."""

    at: float
    path: str
    headers: dict[str, str]


Answer = Reply | Callable[[Asked], Reply | None]
"""A reply, or what makes one; ``None`` cuts the connection."""


class Scripted:
    """The script and the log of one server: ``answers`` by path, else ``otherwise``."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.otherwise: Answer = Reply()
        self.log: list[Asked] = []
        self.port = 0

    @property
    def url(self) -> str:
        """The server's address without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> list[str]:
        """The paths asked for, in order of arrival."""
        return [asked.path for asked in self.log]

    def times(self, path: str) -> list[float]:
        """When *path* was asked for."""
        return [asked.at for asked in self.log if asked.path == path]

    def answer(self, asked: Asked) -> Reply | None:
        """Note a request and find its reply."""
        self.log.append(asked)
        found = self.answers.get(asked.path, self.otherwise)
        return found if isinstance(found, Reply) else found(asked)


def in_turn(*replies: Reply) -> Callable[[Asked], Reply]:
    """Give *replies* one after the other, the last one for ever."""
    left = list(replies)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


@contextmanager
def serving() -> Iterator[Scripted]:
    """Serve on a free port; the server is known to be this one before it is handed out."""
    script = Scripted()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            reply = script.answer(Asked(monotonic(), self.path, dict(self.headers.items())))
            if reply is None:
                self.close_connection = True
                return
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            if not any(name == "Content-Length" for name, _ in reply.headers):
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Stay silent: ``script.log`` has it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        _check_ours(script)
        yield script
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()


def _check_ours(script: Scripted) -> None:
    token = token_hex(8)
    script.answers[f"/{token}"] = Reply(body=token.encode())
    with build_opener(ProxyHandler({})).open(f"{script.url}/{token}", timeout=5) as response:
        assert response.read() == token.encode(), "another server answers on this port"
    del script.answers[f"/{token}"]
    script.log.clear()
