"""Extract the links of section fronts, tags, topics and index days.

Side lists such as "Terpopuler", which are on every page, count only on fronts.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import fields, replace
from functools import cached_property
from itertools import chain
from urllib.parse import unquote, urlsplit

from lxml import etree
from lxml.etree import _Element as Element
from scrapy.http import Response

from kompas_crawler.items import ListedArticle, Listing
from kompas_crawler.pages.address import canonical_link
from kompas_crawler.pages.body_elements import own, text_of
from kompas_crawler.pages.document import Document
from kompas_crawler.site.listings import index_day_of, page_number, page_url
from kompas_crawler.site.text import cut_title
from kompas_crawler.site.urls import MAX_LENGTH, UrlKind, article_key, canonical, kind, row_key
from kompas_crawler.site.words import WORDS

ROW = ".articleItem, .article__list"  # rows: since about 2024, and before
ROW_LINK = ".article-link, .article__link"
TITLE = ".articleTitle, .article__title, .most__title, h1, h2, h3, h4, h5"
PAGER_LINK = "a.paging__link"
ACTIVE_LINK = "a.paging__link--active"
NEXT_LINK = "a.paging__link--next"
PAGE_ATTRIBUTE = "data-ci-pagination-page"

MARK = f"{ROW}, {ROW_LINK}, .articleList, .article__grid, .latest"  # every list has one of these

_Link = tuple[Element | None, Element, str]  # its row, if any; its element; its canonical URL
_SIMPLE = re.compile(r"[a-z]*[1-6]?(\.[\w-]+)?(, [a-z]*[1-6]?(\.[\w-]+)?)*")
_INDEX_HOST = "indeks.kompas.com"
_LIKE_ARTICLE = re.compile(r"/read/|20\d\d\W?\d\d?\W?\d\d?/")
_ADDRESS = re.compile(rb"https?://[\w.-]+\.kompas\.com/(?:[\w-]+/)*read/\d{4}/[\w/-]+")
SEVERAL = 3  # rows of an unknown form that may be articles, although they are unlike others
_ROWED_PATH = re.compile(r"/(?:tag|topik-pilihan)/")


class ListingPage:
    """One page of links; ``article_urls`` are canonical, in order, without duplicates."""

    def __init__(self, response: Response) -> None:
        self.url = canonical(response.url)
        self._base, self._body = response.url, response.body
        self._is_index = urlsplit(self.url).hostname == _INDEX_HOST
        self._document = Document(response.body, response.headers.get("Content-Type"))
        self._selected: dict[str, dict[Element, None]] = {}
        self._headings: dict[Element, str | None] = {}

    def to_item(self) -> Listing:
        return Listing(**{one.name: getattr(self, one.name) for one in fields(Listing)})

    @property
    def article_urls(self) -> tuple[str, ...]:
        return tuple(article.url for article in self.articles)

    @cached_property
    def articles(self) -> tuple[ListedArticle, ...]:
        """The listed articles, each with its first title."""
        return self._listed(self._links)

    @cached_property
    def next_page_url(self) -> str | None:
        """The next page of this list, if any."""
        if self._is_index and not self._all(ROW):
            return None  # past the end there can still be a pager
        for link in self._next_links:
            url, number = canonical_link(self._base, link.get("href")), _page_of(link)
            if url is not None and urlsplit(url)[1:3] != urlsplit(self.url)[1:3]:
                if kind(url) is UrlKind.LISTING:
                    return url
            elif number > page_number(self.url):
                return page_url(self.url, number)
        number = page_number(self.url)
        # The pager can name further pages, but not the next one.
        is_last = self.last_page <= number or page_url(self.url, 1) not in self.pager_lists
        return None if is_last else page_url(self.url, number + 1)

    @cached_property
    def last_page(self) -> int:
        """The highest page number in the pager, or in links to this list; 1 without one."""
        first = page_url(self.url, 1)
        urls = (canonical_link(self._base, link.get("href")) for link in self._all("a"))
        own = (page_number(u) for u in urls if u and "page=" in u and page_url(u, 1) == first)
        return max([1, *own, *map(_page_of, self._all(PAGER_LINK))])

    @property
    def active_page(self) -> int | None:
        """The page that the pager marks, else the one before the next."""
        texts = (text_of(link, self._all("a")).strip() for link in self._all(ACTIVE_LINK))
        marked = (int(t) for t in texts if t.isascii() and t.isdigit() and len(t) < 7)
        numbers = map(_page_of, self._next_links)
        # A link to a next page with this page's number proves nothing.
        former = (n - 1 for n in numbers if n > 1 and n != page_number(self.url))
        return next(chain(marked, former), None)

    @cached_property
    def _next_links(self) -> list[Element]:
        links = self._all("a, link")
        declared = (link for link in links if "next" in link.get("rel", "").lower().split())
        found = (*self._all(NEXT_LINK), *declared)
        return [link for link in found if len(link.get("href") or "") <= MAX_LENGTH]

    @property
    def pager_lists(self) -> list[str]:
        """The lists to which numbers of the pager lead, by their first pages."""
        numbers = filter(_page_of, self._all(PAGER_LINK))
        links = (canonical_link(self._base, link.get("href")) for link in numbers)
        return list(dict.fromkeys(page_url(link, 1) for link in links if link))

    @property
    def canonical(self) -> str | None:
        """The list of the canonical link."""
        return canonical_link(self._base, self._document.canonical)

    @property
    def is_rowed(self) -> bool:
        """Whether only links in rows count: on index days, tags and topics."""
        return self._is_index or bool(_ROWED_PATH.match(urlsplit(self.url).path))

    @property
    def has_rows(self) -> bool:
        """Whether the page has rows in a known markup."""
        return bool(self._all(ROW) or self._all(ROW_LINK))

    @property
    def unread_rows(self) -> int | None:
        """Rows with links to lists, of an unknown form or all alike; ``None`` without rows."""
        rows, links = self._all(ROW), self._resolved(self._links_in_rows())
        if len(rows) > 2 and len({url for *_, url in links}) == 1:
            return len(rows)
        are_articles = any(kind(url) is UrlKind.ARTICLE for *_, url in links)
        known = {row for row, _, url in links if _is_known(url, is_beside_articles=False)}
        if are_articles and len({row for row, *_ in links} - known) < SEVERAL:
            known = {row for row, _, url in links if _is_known(url, is_beside_articles=True)}
        # Beside more others a row without a link, such as an advertisement's, lists nothing.
        is_few, others = 2 * len(known) < len(rows), (row for row in rows if row not in known)
        unread = [row for row in others if is_few or next(row.iter("a"), None) is not None]
        return len(unread) if rows else None

    @property
    def has_marks(self) -> bool:
        return bool(self._all(MARK))

    @cached_property
    def row_urls(self) -> tuple[str, ...]:
        """The articles in rows of a known markup; all, if there are no such rows."""
        urls = (url for *_, url in self._resolved(self._links_in_rows()))
        found = dict.fromkeys(url for url in urls if kind(url) is UrlKind.ARTICLE)
        return tuple(found) if self._all(ROW) else self.article_urls

    @cached_property
    def found_by_address(self) -> tuple[ListedArticle, ...]:
        """Articles anywhere, also in scripts and comments; of an index day those of the day."""
        known = {row_key(one.url) for one in self.articles}
        if known and self.is_rowed and not self._is_index:
            return self.articles
        links = self._resolved((None, link) for link in self._all("a")) if self.is_rowed else ()
        body = self._body.replace(b"\\u002F", b"/").replace(b"\\/", b"/")  # in JSON
        urls = map(canonical, map(bytes.decode, _ADDRESS.findall(body)))
        named = (ListedArticle(url=url) for url in urls if kind(url) is UrlKind.ARTICLE)
        day, every = index_day_of(self.url), chain(named, self._listed(links))
        keyed = ((article_key(one.url), one) for one in every)
        others = (one for key, one in keyed if day is None or (key and key.day == day[1]))
        more = {row_key(one.url): one for one in others}  # a link is after an address, with a title
        oldest = min(map(row_key, self.row_urls), default="") if day is None else ""
        found = (replace(one, is_beside=key < oldest) for key, one in more.items())
        return (*self.articles, *(one for one in found if row_key(one.url) not in known))

    def _listed(self, links: Iterable[_Link]) -> tuple[ListedArticle, ...]:
        found: dict[str, ListedArticle] = {}
        for row, link, url in links:
            if kind(url) is not UrlKind.ARTICLE:
                continue
            if (known := found.get(row_key(url))) is None or known.title is None:
                title = self._title(link, row)
                found[row_key(url)] = ListedArticle(url=known.url if known else url, title=title)
        return tuple(found.values())

    def _all(self, css: str) -> dict[Element, None]:
        if css not in self._selected and not _SIMPLE.fullmatch(css):
            self._selected[css] = dict.fromkeys(self._document.select(css))
        elif css not in self._selected:  # a dozen searches of the page take longer
            found: dict[int, Element] = {}
            for part in css.split(", "):
                tag, dot, name = part.partition(".")
                elements = self._index.get(dot + name or tag, ())
                found |= {place: one for place, one in elements if not tag or one.tag == tag}
            self._selected[css] = {found[place]: None for place in sorted(found)}
        return self._selected[css]

    @cached_property
    def _index(self) -> dict[str, list[tuple[int, Element]]]:
        """All elements with their place, by tag and by class."""
        found: defaultdict[str, list[tuple[int, Element]]] = defaultdict(list)
        every = list(enumerate(self._document.root.iter(etree.Element)))
        for placed in every:
            element = placed[1]
            found[str(element.tag)].append(placed)
            for name in element.get("class", "").split():
                found[f".{name}"].append(placed)
        found[""] = every  # freed last, from its end: lxml frees an inner element first in no time
        return found

    def _heading_of(self, row: Element) -> str | None:
        if row not in self._headings:
            self._headings[row] = self._heading(row, self._all(ROW))
        return self._headings[row]

    def _title(self, link: Element, row: Element | None = None) -> str | None:
        """The heading in or beside *link*, else its text or its image's, without nested links."""
        others = self._all("a")
        heading = self._heading(link, others) or (None if row is None else self._heading_of(row))
        title = heading or cut_title(text_of(link, others))
        if title or not len(link):
            return title
        pictures = (part.get("alt") for part in own(link, others) if part.tag == "img")
        return next(filter(None, map(cut_title, pictures)), None)

    @cached_property
    def _links(self) -> list[_Link]:
        links: Iterable[tuple[Element | None, Element]] = self._links_in_rows()
        if not (self.is_rowed and (self._all(ROW) or self._is_index)):
            links = ((None, link) for link in self._all(ROW_LINK if self.is_rowed else "a"))
        return self._resolved(links)

    def _resolved(self, links: Iterable[tuple[Element | None, Element]]) -> list[_Link]:
        found = ((row, link, canonical_link(self._base, link.get("href"))) for row, link in links)
        return [(row, link, url) for row, link, url in found if url]

    def _links_in_rows(self) -> Iterator[tuple[Element, Element]]:
        for row in self._all(ROW):
            yield from ((row, part) for part in own(row, self._all(ROW)) if part.tag == "a")

    def _heading(self, scope: Element, others: Collection[Element]) -> str | None:
        if not len(scope):
            return None  # its text is used anyway
        walker = etree.iterwalk(scope, events=("start",))
        for _, part in walker:
            if part is not scope and part in others:
                walker.skip_subtree()
            elif part in self._all(TITLE):
                if title := cut_title(text_of(part, others)):
                    return title
                walker.skip_subtree()
        return None


def _is_known(url: str, *, is_beside_articles: bool) -> bool:
    """Whether the form of *url* is understood, or is unlike that of the articles beside it."""
    if (found := kind(url)) is not UrlKind.OTHER:
        return found is not UrlKind.LISTING
    # An article in a form that is not understood?
    name, is_own, _ = (urlsplit(url).hostname or "").partition(".kompas.com")
    is_likely = not is_beside_articles or _LIKE_ARTICLE.search(unquote(url)) is not None
    return not (is_own and is_likely) or name in WORDS["other_hosts"]


def _page_of(link: Element) -> int:
    number = re.fullmatch(r"\s*([0-9]{1,6})\s*", link.get(PAGE_ATTRIBUTE) or "")
    number = number or re.search(r"[?&]page=([0-9]{1,6})(?![0-9])", link.get("href") or "")
    return int(number[1]) if number else 0
