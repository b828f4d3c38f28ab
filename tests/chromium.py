"""Headless Chromium, told what to do through a pipe, for what only a browser can show."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from select import select
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_SECONDS = 60


def program() -> str | None:
    """Chromium's program, where there is one; it is told on two descriptors of POSIX."""
    if os.name != "posix":
        return None
    return shutil.which("chromium") or shutil.which("google-chrome")


@dataclass
class Browser:
    """One page; what it did since ``open`` is in the lists.

    ``dialogs`` are the texts of ``alert``, ``requests`` addresses, ``errors`` what the
    console says, refusals of a content security policy among it.
    """

    send: int
    receive: int
    session: str | None = None
    dialogs: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    _loaded: int = 0
    _number: int = 0
    _rest: bytes = b""

    def open(self, address: str, *, width: int = 1280, is_dark: bool = False) -> None:
        """Load *address* in a window *width* pixels wide, and wait until it is loaded."""
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.call("Emulation.setDeviceMetricsOverride", **size)
        for said in (self.dialogs, self.requests, self.errors):
            said.clear()
        before = self._loaded
        self.call("Page.navigate", url=address)
        self.wait(lambda: self._loaded > before)

    def value(self, script: str) -> Any:
        """What *script* comes to in the page."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        return found["result"].get("value")

    def wait(self, is_so: Callable[[], object]) -> None:
        """Hear what the page says until *is_so*."""
        while not is_so():
            self._hear(self._read())

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask for *method* and wait for its answer."""
        number = self._ask(method, parameters)
        while (said := self._read()).get("id") != number:
            self._hear(said)
        assert "error" not in said, said
        result: dict[str, Any] = said["result"]
        return result

    def _ask(self, method: str, parameters: dict[str, Any]) -> int:
        self._number += 1
        asked: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            asked["sessionId"] = self.session
        os.write(self.send, json.dumps(asked).encode() + b"\0")
        return self._number

    def _read(self) -> dict[str, Any]:
        deadline = time.monotonic() + _SECONDS
        while b"\0" not in self._rest:
            ready, _, _ = select([self.receive], [], [], deadline - time.monotonic())
            part = os.read(self.receive, 1 << 20) if ready else b""
            assert part, "Chromium says nothing"
            self._rest += part
        said, self._rest = self._rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(said)
        return found

    def _hear(self, said: dict[str, Any]) -> None:
        method, told = said.get("method"), said.get("params", {})
        if method == "Page.loadEventFired":
            self._loaded += 1
        elif method == "Page.javascriptDialogOpening":
            self.dialogs.append(told["message"])
            self._ask("Page.handleJavaScriptDialog", {"accept": True})
        elif method == "Network.requestWillBeSent":
            self.requests.append(told["request"]["url"])
        elif method == "Log.entryAdded":
            self.errors.append(told["entry"]["text"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(told["exceptionDetails"]["text"])


@contextmanager
def browser(folder: Path) -> Iterator[Browser]:
    """A browser with a new profile in *folder*."""
    found = program()
    assert found
    for_it, send = os.pipe()
    receive, from_it = os.pipe()
    options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    options += [
        f"--disable-{name}" for name in ("background-networking", "component-update", "sync")
    ]
    options += ["--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"]
    # It reads descriptor 3 and writes 4, which the shell makes of ours.
    line = f'exec "$0" "$@" 3<&{for_it} 4>&{from_it}'
    process = subprocess.Popen(
        ["bash", "-c", line, found, *options],
        pass_fds=(for_it, from_it),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(for_it)
    os.close(from_it)
    try:
        made = Browser(send, receive)
        target = made.call("Target.createTarget", url="about:blank")["targetId"]
        attached = made.call("Target.attachToTarget", targetId=target, flatten=True)
        made.session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            made.call(f"{domain}.enable")
        yield made
    finally:
        os.close(send)  # at which it ends
        os.close(receive)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
