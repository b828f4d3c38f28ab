create table frontier_counts (
    day varchar collate "C" not null,
    section varchar collate "C" not null,
    kind varchar collate "C" not null,
    state varchar collate "C" not null,
    is_stored boolean not null,
    is_dead boolean not null,
    is_listed boolean not null,
    in_index boolean not null,
    part integer not null,
    total integer not null,
    constraint pk_frontier_counts primary key
        (day, section, kind, state, is_stored, is_dead, is_listed, in_index, part)
)

create table unknown_targets (
    key varchar collate "C" not null,
    constraint pk_unknown_targets primary key (key)
)

create index ix_articles_incomplete on articles (key) where is_complete is false

insert into frontier_counts
select coalesce(to_char(r.day, 'YYYY-MM-DD'), ''), coalesce(r.section, ''), r.kind, r.state,
    r.kind = 'article' and a.id is not null,
    r.state = 'failed' and coalesce(r.claim, '') = 'gone' and r.depth > 0 and r.depth < 1000,
    r.listed_at is not null, r.in_index, mod(pg_backend_pid(), 8), count(*)
from frontier r left join articles a on a.key = r.key
group by 1, 2, 3, 4, 5, 6, 7, 8, 9

insert into unknown_targets select distinct target_key from links
where not exists (select 1 from frontier where key = links.target_key)

-- By statement, for a row that one transaction changes again and again gets slow.
create function count_frontier() returns trigger language plpgsql as $$ begin
    if tg_op = 'INSERT' then
        insert into frontier_counts
        select coalesce(to_char(day, 'YYYY-MM-DD'), ''), coalesce(section, ''), kind, state,
            kind = 'article' and exists (select 1 from articles where key = r.key),
            state = 'failed' and coalesce(claim, '') = 'gone' and depth > 0 and depth < 1000,
            listed_at is not null, in_index, mod(pg_backend_pid(), 8), count(*)
        from new_rows r group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        on conflict on constraint pk_frontier_counts
            do update set total = frontier_counts.total + excluded.total;
        delete from unknown_targets where key in (select key from new_rows);
    elsif tg_op = 'DELETE' then
        insert into frontier_counts
        select coalesce(to_char(day, 'YYYY-MM-DD'), ''), coalesce(section, ''), kind, state,
            kind = 'article' and exists (select 1 from articles where key = r.key),
            state = 'failed' and coalesce(claim, '') = 'gone' and depth > 0 and depth < 1000,
            listed_at is not null, in_index, mod(pg_backend_pid(), 8), -count(*)
        from old_rows r group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        on conflict on constraint pk_frontier_counts
            do update set total = frontier_counts.total + excluded.total;
    else
        insert into frontier_counts
        select coalesce(to_char(day, 'YYYY-MM-DD'), ''), coalesce(section, ''), kind, state,
            kind = 'article' and exists (select 1 from articles where key = r.key),
            state = 'failed' and coalesce(claim, '') = 'gone' and depth > 0 and depth < 1000,
            listed_at is not null, in_index, mod(pg_backend_pid(), 8), sum(step)
        from (select *, -1 as step from old_rows union all select *, 1 from new_rows) r
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9 having sum(step) <> 0
        on conflict on constraint pk_frontier_counts
            do update set total = frontier_counts.total + excluded.total;
    end if;
    return null;
end $$

-- The rows are locked: a transaction that changes one sees the article, or is seen.
create function count_articles() returns trigger language plpgsql as $$ begin
    if tg_op = 'INSERT' then
        with r as (
            select * from frontier where key in (select key from new_rows)
            order by key for no key update
        )
        insert into frontier_counts
        select coalesce(to_char(day, 'YYYY-MM-DD'), ''), coalesce(section, ''), kind, state,
            step.is_stored,
            state = 'failed' and coalesce(claim, '') = 'gone' and depth > 0 and depth < 1000,
            listed_at is not null, in_index, mod(pg_backend_pid(), 8), sum(step.total)
        from r cross join (values (false, -1), (true, 1)) as step (is_stored, total)
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        on conflict on constraint pk_frontier_counts
            do update set total = frontier_counts.total + excluded.total;
    else
        with r as (
            select * from frontier where key in (select key from old_rows)
            order by key for no key update
        )
        insert into frontier_counts
        select coalesce(to_char(day, 'YYYY-MM-DD'), ''), coalesce(section, ''), kind, state,
            step.is_stored,
            state = 'failed' and coalesce(claim, '') = 'gone' and depth > 0 and depth < 1000,
            listed_at is not null, in_index, mod(pg_backend_pid(), 8), sum(step.total)
        from r cross join (values (true, -1), (false, 1)) as step (is_stored, total)
        group by 1, 2, 3, 4, 5, 6, 7, 8, 9
        on conflict on constraint pk_frontier_counts
            do update set total = frontier_counts.total + excluded.total;
    end if;
    return null;
end $$

create function count_links() returns trigger language plpgsql as $$ begin
    if tg_op = 'INSERT' then
        insert into unknown_targets select distinct target_key from new_rows
            where not exists (select 1 from frontier where key = target_key)
            order by 1 on conflict do nothing;
    else
        delete from unknown_targets where key in (select target_key from old_rows)
            and not exists (select 1 from links where target_key = unknown_targets.key);
    end if;
    return null;
end $$

create trigger frontier_insert after insert on frontier
referencing new table as new_rows
for each statement execute function count_frontier()

create trigger frontier_delete after delete on frontier
referencing old table as old_rows
for each statement execute function count_frontier()

create trigger frontier_update after update on frontier
referencing old table as old_rows new table as new_rows
for each statement execute function count_frontier()

create trigger articles_insert after insert on articles
referencing new table as new_rows
for each statement execute function count_articles()

create trigger articles_delete after delete on articles
referencing old table as old_rows
for each statement execute function count_articles()

create trigger links_insert after insert on links
referencing new table as new_rows
for each statement execute function count_links()

create trigger links_delete after delete on links
referencing old table as old_rows
for each statement execute function count_links()
