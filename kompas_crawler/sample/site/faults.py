"""Faults of the sample site's server: refusals and delays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kompas_crawler.sample.site.replies import Reply

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Mapping


@dataclass
class Fault:
    """Delays a response by ``delay`` seconds; ``status`` with ``body`` replaces it.

    The methods are for the faults of tests, which change more of a response.
    """

    status: int | None = None
    delay: float = 0.0
    body: bytes = b""

    def taken(self) -> Fault | None:
        """The fault for one more request, if any."""
        return self

    def answer(
        self, reply: Reply, url: str, asked: Mapping[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the response to a request of *url* with headers *asked*."""
        return (reply if self.status is None else Reply(self.status, (self.body,))).packed(asked)

    async def send(self, writer: asyncio.StreamWriter, head: bytes, body: bytes) -> bool:
        """Send a response; return whether the connection stays open."""
        writer.write(head + body)
        await writer.drain()
        return True


class Faults(dict[str, Fault]):
    """Faults by URL prefix; the longest match applies."""

    def take(self, url: str) -> Fault | None:
        """The fault for a request of *url*.

        >>> faults = Faults({"https://": Fault(404), "https://money.": Fault(503)})
        >>> [faults.take(f"https://{host}.kompas.com/").status for host in ("money", "www")]
        [503, 404]
        """
        matches = sorted(filter(url.startswith, self), key=len, reverse=True)
        return next(filter(None, (self[prefix].taken() for prefix in matches)), None)
