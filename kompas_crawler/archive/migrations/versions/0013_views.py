"""Views for other programs: times in Jakarta, names of people, counts by day."""

import re

from alembic import op

revision = "0013"
down_revision = "0012"

_WIB = {
    "sqlite": ("date({}, '+7 hours')", "datetime({}, '+7 hours')"),
    "postgresql": ("({} at time zone 'Asia/Jakarta')::date", "{} at time zone 'Asia/Jakarta'"),
}
VIEWS = {  # with a comment for each column: docs/reference/tables.md shows them
    "articles_wib": """
-- Articles with days and times in Jakarta.
select
    id, -- as in the table `articles`, like the columns without a description
    key,
    url,
    title,
    summary,
    body,
    section,
    subsection,
    content_type,
    dateline,
    source,
    topic,
    day(published_at) as day, -- day of publication, WIB
    wib(published_at) as published_wib, -- time of publication, WIB
    wib(updated_at) as updated_wib, -- time of the last update that the page shows, WIB
    wib(first_seen_at) as first_seen_wib,
    wib(fetched_at) as fetched_wib,
    word_count,
    is_complete,
    duplicate_of,
    revision,
    status
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


def upgrade() -> None:
    day, time = _WIB[op.get_bind().dialect.name]
    for name, query in VIEWS.items():
        text = re.sub(r"day\((\w+)\)", lambda found: day.format(found[1]), query)
        text = re.sub(r"wib\((\w+)\)", lambda found: time.format(found[1]), text)
        op.execute(f"create view {name} as {text}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"drop view {name}")
