"""What tests expect of a sample site beyond what its pages need to know."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kompas_crawler.sample.site import article
from kompas_crawler.sample.site.links import Address, Link
from kompas_crawler.sample.site.plan import BLOCK
from kompas_crawler.sample.site.story import tag_slug
from kompas_crawler.sample.site.words import PAID

if TYPE_CHECKING:
    from kompas_crawler.sample.site.site import Site


def live_keys(site: Site) -> frozenset[str]:
    """The keys of all articles that the site serves."""
    return frozenset(site.key(i) for i in range(site.count) if not site.is_removed(i))


def redirects(site: Site) -> dict[str, str]:
    """Linked addresses that redirect, with their targets."""
    links = [
        Link(index, address)
        for place, address in ((8, Address.OTHER), (14, Address.MOVED))
        for index in range(place, site.plan.planned, BLOCK)
    ]
    return {article.address_of(site.plan, link): site.url(link.target) for link in links}


def tags(site: Site) -> tuple[str, ...]:
    """The slugs of all tags, the most used first."""
    plan = site.plan
    free = (index for index in range(site.count) if plan.channel(index) is not PAID)
    found = Counter(tag_slug(tag) for index in free for tag in article.tags(plan, index))
    return tuple(sorted(found, key=lambda name: (-found[name], name)))
