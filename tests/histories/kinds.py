"""All kinds of wrong answers that a history draws from."""

from __future__ import annotations

from tests.histories import answers, old_copies, wrong_lists

KINDS = (*answers.KINDS, *wrong_lists.KINDS, *old_copies.KINDS)
