"""URLs of lists: pages of a pager, days of the index, tags."""

import re
from datetime import date
from urllib.parse import parse_qs, urlencode, urlsplit

from kompas_crawler.site.urls import canonical


def page_url(listing_url: str, page: int) -> str:
    """The URL of page *page* of a listing; page 1 is the listing itself.

    >>> page_url("https://money.kompas.com/", 2)
    'https://money.kompas.com/?page=2'
    >>> page_url("https://indeks.kompas.com/?site=all&date=2024-01-02&page=3", 4)
    'https://indeks.kompas.com/?site=all&date=2024-01-02&page=4'
    """
    parts = urlsplit(canonical(listing_url))
    asked = [(k, v[0]) for k, v in parse_qs(parts.query).items() if k != "page"]
    if page > 1:
        asked.append(("page", str(page)))
    query = f"?{urlencode(asked)}" if asked else ""
    return f"https://{parts.netloc}{parts.path}{query}"


def page_number(url: str) -> int:
    """The page number of *url* in its listing, from 1.

    >>> page_number("https://money.kompas.com/"), page_number("https://money.kompas.com/?page=7")
    (1, 7)
    """
    value = parse_qs(urlsplit(url).query).get("page", ["1"])[0]
    return (int(value) or 1) if re.fullmatch(r"[0-9]{1,6}", value) else 1


def is_same_list(url: str, other: str) -> bool:
    """Whether two URLs are pages of one listing.

    >>> is_same_list("http://money.kompas.com/?page=3", "https://money.kompas.com/")
    True
    >>> day = "https://indeks.kompas.com/?site=all&date="
    >>> is_same_list(f"{day}2024-01-02", f"{day}2024-01-03")
    False
    """
    return page_url(url, 1) == page_url(other, 1)


def index_url(day: date, site: str = "all", page: int = 1) -> str:
    """The URL of a page of the index ("indeks") of *day*.

    >>> index_url(date(2024, 1, 2), "money", 2)
    'https://indeks.kompas.com/?site=money&date=2024-01-02&page=2'
    """
    return page_url(f"https://indeks.kompas.com/?site={site}&date={day:%Y-%m-%d}", page)


def index_day_of(url: str) -> tuple[str, date] | None:
    """The site and day of the index page *url*, or ``None``.

    >>> index_day_of("https://indeks.kompas.com/?site=money&date=2024-01-02&page=2")
    ('money', datetime.date(2024, 1, 2))
    """
    parts = urlsplit(url)
    asked = parse_qs(parts.query)
    if parts.hostname != "indeks.kompas.com" or "date" not in asked:
        return None
    try:
        day = date.fromisoformat(asked["date"][0])
    except ValueError:
        return None
    # Arithmetic with a day at the end of the calendar would overflow.
    return (asked.get("site", ["all"])[0], day) if 1990 < day.year < 2100 else None


def slug_of(name: str) -> str:
    """The part of a URL that stands for a name or a title.

    >>> slug_of("Gempa Bumi: 5 Fakta")
    'gempa-bumi-5-fakta'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def tag_url(name: str) -> str:
    """The URL of a tag's first page, from its name or slug.

    >>> tag_url("Gempa Bumi")
    'https://www.kompas.com/tag/gempa-bumi'
    """
    return f"https://www.kompas.com/tag/{slug_of(name)}"
