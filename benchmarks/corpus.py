"""Synthetic articles with word frequencies of a language (Zipf)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Any

from kompas_crawler.archive.store.hashes import text_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

START = datetime(2021, 1, 1, tzinfo=UTC)
_SECTIONS = ("Nasional", "Money", "Tekno", "Bola")


class Corpus:
    """Articles of some 330 words out of 60,000, the n-th of which is as rare as 1 / n."""

    def __init__(self, seed: int = 7) -> None:
        self.rng = Random(seed)
        syllables = [
            c + v + e for c in "bcdghjklmnprstw" for v in "aeiou" for e in ("", "n", "r", "ng", "s")
        ]
        lengths = (1, 2, 2, 3, 3, 4)
        made = (
            "".join(self.rng.choices(syllables, k=self.rng.choice(lengths))) for _ in range(120_000)
        )
        self.words = list(dict.fromkeys(made))[:60_000]
        self._weights = list(
            accumulate(1 / (rank + 2.7) ** 1.05 for rank in range(len(self.words)))
        )

    def text(self, words: int) -> str:
        """A sentence of random words."""
        return " ".join(
            self.rng.choices(self.words, cum_weights=self._weights, k=words)
        ).capitalize()

    def body(self, paragraphs: int = 10) -> list[str]:
        """A body of random paragraphs."""
        return [f"{self.text(30)}." for _ in range(paragraphs)]

    def table(self, paragraphs: int = 10) -> list[str]:
        """A body in which every tenth word is a figure."""
        return [
            ". ".join(f"{self.text(9)} {self.rng.randrange(10_000)}" for _ in range(3))
            for _ in range(paragraphs)
        ]

    def rows(self, count: int) -> Iterator[dict[str, Any]]:
        """Rows of ``articles``, a minute apart."""
        for number in range(count):
            yield row(number, self.text(9), self.text(18), self.body(), _SECTIONS[number % 4])


def row(
    number: int, title: str, summary: str, body: Sequence[str], section: str = "Money"
) -> dict[str, Any]:
    """A row of ``articles``, published *number* minutes after ``START``."""
    at = START + timedelta(minutes=number)
    return {
        "key": f"{at:%Y%m%d}-{number:09d}",
        "url": f"https://money.kompas.com/read/{at:%Y/%m/%d}/{number:09d}/artikel",
        "title": title,
        "summary": summary,
        "body": "\n\n".join(body),
        "section": section,
        "published_at": at,
        "word_count": sum(len(paragraph.split()) for paragraph in body),
        "revision": 1,
        "status": "live",
        "first_seen_at": at,
        "fetched_at": at,
        "stored_at": at,
        "content_hash": str(number),
        "text_hash": text_hash(body),
        "extractor_version": "1",
        "found_in": {},
    }
