"""What tests expect of a sample site beyond what its pages need to know."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kompas_crawler.sample.site import article
from kompas_crawler.sample.site.plan import BLOCK, Address, Link
from kompas_crawler.sample.site.words import BY_SLUG, CHANNELS, PAID
from kompas_crawler.site.listings import slug_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kompas_crawler.sample.site.article import SampleArticle
    from kompas_crawler.sample.site.site import Site


def related_keys(one: SampleArticle) -> tuple[str, ...]:
    """The keys of the articles in its "Baca juga" links."""
    return tuple(link.key for link in one.read_also if link.key is not None)


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
    found = Counter(slug_of(tag) for index in free for tag in article.tags(plan, index))
    return tuple(sorted(found, key=lambda name: (-found[name], name)))


def keys_within(
    site: Site, depth: int, *, pages: int = 50, sections: Iterable[str] | None = None
) -> frozenset[str]:
    """The keys that fronts and their pagers reach with at most *depth* "Baca juga" hops.

    *pages* limits each pager (0: no limit), *sections* are slugs (all that are not
    paid for, unless given).
    """
    reached: set[int] = set()
    for slug in [c.slug for c in CHANNELS] if sections is None else sections:
        front, channel = site.front(slug), BY_SLUG.get(slug)
        rows = channel.rows * pages if channel else 0
        reached.update(front[-rows:] if rows else front)
        if channel is None:  # a front without articles of its own
            reached.update(site.newest(10))
    return site.reached(reached, depth)
