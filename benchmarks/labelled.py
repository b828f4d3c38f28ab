"""Generated pairs of texts, labelled as duplicates or not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from benchmarks.corpus import Corpus

    Change = Callable[[Corpus, list[str]], list[str]]


def _copy(_corpus: Corpus, body: list[str]) -> list[str]:
    return list(body)


def _copy_in_other_paragraphs(_corpus: Corpus, body: list[str]) -> list[str]:
    return [" ".join(body[:3]).upper(), *body[3:]]


def _words_replaced(share: float) -> Change:
    def change(corpus: Corpus, body: list[str]) -> list[str]:
        return [_replaced(corpus, paragraph, share) for paragraph in body]

    return change


def _replaced(corpus: Corpus, paragraph: str, share: float) -> str:
    rng: Random = corpus.rng
    return " ".join(
        rng.choice(corpus.words) if rng.random() < share else word for word in paragraph.split()
    )


def _paragraph_added(corpus: Corpus, body: list[str]) -> list[str]:
    place = corpus.rng.randrange(len(body) + 1)
    return [*body[:place], *corpus.body(1), *body[place:]]


def _paragraph_dropped(corpus: Corpus, body: list[str]) -> list[str]:
    place = corpus.rng.randrange(len(body))
    return [*body[:place], *body[place + 1 :]]


def _another_lede(corpus: Corpus, body: list[str]) -> list[str]:
    return [*corpus.body(1), *body[1:]]


def _two_appended(corpus: Corpus, body: list[str]) -> list[str]:
    return [*body, *corpus.body(2)]


def _third_cut(_corpus: Corpus, body: list[str]) -> list[str]:
    return body[: len(body) * 2 // 3]


def _three_in_front(corpus: Corpus, body: list[str]) -> list[str]:
    return [*corpus.body(3), *body]


def _in_a_longer_text(corpus: Corpus, body: list[str]) -> list[str]:
    return [*corpus.body(6), *body, *corpus.body(6)]


def _sixty_words(replaced: int) -> Change:
    def change(corpus: Corpus, body: list[str]) -> list[str]:
        words = " ".join(body).split()
        first = corpus.rng.randrange(len(words) - 59)
        words = words[first : first + 60]
        for _ in range(replaced):
            words[corpus.rng.randrange(60)] = corpus.rng.choice(corpus.words)
        return [" ".join(words)]

    return change


ONE_TEXT: dict[str, Change] = {
    "copy": _copy,
    "copy in other paragraphs": _copy_in_other_paragraphs,
    "1 % of the words replaced": _words_replaced(0.01),
    "2 % of the words replaced": _words_replaced(0.02),
    "5 % of the words replaced": _words_replaced(0.05),
    "10 % of the words replaced": _words_replaced(0.10),
    "15 % of the words replaced": _words_replaced(0.15),
    "a paragraph of ten added": _paragraph_added,
    "a paragraph of ten dropped": _paragraph_dropped,
    "another opening paragraph": _another_lede,
    "two paragraphs appended": _two_appended,
    "three new leading paragraphs": _three_in_front,
    "the last third cut": _third_cut,
    "in the middle of a longer text": _in_a_longer_text,
    "60 words of it": _sixty_words(0),
    "60 words of it, one replaced": _sixty_words(1),
}


def _boilerplate(corpus: Corpus, body: list[str]) -> list[str]:
    return [*body[:4], *corpus.body(6)]


def _background(corpus: Corpus, body: list[str]) -> list[str]:
    return [*corpus.body(4), *body[4:]]


def _daily_table(corpus: Corpus, body: list[str]) -> list[str]:
    figure = re.compile(r"[0-9]+")
    rng = corpus.rng
    return [figure.sub(lambda _: str(rng.randrange(10_000)), paragraph) for paragraph in body]


SEVERAL_TEXTS: dict[str, Change] = {
    "four boilerplate paragraphs of ten": _boilerplate,
    "six background paragraphs of ten": _background,
    "another day's table": _daily_table,
}
