"""The tables of the archive, as SQLAlchemy models.

Instants are UTC. ``key`` is an article's key in its text form
("20220122-093100670"); of a listing it is the canonical address.
"""

from datetime import datetime
from typing import Annotated, Any, ClassVar

from sqlalchemy import BigInteger, Float, ForeignKey, Index, MetaData, Table, Text, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from kompas_crawler.archive.migrations.columns import NAMES
from kompas_crawler.archive.types import Json, KeyText, UrlText, UTCDateTime

OfArticle = Annotated[
    int, mapped_column(ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True)
]


class Model(DeclarativeBase):
    """Base of all tables: constraint names are fixed, so that migrations can name them."""

    __table__: ClassVar[Table]  # always a table: no model maps a join or a subquery

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {datetime: UTCDateTime, dict[str, Any]: Json, list[str]: Json}  # noqa: RUF012


def where(condition: str, postgresql: str = "") -> dict[str, Any]:
    """The *condition* of a partial index; that of *postgresql* if it is written differently."""
    return {"sqlite_where": text(condition), "postgresql_where": text(postgresql or condition)}


class RunRow(Model):
    """One run of a crawl and its outcome."""

    __tablename__ = "runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    spider: Mapped[str]
    arguments: Mapped[dict[str, Any]]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    version: Mapped[str]
    mirror: Mapped[str | None]
    host: Mapped[str | None]
    pid: Mapped[int | None]
    outcome: Mapped[str | None]
    exit_code: Mapped[int | None]
    reason: Mapped[str | None]
    counts: Mapped[dict[str, Any]]


class ArticleRow(Model):
    """One article: its current text and the source of each field."""

    __tablename__ = "articles"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(KeyText, unique=True)
    url: Mapped[str] = mapped_column(UrlText)
    title: Mapped[str]
    summary: Mapped[str | None]
    body: Mapped[str] = mapped_column(Text)  # paragraphs separated by a blank line
    section: Mapped[str | None]
    subsection: Mapped[str | None]
    content_type: Mapped[str | None]
    dateline: Mapped[str | None]
    source: Mapped[str | None]
    topic: Mapped[str | None]
    published_at: Mapped[datetime] = mapped_column(index=True)
    updated_at: Mapped[datetime | None]
    word_count: Mapped[int]
    declared_words: Mapped[int | None]
    pages: Mapped[int | None]
    is_complete: Mapped[bool | None]
    duplicate_of: Mapped[str | None] = mapped_column(KeyText)
    duplicate_reason: Mapped[str | None]  # same text, near text, updated version, part of it
    similarity: Mapped[float | None] = mapped_column(Float)  # to ``duplicate_of``, from 0 to 1
    revision: Mapped[int]
    status: Mapped[str]
    first_seen_at: Mapped[datetime]
    added_at: Mapped[datetime | None]  # when it was first stored
    fetched_at: Mapped[datetime | None]  # none for a page saved at an unknown time
    stored_at: Mapped[datetime] = mapped_column(index=True)  # last change
    content_hash: Mapped[str]  # title, summary, body and tags
    details_hash: Mapped[str | None]  # the other fields; NULL: stored by an older version
    text_hash: Mapped[str]  # body only
    extractor_version: Mapped[str]
    found_in: Mapped[dict[str, Any]]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))
    warc_file: Mapped[str | None]  # position of the capture of its page: ``items.Capture``
    warc_offset: Mapped[int | None] = mapped_column(BigInteger)
    warc_digest: Mapped[str | None]
    warc_at: Mapped[datetime | None]  # date of that record; ``fetched_at`` may be later

    __table_args__ = (
        Index("ix_articles_section_day", "section", text("substr(key, 1, 8)")),
        Index("ix_articles_duplicate_of", "duplicate_of", **where("duplicate_of is not null")),
        Index("ix_articles_incomplete", "key", **where("is_complete is 0", "is_complete is false")),
    )


class SketchRow(Model):
    """A hash of a text's sketch: articles that share some may share a passage.

    Hashes of previous texts stay: candidates are compared by their current texts. A foreign key
    to the article would need another index.
    """

    __tablename__ = "signatures"

    band: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    article_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)

    __table_args__ = ({"sqlite_with_rowid": False},)


class SimilarityRow(Model):
    """Another article that shares a passage and is not a copy: at most 20 an article, the nearest.

    A share is that of the article's runs of three words that the other one contains, from 0 to 1.
    """

    __tablename__ = "similarities"

    article_id: Mapped[OfArticle]
    other_id: Mapped[OfArticle] = mapped_column(index=True)
    share: Mapped[float] = mapped_column(Float)
    other_share: Mapped[float] = mapped_column(Float)  # of the other one in this one


class RevisionRow(Model):
    """An article's whole record before a change, ordered by id.

    A change of details leaves the former record with the number of its text.
    """

    __tablename__ = "revisions"

    id: Mapped[int] = mapped_column(primary_key=True)
    article_id: Mapped[int] = mapped_column(ForeignKey("articles.id", ondelete="CASCADE"))
    number: Mapped[int]
    kind: Mapped[str]  # text, details
    record: Mapped[dict[str, Any]]  # fields as in a JSON export
    content_hash: Mapped[str]
    details_hash: Mapped[str | None]
    fetched_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime] = mapped_column(index=True)
    reason: Mapped[str]
    run_id: Mapped[int | None] = mapped_column(ForeignKey("runs.id", ondelete="SET NULL"))

    __table_args__ = (Index("ix_revisions_article_id", "article_id", "number"),)


class StateRow(Model):
    """The status and the original of an article until they changed."""

    __tablename__ = "article_states"

    article_id: Mapped[OfArticle]
    until_at: Mapped[datetime] = mapped_column(primary_key=True)
    status: Mapped[str]
    duplicate_of: Mapped[str | None] = mapped_column(KeyText)


class PersonRow(Model):
    """A writer or editor, by name."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class CreditRow(Model):
    """The authors and editors of an article, in the page's order."""

    __tablename__ = "article_people"

    article_id: Mapped[OfArticle]
    role: Mapped[str] = mapped_column(primary_key=True)  # author, editor
    position: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    label: Mapped[str | None]  # the person's position, such as "Kontributor Malang"

    __table_args__ = (Index("ix_article_people_person_id", "person_id", "role"),)


class TagRow(Model):
    """A tag, as Kompas writes it."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class ArticleTagRow(Model):
    """The tags of an article, in the page's order."""

    __tablename__ = "article_tags"

    article_id: Mapped[OfArticle]
    position: Mapped[int] = mapped_column(primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), index=True)


class ImageRow(Model):
    """The images of an article, in the page's order."""

    __tablename__ = "images"

    article_id: Mapped[OfArticle]
    position: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(UrlText)
    caption: Mapped[str | None]
    credit: Mapped[str | None]


class LinkRow(Model):
    """A "Baca juga" link; its target may not be stored."""

    __tablename__ = "links"

    article_id: Mapped[OfArticle]
    position: Mapped[int] = mapped_column(primary_key=True)
    target_key: Mapped[str] = mapped_column(KeyText)
    url: Mapped[str] = mapped_column(UrlText)
    title: Mapped[str | None]

    __table_args__ = (Index("ix_links_target_key", "target_key", "article_id"),)


class AliasRow(Model):
    """Another address of an article."""

    __tablename__ = "aliases"

    url: Mapped[str] = mapped_column(UrlText, primary_key=True)
    article_key: Mapped[str] = mapped_column(KeyText, index=True)
    seen_at: Mapped[datetime]


class ExportRow(Model):
    """The last export to a path: ``scrapy forget`` searches it."""

    __tablename__ = "exports"

    host: Mapped[str] = mapped_column(primary_key=True)  # the machine of the path
    path: Mapped[str] = mapped_column(UrlText, primary_key=True)  # absolute
    written_at: Mapped[datetime]
    manifest: Mapped[dict[str, Any]]  # its data package without coverage
