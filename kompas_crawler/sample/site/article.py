"""An article of the sample site: the contents of its page, and the expected item."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random

from kompas_crawler.items import Related
from kompas_crawler.sample.site.plan import SERIALS, Address, Form, Link, Plan, links_of, mixed
from kompas_crawler.sample.site.story import Block, BlockKind, Story, write
from kompas_crawler.sample.site.words import TABLES, WORDS, Channel, title_of
from kompas_crawler.site.listings import slug_of
from kompas_crawler.site.urls import canonical


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadAlso:
    """One "Baca juga" line: ``href``, and the ``key`` of its article (``None``: gone)."""

    href: str
    title: str
    key: str | None


@dataclass(frozen=True, kw_only=True)
class SampleArticle(Story):
    """One article, as it should be extracted."""

    index: int
    key: str
    url: str
    title: str
    channel: Channel
    subsection: str
    content_type: str
    tags: tuple[str, ...]
    topic: tuple[str, ...]  # number and name, if any
    published_at: datetime
    updated_at: datetime | None
    image_url: str
    read_also: tuple[ReadAlso, ...]
    aliases: tuple[str, ...]
    duplicate_of: str | None  # the key of the earlier article with the same text
    form: Form
    revision: int  # counts its corrections

    @property
    def section(self) -> str:
        return self.channel.section.label

    @property
    def pages(self) -> int:
        return len(self.blocks)

    @property
    def paragraphs(self) -> tuple[str, ...]:
        """The paragraphs of the body, without the place before the first."""
        return tuple(text for page in self.blocks for block in page for text in block.paragraphs)

    @property
    def related(self) -> tuple[Related, ...]:
        """The "Baca juga" links as in an item: canonical addresses and titles."""
        return tuple(Related(url=canonical(link.href), title=link.title) for link in self.read_also)

    @property
    def declared_words(self) -> int:
        """The declared word count of all pages, "Baca juga" lines included."""
        body = sum(len(text.replace(" | ", " ").split()) for text in self.paragraphs)
        return body + sum(2 + len(link.title.split()) for link in self.read_also)

    @property
    def last_modified_at(self) -> datetime:
        return self.published_at + timedelta(days=self.revision)


def _source(plan: Plan, index: int, purpose: int) -> Random:
    return Random((plan.seed << 44) + (index << 4) + purpose)


@lru_cache(maxsize=20_000)
def headline(plan: Plan, index: int, *, gone: bool = False) -> str:
    """The title of *index*, or of the gone article that *index* links to."""
    index = plan.original(index)
    return title_of(_source(plan, index, 2 if gone else 1), plan.channel(index))


def tags(plan: Plan, index: int) -> tuple[str, ...]:
    index = plan.original(index)
    rng, subjects = _source(plan, index, 4), plan.channel(index).subjects
    subject, place = rng.choice(subjects), rng.choice(WORDS["place"])
    return (subject, *rng.sample(WORDS["general_tag"], 2), place)


def topic(plan: Plan, index: int) -> tuple[str, ...]:
    """Number and name of the topic *index* belongs to: one in ten has one."""
    topics = TABLES["topics"]
    number = mixed(plan.seed, plan.original(index), 14) % (10 * len(topics))
    return tuple(topics[number]) if number < len(topics) else ()


def labels(plan: Plan, index: int) -> tuple[str, ...]:
    """The slugs of its tags, and the number of its topic, if any."""
    return (*map(slug_of, tags(plan, index)), *topic(plan, index)[:1])


def _path(plan: Plan, index: int, slug: str, serial: int | None = None) -> str:
    key = plan.key(index, serial)
    return f"{key.day:%Y/%m/%d}/{key.number}/{slug}"


def own_url(plan: Plan, index: int, title: str | None = None) -> str:
    slug = slug_of(title or headline(plan, index))
    return plan.channel(index).read_url(_path(plan, index, slug))


def short_code(plan: Plan, index: int) -> str:
    """The code of *index* in its short address: ``26F30`` and its number for 30 June 2026."""
    key = plan.key(index)
    return f"{key.day:%y}{'ABCDEFGHIJKL'[key.day.month - 1]}{key.day:%d}{key.number}"


def address_of(plan: Plan, link: Link) -> str:
    index, channel = link.target, plan.channel(link.target)
    slug = slug_of(headline(plan, index, gone=link.address is Address.GONE))
    match link.address:
        case Address.AMP:
            return f"https://amp.kompas.com/{channel.slug}/read/{_path(plan, index, slug)}"
        case Address.SHORT:
            return channel.read_url(short_code(plan, index))
        case Address.OTHER:
            path = _path(plan, index, f"{slug}-terbaru")
            if channel.section.host == "www.kompas.com":
                return f"https://nasional.kompas.com/read/{path}"
            return f"https://www.kompas.com/{channel.slug}/read/{path}"
        case Address.MOVED | Address.GONE:
            return channel.read_url(_path(plan, index, slug, SERIALS[link.address]))
        case _:
            return own_url(plan, index)


def _read_also(plan: Plan, link: Link) -> ReadAlso:
    is_gone = link.address is Address.GONE
    title = headline(plan, link.target, gone=is_gone)
    key = None if is_gone else str(plan.key(link.target))
    return ReadAlso(href=address_of(plan, link), title=title, key=key)


def _corrected(story: Story, revision: int) -> Story:
    """*story* with corrections: a changed first paragraph, and a note at the end."""
    first, *rest = story.blocks[0]
    changed = f"{first.paragraphs[0]} Angka ini sudah dihitung ulang {revision} kali."
    note = f"Catatan redaksi: naskah ini diperbaiki untuk kali ke-{revision}."
    pages = [(replace(first, paragraphs=(changed,)), *rest), *story.blocks[1:]]
    pages[-1] = (*pages[-1], Block(BlockKind.TEXT, (note,)))
    return replace(story, blocks=tuple(pages))


def article_of(plan: Plan, index: int, revision: int = 0, copied: int = 0) -> SampleArticle:
    """The article *index* of *plan*; *copied* is the revision of a duplicate's original."""
    original, channel = plan.original(index), plan.channel(index)
    at, key, form = plan.published_at(index), plan.key(index), plan.form(index)
    story = write(
        _source(plan, original, 3),
        plan.channel(original),
        plan.published_at(original),
        plan.page_count(original),
    )
    if revision:
        story = _corrected(story, revision)
    is_updated = form is Form.Y2026 and (revision > 0 or mixed(plan.seed, index, 12) % 5 == 0)
    is_copy = original != index and revision == copied
    others = [Link(index, address) for address in (Address.AMP, Address.SHORT, Address.OTHER)]
    folder = f"https://asset.kompas.com/crops/{key.number}/0x0:780x520/750x500/data/photo"
    return SampleArticle(
        **vars(story),
        index=index,
        key=str(key),
        url=own_url(plan, index),
        title=headline(plan, index),
        channel=channel,
        subsection=channel.subsections[mixed(plan.seed, index, 13) % len(channel.subsections)],
        content_type="Advertorial" if channel.slug == "biz" else "Standard",
        tags=tags(plan, index),
        topic=topic(plan, index),
        published_at=at,
        updated_at=at.replace(second=0) + timedelta(minutes=1 + revision) if is_updated else None,
        image_url=f"{folder}/{key.day:%Y/%m/%d}/{original:08x}.jpg",
        read_also=tuple(_read_also(plan, link) for link in links_of(plan, index)),
        aliases=tuple(address_of(plan, link) for link in others),
        duplicate_of=str(plan.key(original)) if is_copy else None,
        form=form,
        revision=revision,
    )
