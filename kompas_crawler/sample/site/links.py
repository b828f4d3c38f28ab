"""The "Baca juga" links of the sample site's articles, and the URLs they use."""

from dataclasses import dataclass
from enum import StrEnum

from kompas_crawler.sample.site.plan import BLOCK, Plan, mixed

GONE_SERIAL = 9  # the serial digit of a linked article that is gone
MOVED_SERIAL = 8  # the serial digit of the former number of an article


class Address(StrEnum):
    """The form of the URL of a link."""

    OWN = "own"
    NAVIGATION = "navigation"  # its own with ?source=...
    AMP = "amp"
    SHORT = "short"
    OTHER = "other"  # another section and slug
    MOVED = "moved"  # a former number, which redirects
    GONE = "gone"  # a removed article


@dataclass(frozen=True, slots=True)
class Link:
    """A "Baca juga" link to the article *target* by one of its addresses."""

    target: int
    address: Address = Address.OWN


_FIXED = {place: (to, Address.OWN) for place, to in ((0, 1), (1, 0), (4, 5), (5, 10), (10, 15))} | {
    2: (2, Address.GONE),
    7: (6, Address.AMP),
    9: (6, Address.SHORT),
    11: (8, Address.OTHER),
    13: (14, Address.MOVED),
}
"""Place and address of the link from each place in a block."""


def _is_open(plan: Plan, index: int) -> bool:
    """Whether other articles may link to *index*: on a front, no ad and no duplicate."""
    return plan.hops(index) == 0 and index % BLOCK not in (12, 19)


def links_of(plan: Plan, index: int) -> tuple[Link, ...]:
    """The "Baca juga" links of *index*, in order: some to articles near it, then its fixed ones."""
    index = plan.original(index)
    found: dict[int, Link] = {}
    near = min(index, plan.planned - 1)
    for nth in range(mixed(plan.seed, index, 5) % 3 + 1):
        target = near - 60 + mixed(plan.seed, index, 6 + nth) % 121
        target = min(max(target, 0), plan.planned - 1)
        while target > 0 and not _is_open(plan, target):
            target -= 1
        if target != index and _is_open(plan, target):
            as_navigation = mixed(plan.seed, index, 9 + nth) % 40 == 0
            address = Address.NAVIGATION if as_navigation else Address.OWN
            found[target] = Link(target, address)
    place = index % BLOCK
    if index < plan.planned and place in _FIXED:
        to, address = _FIXED[place]
        target = index - place + to
        if target < plan.planned:
            found.pop(target, None)
            found[target] = Link(target, address)
    return tuple(found.values())
