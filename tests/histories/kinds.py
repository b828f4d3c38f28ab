"""All kinds of wrong answers that a history draws from."""

from __future__ import annotations

from tests.histories import answers, odd_answers, old_copies, wrong_lists

KINDS = (*answers.KINDS, *wrong_lists.KINDS, *old_copies.KINDS, *odd_answers.KINDS)
