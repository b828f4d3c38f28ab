create table frontier_counts (
    day varchar not null,
    section varchar not null,
    kind varchar not null,
    state varchar not null,
    is_stored boolean not null,
    is_dead boolean not null,
    is_listed boolean not null,
    in_index boolean not null,
    part integer not null,
    total integer not null,
    constraint pk_frontier_counts primary key
        (day, section, kind, state, is_stored, is_dead, is_listed, in_index, part)
) without rowid

create table unknown_targets (
    key varchar not null,
    constraint pk_unknown_targets primary key (key)
) without rowid

create index ix_articles_incomplete on articles (key) where is_complete is 0

insert into frontier_counts
select coalesce(r.day, ''), coalesce(r.section, ''), r.kind, r.state,
    r.kind = 'article' and a.id is not null,
    r.state = 'failed' and coalesce(r.claim, '') = 'gone' and r.depth > 0 and r.depth < 1000,
    r.listed_at is not null, r.in_index, 0, count(*)
from frontier r left join articles a on a.key = r.key
group by 1, 2, 3, 4, 5, 6, 7, 8

insert into unknown_targets select distinct target_key from links
where not exists (select 1 from frontier where key = links.target_key)

create trigger frontier_insert after insert on frontier begin
    insert into frontier_counts values (
        coalesce(new.day, ''), coalesce(new.section, ''), new.kind, new.state,
        new.kind = 'article' and exists (select 1 from articles where key = new.key),
        new.state = 'failed' and coalesce(new.claim, '') = 'gone'
            and new.depth > 0 and new.depth < 1000,
        new.listed_at is not null, new.in_index, 0, 1
    ) on conflict do update set total = total + excluded.total;
    delete from unknown_targets where key = new.key;
end

create trigger frontier_delete after delete on frontier begin
    insert into frontier_counts values (
        coalesce(old.day, ''), coalesce(old.section, ''), old.kind, old.state,
        old.kind = 'article' and exists (select 1 from articles where key = old.key),
        old.state = 'failed' and coalesce(old.claim, '') = 'gone'
            and old.depth > 0 and old.depth < 1000,
        old.listed_at is not null, old.in_index, 0, -1
    ) on conflict do update set total = total + excluded.total;
end

create trigger frontier_update after update on frontier
when (old.state, old.claim, old.day, old.section, old.depth, old.listed_at is null, old.in_index)
    is not
    (new.state, new.claim, new.day, new.section, new.depth, new.listed_at is null, new.in_index)
begin
    insert into frontier_counts values (
        coalesce(old.day, ''), coalesce(old.section, ''), old.kind, old.state,
        old.kind = 'article' and exists (select 1 from articles where key = old.key),
        old.state = 'failed' and coalesce(old.claim, '') = 'gone'
            and old.depth > 0 and old.depth < 1000,
        old.listed_at is not null, old.in_index, 0, -1
    ) on conflict do update set total = total + excluded.total;
    insert into frontier_counts values (
        coalesce(new.day, ''), coalesce(new.section, ''), new.kind, new.state,
        new.kind = 'article' and exists (select 1 from articles where key = new.key),
        new.state = 'failed' and coalesce(new.claim, '') = 'gone'
            and new.depth > 0 and new.depth < 1000,
        new.listed_at is not null, new.in_index, 0, 1
    ) on conflict do update set total = total + excluded.total;
end

create trigger articles_insert after insert on articles begin
    insert into frontier_counts
    select coalesce(day, ''), coalesce(section, ''), kind, state, step.is_stored,
        state = 'failed' and coalesce(claim, '') = 'gone' and depth > 0 and depth < 1000,
        listed_at is not null, in_index, 0, step.total
    from (select false as is_stored, -1 as total union all select true, 1) as step
    cross join frontier where key = new.key
    on conflict do update set total = total + excluded.total;
end

create trigger articles_delete after delete on articles begin
    insert into frontier_counts
    select coalesce(day, ''), coalesce(section, ''), kind, state, step.is_stored,
        state = 'failed' and coalesce(claim, '') = 'gone' and depth > 0 and depth < 1000,
        listed_at is not null, in_index, 0, step.total
    from (select true as is_stored, -1 as total union all select false, 1) as step
    cross join frontier where key = old.key
    on conflict do update set total = total + excluded.total;
end

create trigger links_insert after insert on links
when not exists (select 1 from frontier where key = new.target_key) begin
    insert into unknown_targets values (new.target_key) on conflict do nothing;
end

create trigger links_delete after delete on links begin
    delete from unknown_targets where key = old.target_key
        and not exists (select 1 from links where target_key = old.target_key);
end
