"""The steps that crawl: a kill, nothing new, corrections, failures, wrong responses."""

from datetime import datetime, timedelta

from kompas_crawler.archive.frontier.looks import parse_schedule
from kompas_crawler.archive.read.lookup import previous_versions
from kompas_crawler.cli.article import revisions_page
from kompas_crawler.exitcodes import Exit
from kompas_crawler.log.bar import bar
from kompas_crawler.sample.demo.programs import Done, Program, Unexpected
from kompas_crawler.sample.demo.stage import EVENING, Stage, expect
from kompas_crawler.sample.site.server import Fault
from kompas_crawler.sample.site.site import Site
from kompas_crawler.site.keys import WIB
from kompas_crawler.site.listings import index_url

LATER = EVENING + timedelta(minutes=10)  # before any revisit is due
NIGHT = datetime(2026, 7, 1, 4, 45, tzinfo=WIB)  # first revisit of the evening's articles is due
MORNING = datetime(2026, 7, 1, 6, 30, tzinfo=WIB)  # after the first articles of the next day
MENDED = MORNING + timedelta(minutes=5)  # before the retry of a failed article is due
NOON = datetime(2026, 7, 1, 12, 0, tzinfo=WIB)  # when the index of the previous day has settled
SLOWNESS = 0.02  # response time of the site in seconds, so that the kill interrupts the crawl
REVISIT = parse_schedule("6h,1d,7d")  # the default of KOMPAS_REVISIT
INDEX_ROWS = 15
CORRECTED = 3
EDITOR = "Sari Contoh"  # the editor that a byline lacked
PUBLISHED = 3
FAILING = 2  # few enough for the crawl to end with code 0
TROUBLE = b"<!DOCTYPE html><html><head><title>Kompas contoh</title></head><body><p>Sedang ada "
TROUBLE += b"gangguan. Silakan coba lagi nanti.</p></body></html>"


def killed(stage: Stage) -> None:
    """Kill a crawl when a third is stored; expect the second to store the rest once."""
    screen, wanted = stage.screen, stage.keys
    screen.heading(1, "A killed crawl resumes")
    screen.say(
        f"A small Kompas of {stage.site.count} invented articles is served on this machine. "
        'A crawl reads its section pages and follows "Baca juga" links for two hops, which '
        f"reaches {len(wanted)} of them; the others are advertisements or farther away."
    )
    stage.server.faults["https://"] = Fault(delay=SLOWNESS)
    program, done = _watched(stage, until=len(wanted) // 3)
    del stage.server.faults["https://"]
    if not program.was_killed:
        raise Unexpected(f"the crawl ended before it was killed: {done.last_line}")
    before = len(stage.articles())
    screen.say(f"Killed (kill -9) with {before} articles stored. The same command again:", "yellow")
    stage.crawled(_watched(stage)[1])
    keys = [article.id for article in stage.articles()]
    expect("articles stored", set(keys), wanted)
    expect("rows in the archive", len(keys), len(wanted))
    screen.prove(f"{len(keys)} of {len(wanted)} articles, each once")


def _watched(stage: Stage, until: int | None = None) -> tuple[Program, Done]:
    """Run a crawl with a progress bar; kill it when *until* articles are stored."""
    stage.show(("crawl", "kompas"))
    with bar("stored", len(stage.keys)) as show:

        def look() -> bool:
            count = stage.count()
            show(count)
            return until is None or count < until

        program = stage.programs.start("crawl", "kompas", settings=stage.settings)
        done = program.wait(look)
        show(stage.count())
    return program, done


def again(stage: Stage) -> None:
    """Crawl again; expect requests only for the index, and what it alone lists."""
    site = stage.site
    stage.screen.heading(5, "The same crawl again: nothing is fetched twice")
    stage.now = LATER
    since = len(stage.server.requests)
    newest = set(site.on_day(site.days[-1])[:INDEX_ROWS]) - site.missing
    stage.indexed = frozenset(newest - stage.keys)
    stage.crawl()
    articles, lists = stage.requested(since)
    expect("articles requested again", articles - len(stage.indexed), 0)
    expect("articles stored", {article.id for article in stage.articles()}, stage.keys)
    what = f"{lists} request for the index, which lists {len(stage.indexed)} more articles"
    stage.screen.prove(f"{what}; no article is requested again")


def due(site: Site, keys: frozenset[str]) -> list[str]:
    """The *keys* whose revisit is due between the evening and the night."""
    return sorted(
        key
        for key in keys
        if any(EVENING < site.article(key).published_at + time <= NIGHT for time in REVISIT)
    )


def to_correct(site: Site, keys: frozenset[str]) -> list[str]:
    """The articles to correct: due, and no duplicates or originals of one."""
    plain = _plain(site, keys)
    return plain[:: max(len(plain) // CORRECTED, 1)][:CORRECTED]


def _plain(site: Site, keys: frozenset[str]) -> list[str]:
    originals = {site.article(key).duplicate_of for key in keys}
    wanted = [key for key in due(site, keys) if key not in originals]
    return [key for key in wanted if site.article(key).duplicate_of is None]


def corrected(stage: Stage) -> None:
    """Correct some articles, crawl when they are due, and show the changes."""
    screen, site = stage.screen, stage.site
    screen.heading(6, "Corrections and revisions")
    keys, looked_at = to_correct(site, stage.keys), due(site, stage.keys)
    dead = stage.gaps_found().dead_links
    before = {key: site.article(key).paragraphs for key in keys}
    (credited, *_) = (key for key in _plain(site, stage.keys) if key not in keys)
    site.correct(keys)
    site.credit([credited], EDITOR)
    stage.now = NIGHT
    screen.say(
        f"The editors corrected {len(keys)} texts and the byline of one more article. Here every "
        "article is revisited 6 hours, 1 day and 7 days after publication. The same crawl early "
        "next morning:"
    )
    since = len(stage.server.requests)
    stage.crawl()
    expect("revisited articles", stage.requested(since)[0], len(looked_at) + dead)
    stored = {article.id: article for article in stage.articles()}
    changed = {key for key, article in stored.items() if (article.revision or 1) > 1}
    expect("articles with a second revision", changed, set(keys))
    expect(f"editors of {credited}", stored[credited].editors, site.article(credited).editors)
    for key in sorted(changed | {credited}):
        with stage.connected() as connection:
            former = previous_versions(connection, [stored[key]])[key]
        expect(f"corrected text of {key}", stored[key].body, site.article(key).paragraphs)
        if key in before:
            texts = [version.article.body for version in former]
            expect(f"previous texts of {key}", texts, [before[key]])
        screen.gap()
        screen.show(revisions_page(stored[key], former))
    screen.gap()
    what = f"{len(looked_at)} articles revisited: {len(changed)} texts and 1 byline changed"
    screen.prove(f"{what}, the others unchanged; the previous records are stored")


def missing(stage: Stage) -> None:
    """Let new articles fail, expect them as gaps, repair the site, fill the gaps."""
    screen, site, faults = stage.screen, stage.site, stage.server.faults
    screen.heading(7, "Gaps are listed, then filled")
    failing = set(site.publish(PUBLISHED)[:FAILING])
    for key in failing:
        faults[site.article(key).url] = Fault(status=503)
    stage.now = MORNING
    screen.say(f"{PUBLISHED} new articles; the site returns 503 for {len(failing)} of them:")
    stage.crawl()
    named = stage.gaps(code=1)
    expect("articles in 'scrapy gaps'", named, failing)
    screen.prove(f"{len(named)} gaps listed: exactly the articles that failed")
    faults.clear()
    stage.now = MENDED
    screen.say("The site is repaired. Five minutes later:")
    stage.crawl("-a", "gaps=1")
    expect("articles in 'scrapy gaps'", stage.gaps(code=0), set())
    expect("articles stored", {article.id for article in stage.articles()}, stage.keys)
    screen.prove(f"No gaps: {len(stage.keys)} of {len(stage.keys)} articles")


def lying(stage: Stage) -> None:
    """Return wrong pages for the index and an article, expect a gap, repair the site, fill it."""
    screen, site, faults = stage.screen, stage.site, stage.server.faults
    screen.heading(8, "Wrong responses of the site")
    day = site.days[-2]
    stored = {article.id for article in stage.articles()}
    unseen = [key for key in site.on_day(day) if key not in stored]
    faults[index_url(day, page=2)] = Fault(status=200, body=TROUBLE)
    for key in unseen[:1]:
        faults[site.article(key).url] = Fault(status=202)
    stage.now = NOON
    screen.say(f"The index of {day}, whose page 2 says 'sedang ada gangguan' with status 200:")
    command = ("-a", f"since={day}", "-a", f"until={day}")
    stage.crawl(*command, spider="indeks", code=Exit.QUALITY)
    stage.gaps(code=1)
    screen.prove("The unproven page is recognised: the day stays incomplete")
    faults.clear()
    stage.now = NOON + timedelta(hours=2)
    screen.say("The site is repaired. Two hours later, the same command:")
    stage.crawl(*command, spider="indeks")
    stage.gaps(code=0)
    found = {article.id for article in stage.articles()}
    expect(f"articles of {day} that the index lists", set(site.on_day(day)) - found, set())
    screen.prove(f"{day} is verified: all {len(site.on_day(day))} articles are stored")
