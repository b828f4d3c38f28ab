"""The address guard with a Twisted reactor: a resolver of public addresses only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

from kompas_crawler.downloader.addresses import is_public, proxies
from kompas_crawler.downloader.mirror import mirror_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scrapy.crawler import Crawler
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred


class GuardedResolver(CachingThreadedResolver):
    """Resolve names to public addresses only (``TWISTED_DNS_RESOLVER``).

    Every connection of the reactor passes here, also one to a literal address.
    The mirror and the user's proxies are exempt.
    """

    exempt: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        """Build the resolver, with the exempt names from settings and environment."""
        resolver = super().from_crawler(crawler, reactor)
        mirror = mirror_url(crawler.settings.get("KOMPAS_MIRROR"))
        mirror_host = urlsplit(mirror).hostname if mirror else None
        names = {host for host, _ in proxies()} | ({mirror_host} if mirror_host else set())
        resolver.exempt = frozenset(names)
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        """Resolve *name*; fail with ``DNSLookupError`` if its address is not public."""
        lookup = super().getHostByName(name, timeout)
        return lookup if name in self.exempt else lookup.addCallback(_public, name)


def _public(address: str, name: str) -> str:
    if not is_public(address):
        raise DNSLookupError(f"{name} is {address}, which is not a public address")
    return address
