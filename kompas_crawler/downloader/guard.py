"""The address guard: a crawl connects to public addresses only.

Links and redirects of a page must not reach this machine, its network or a cloud's metadata
service. The reactor's resolver checks the address of each connection.
"""

import socket
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Self
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.resolver import CachingThreadedResolver
from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred
from twisted.internet.error import DNSLookupError

from kompas_crawler.downloader.mirror import mirror_url

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
# Not global by IANA's registries (RFC 6890), multicast, or Azure's own; ``is_global`` changes.
_NETWORKS = (
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 "
    "192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 "
    "203.0.113.0/24 224.0.0.0/3 2001::/23 2001:db8::/32 3fff::/20"
)
_SPECIAL = [ip_network(network) for network in _NETWORKS.split()]


class AddressRefused(IgnoreRequest):
    """The request leads to an address that is not public, or to a name that resolves to one."""


def is_public(address: str) -> bool:
    """Return whether *address* is public.

    An IPv6 address that contains an IPv4 one (mapped, NAT64, 6to4) is checked by that.

    >>> is_public("202.146.4.100"), is_public("169.254.169.254"), is_public("224.0.0.1")
    (True, False, False)
    >>> is_public("::ffff:127.0.0.1"), is_public("64:ff9b::7f00:1"), is_public("2002:a00:1::")
    (False, False, False)
    """
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        last = IPv4Address(int(ip) & 0xFFFFFFFF)
        inner = last if ip in _NAT64 else ip.ipv4_mapped or ip.sixtofour
        if inner is None and ip not in _GLOBAL_UNICAST:
            return False
        ip = inner or ip
    return not any(ip in special for special in _SPECIAL)


@lru_cache(maxsize=1024)
def refusal(host: str) -> str | None:
    """Return why a connection to *host* is refused by its name, or ``None``.

    Parses addresses in any form that C libraries accept: 127.1, 0x7f000001, 2130706433.

    >>> refusal("www.kompas.com") is None
    True
    >>> refusal("2130706433"), refusal("::1"), refusal("localhost")
    ('127.0.0.1 is not public', '::1 is not public', 'localhost is this machine')
    """
    if not host:
        return "no host"
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return f"{name} is this machine"
    address = ""
    with suppress(OSError, ValueError):
        address = socket.inet_ntoa(socket.inet_aton(name))
    with suppress(ValueError):
        address = str(ip_address(name.partition("%")[0]))
    return None if not address or is_public(address) else f"{address} is not public"


class GuardedResolver(CachingThreadedResolver):
    """Resolve names to public addresses only (``TWISTED_DNS_RESOLVER``).

    Every connection of the reactor passes here, also one to a literal address.
    The mirror and the user's proxies are exempt.
    """

    exempt: frozenset[str] = frozenset()

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: ReactorBase) -> Self:
        resolver = super().from_crawler(crawler, reactor)
        mirror = mirror_url(crawler.settings.get("KOMPAS_MIRROR")) or ""
        resolver.exempt = frozenset(filter(None, (urlsplit(mirror).hostname, *_proxies())))
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        lookup = super().getHostByName(name, timeout)
        return lookup if name in self.exempt else lookup.addCallback(_public, name)


def _proxies() -> Iterator[str | None]:
    """Yield the hosts of the proxies in the environment, as Scrapy parses it."""
    for scheme in ("http", "https"):
        url = getproxies().get(scheme, "")
        with suppress(ValueError):  # Scrapy skips it, too
            yield urlsplit(url if "://" in url else f"http://{url}").hostname


def _public(address: str, name: str) -> str:
    if not is_public(address):
        raise DNSLookupError(f"{name} is {address}, which is not a public address")
    return address
