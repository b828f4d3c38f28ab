"""What changed, word by word: nothing else is shown, and nothing that changed is left out."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.cli.word_diff import AROUND, Change, changed_paragraphs, marked

WORDS = st.lists(st.sampled_from(["satu", "dua", "tiga", "empat"]), min_size=1, max_size=12)
PARAGRAPHS = st.lists(WORDS.map(" ".join), max_size=5)


def lines(old: list[str], new: list[str]) -> list[str]:
    return [marked(pieces) for pieces in changed_paragraphs(old, new)]


def test_equal_texts_have_no_difference() -> None:
    assert lines(["Satu.", "Dua."], ["Satu.", "Dua."]) == []


def test_a_paragraph_that_went_and_one_that_came() -> None:
    assert lines(["Satu.", "Dua."], ["Satu."]) == ["[-Dua.-]"]
    assert lines(["Dua."], ["Satu.", "Dua."]) == ["{+Satu.+}"]


def test_what_did_not_change_is_cut_short() -> None:
    words = [f"k{n}" for n in range(40)]
    changed = [*words[:20], "baru", *words[21:]]
    before = " ".join(words[20 - AROUND : 20])
    after = " ".join(words[21 : 21 + AROUND])
    expected = f"... {before} [-k20-] {{+baru+}} {after} ..."
    assert lines([" ".join(words)], [" ".join(changed)]) == [expected]


def test_between_two_changes_dots_stand_only_for_words() -> None:
    kept = " ".join(f"k{n}" for n in range(2 * AROUND))
    shown = f"[-a-] {{+b+}} {kept} [-c-] {{+d+}}"
    assert lines([f"a {kept} c"], [f"b {kept} d"]) == [shown]


@pytest.mark.parametrize("parting", [" ", "\n"], ids=["words", "paragraphs"])
def test_texts_too_long_to_be_compared_are_shown_whole(parting: str) -> None:
    """Control: shorter ones are compared."""
    for count, is_compared in ((20, True), (4 * 10**5, False)):
        old = parting.join(["a"] * count).split("\n")
        new = parting.join([*["a"] * count, "b"]).split("\n")
        began = time.process_time()
        found = lines(old, new)
        assert time.process_time() - began < 20, "it takes days to compare them"
        assert ("[-" not in found[0]) is (is_compared or parting == "\n")
        assert found[-1].endswith("{+b+}" if is_compared or parting == "\n" else "a b+}")
        assert len(found) == 1, "equal paragraphs did not change"


@given(PARAGRAPHS, PARAGRAPHS)
def test_every_change_is_shown(old: list[str], new: list[str]) -> None:
    pieces = [piece for line in changed_paragraphs(old, new) for piece in line]
    assert bool(pieces) == (old != new)
    grown = sum(len(piece.text.split()) for piece in pieces if piece.change is Change.ADDED)
    shrunk = sum(len(piece.text.split()) for piece in pieces if piece.change is Change.REMOVED)
    assert grown - shrunk == len(" ".join(new).split()) - len(" ".join(old).split())
