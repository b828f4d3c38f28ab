create view articles_wib as
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
    date(wib(published_at)) as day, -- day of publication, WIB
    wib(published_at) as published_wib, -- time of publication, WIB
    wib(updated_at) as updated_wib, -- time of the last update that the page shows, WIB
    wib(first_seen_at) as first_seen_wib,
    wib(fetched_at) as fetched_wib,
    word_count,
    is_complete,
    duplicate_of,
    revision,
    status
from articles

create view article_people_names as
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
join articles on articles.id = article_people.article_id

create view daily_counts as
-- Articles by day of publication and section.
select
    day, -- day of publication, WIB
    section,
    count(*) as articles,
    count(duplicate_of) as copies, -- articles of these that repeat another one
    sum(word_count) as words
from articles_wib
group by day, section
