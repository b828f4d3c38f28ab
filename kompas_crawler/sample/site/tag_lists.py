"""Which articles of the sample site carry a tag or belong to a topic."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.sample.site.article import tags, topic
from kompas_crawler.sample.site.channels import PAID
from kompas_crawler.sample.site.story import tag_slug

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kompas_crawler.sample.site.plan import Plan


class TagLists:
    """The articles by the slug of a tag and by the number of a topic, oldest first.

    Advertisers' articles are in none.
    """

    def __init__(self, plan: Plan, numbers: Iterable[int]) -> None:
        self.tags: dict[str, list[int]] = {}
        self.topics: dict[str, list[int]] = {}
        for index in numbers:
            if plan.channel(index) is PAID:
                continue
            for tag in tags(plan, index):
                self.tags.setdefault(tag_slug(tag), []).append(index)
            found = topic(plan, index)
            if found:
                self.topics.setdefault(found[0], []).append(index)
