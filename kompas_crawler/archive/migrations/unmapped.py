"""What the models do not declare: the full-text index, the triggers of the counts, and views."""

import re

from sqlalchemy import Connection

from kompas_crawler.archive.migrations import counts

_FULL_TEXT = {
    "sqlite": (
        """create virtual table article_words using fts5 (
            words, content="", tokenize="ascii tokenchars '_='"
        )""",
        # Of a million articles, merging the index by 4 takes half of what storing a page costs.
        "insert into article_words (article_words, rank) values ('automerge', 32)",
        "insert into article_words (article_words, rank) values ('crisismerge', 64)",
    ),
    "postgresql": (
        "create table article_words (rowid bigint primary key, words tsvector not null)",
    ),
}
_WIB = {
    "sqlite": ("date({}, '+7 hours')", "datetime({}, '+7 hours')"),
    "postgresql": ("({} at time zone 'Asia/Jakarta')::date", "{} at time zone 'Asia/Jakarta'"),
}
VIEWS = {  # with a comment for each column: docs/reference/tables.md shows them
    "articles_wib": """
-- Articles with days and times in Jakarta.
select
    id, -- as in the table `articles`, like the columns without a description
    key, url, title, summary, body, section, subsection, content_type, dateline, source, topic,
    day(published_at) as day, -- day of publication, WIB
    wib(published_at) as published_wib, -- time of publication, WIB
    wib(updated_at) as updated_wib, -- time of the last update that the page shows, WIB
    wib(first_seen_at) as first_seen_wib,
    wib(fetched_at) as fetched_wib,
    word_count, is_complete, duplicate_of, revision, status
from articles""",
    "article_people_names": """
-- Authors and editors of each article, by name.
select
    articles.key as key, -- of the article
    article_people.article_id as article_id,
    article_people.role as role, -- author, editor
    article_people.position as position, -- on the page, from 0
    people.name as name,
    article_people.label as label -- such as "Kontributor Malang"
from article_people
join people on people.id = article_people.person_id
join articles on articles.id = article_people.article_id""",
    "daily_counts": """
-- Articles by day of publication and section.
select
    day, -- day of publication, WIB
    section,
    count(*) as articles,
    count(duplicate_of) as copies, -- articles of these that repeat another one
    sum(word_count) as words
from articles_wib
group by day, section""",
}


def create_index(connection: Connection) -> None:
    """Create the empty full-text index."""
    for statement in _FULL_TEXT[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def create_others(connection: Connection) -> None:
    """Create the rest, once the tables and the full-text index are filled."""
    dialect = connection.dialect.name
    if dialect == "postgresql":  # faster than before
        gin = "create index ix_article_words_words on article_words using gin (words)"
        connection.exec_driver_sql(gin)
    for statement in counts.statements(dialect):
        connection.exec_driver_sql(statement)
    day, time = _WIB[dialect]
    for name, query in VIEWS.items():
        text = re.sub(r"day\((\w+)\)", lambda found: day.format(found[1]), query)
        text = re.sub(r"wib\((\w+)\)", lambda found: time.format(found[1]), text)
        connection.exec_driver_sql(f"create view {name} as {text}")
