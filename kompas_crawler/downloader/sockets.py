"""The address guard of connections: sockets, or a reactor's resolver, for public addresses only."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy.core.downloader.handlers import DownloadHandlerProtocol
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.exceptions import NotConfigured
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from kompas_crawler.downloader.addresses import is_public, proxies
from kompas_crawler.downloader.mirror import mirror_url

if TYPE_CHECKING:
    from aiohappyeyeballs import AddrInfoType


class RefusedSocket(OSError):  # noqa: N818 -- like AddressRefused
    """A socket for ``address`` was refused."""

    def __init__(self, address: str) -> None:
        # The same text for all addresses of a host, else aiohttp raises another error.
        super().__init__("not a public address")
        self.address = address


class PublicSockets:
    """Create sockets for public addresses and the user's proxies; refuse all others."""

    def __init__(self) -> None:
        self._proxies = {
            found[4][:2]
            for host, port in proxies()
            for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        }

    def __call__(self, addr_info: AddrInfoType) -> socket.socket:
        family, kind, protocol, _, address = addr_info
        if address[:2] not in self._proxies and not is_public(str(address[0]).partition("%")[0]):
            raise RefusedSocket(str(address[0]))
        return socket.socket(family=family, type=kind, proto=protocol)


def guard_sockets(handler: DownloadHandlerProtocol) -> None:
    """Install the guard in Scrapy's *handler*; raise ``NotConfigured`` for an unknown one.

    The handler of the Twisted reactor is guarded by the resolver.
    """
    if isinstance(handler, HTTP11DownloadHandler):
        return
    # Imported here: aiohttp is slow to import and not needed with a reactor.
    from scrapy.core.downloader.handlers._aiohttp import AiohttpDownloadHandler

    if not isinstance(handler, AiohttpDownloadHandler):
        raise NotConfigured(f"no address guard for {type(handler).__name__}")
    # Scrapy has no setting for aiohttp's socket factory.
    handler._session.connector._socket_factory = PublicSockets()  # type: ignore[union-attr]


def refused_socket(error: BaseException) -> RefusedSocket | None:
    """Return the ``RefusedSocket`` that caused *error*, or ``None``."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, RefusedSocket):
        cause = cause.__cause__
    return cause


class GuardedResolver(CachingThreadedResolver):
    """Resolve names to public addresses only (``TWISTED_DNS_RESOLVER``).

    Every connection of the reactor passes here, also one to a literal address.
    The mirror and the user's proxies are exempt.
    """

    exempt: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        mirror = mirror_url(crawler.settings.get("KOMPAS_MIRROR"))
        mirror_host = urlsplit(mirror).hostname if mirror else None
        names = {host for host, _ in proxies()} | ({mirror_host} if mirror_host else set())
        resolver.exempt = frozenset(names)
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        lookup = super().getHostByName(name, timeout)
        return lookup if name in self.exempt else lookup.addCallback(_public, name)


def _public(address: str, name: str) -> str:
    if not is_public(address):
        raise DNSLookupError(f"{name} is {address}, which is not a public address")
    return address
