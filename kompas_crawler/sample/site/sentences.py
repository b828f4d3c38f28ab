"""The sample site's sentences and headlines, put together from its words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kompas_crawler.sample.site import words

if TYPE_CHECKING:
    from datetime import datetime
    from random import Random

    from kompas_crawler.sample.site.channels import Channel


def person(rng: Random) -> str:
    """An invented name."""
    return f"{rng.choice(words.GIVEN_NAMES)} {rng.choice(words.FAMILY_NAMES)}"


def spelled(at: datetime) -> str:
    """Write *at* as a sentence has it: ``Selasa (30/6/2026)``."""
    return f"{words.WEEKDAYS[at.weekday()]} ({at.day}/{at.month}/{at.year})"


def title_of(rng: Random, channel: Channel) -> str:
    """An invented headline of *channel*."""
    pick, subject, place = rng.choice, rng.choice(channel.subjects), rng.choice(words.PLACES)
    match rng.randrange(8):
        case 0:
            text = f"{subject} di {place} {pick(words.EFFECTS)}, ini sebabnya"
        case 1:
            text = f"{pick(words.ROLES)} {place}: {subject} {pick(words.EFFECTS)}"
        case 2:
            text = f"{rng.randint(2, 900)} {pick(words.UNITS)} terdampak {subject} di {place}"
        case 3:
            text = f"cerita {person(rng)} {pick(words.VERBS)} {pick(words.OBJECTS)} di {place}"
        case 4:
            text = f"{place} {pick(words.VERBS)} {pick(words.OBJECTS)} demi {subject}"
        case 5:
            text = f"mengapa {subject} {pick(words.EFFECTS)}? Begini kata {pick(words.OFFICES)}"
        case 6:
            quote = pick(words.QUOTES).split(",")[0]
            text = f'"{quote}", kata {person(rng)} soal {subject} di {place}'
        case _:
            text = f"{pick(words.REASONS)}, {subject} di {place} jadi sorotan"
    return " ".join(_capital(word) for word in text.split())


_SMALL = frozenset({"di", "ke", "dan", "untuk", "soal", "demi", "atau", "dari", "yang", "pada"})


def _capital(word: str) -> str:
    return word if word in _SMALL else word[:1].upper() + word[1:]


def count_of(rng: Random) -> str:
    """A number as Indonesian texts write it: ``1.234``."""
    return f"{rng.randint(11, 9870):,}".replace(",", ".")


def sentence(rng: Random, channel: Channel, at: datetime) -> str:
    """One invented sentence about a subject of *channel*."""
    pick, subject = rng.choice, rng.choice(channel.subjects)
    match rng.randrange(14):
        case 0:
            text = (
                f"{pick(words.ROLES)} {person(rng)} mengatakan {subject} di {pick(words.PLACES)} "
                f"{pick(words.EFFECTS)} karena {pick(words.REASONS)}."
            )
        case 1:
            text = (
                f'"{pick(words.QUOTES)}," ujar {person(rng)} saat ditemui di {pick(words.SPOTS)}, '
                f"{spelled(at)}."
            )
        case 2:
            text = (
                f"data {pick(words.OFFICES)} mencatat {count_of(rng)} {pick(words.UNITS)} di "
                f"{pick(words.PLACES)}, naik {rng.randint(2, 64)},{rng.randrange(10)} persen "
                f"dibandingkan {pick(words.PERIODS)}."
            )
        case 3:
            text = (
                f"selain {pick(words.OBJECTS)}, {pick(words.OFFICES)} juga "
                f"{pick(words.VERBS)} {pick(words.OBJECTS)}."
            )
        case 4:
            text = (
                f"menurut {person(rng)}, {subject} baru bisa dinilai setelah "
                f"{rng.randint(2, 18)} bulan, sebab {pick(words.REASONS)}."
            )
        case 5:
            text = (
                f"rencana itu menelan biaya Rp {rng.randint(2, 980)} juta, termasuk untuk "
                f"{pick(words.OBJECTS)} dan {pick(words.OBJECTS)}."
            )
        case 6:
            text = (
                f"ketika {pick(words.REASONS)}, warga {pick(words.PLACES)} memilih "
                f"{pick(words.VERBS)} {pick(words.OBJECTS)} secara mandiri."
            )
        case 7:
            text = f'"{pick(words.QUOTES)}," kata {pick(words.ROLES)} itu.'
        case 8:
            text = (
                f"di {pick(words.PLACES)} dan {pick(words.PLACES)}, {subject} "
                f"{pick(words.EFFECTS)} sejak {pick(words.PERIODS)}."
            )
        case 9:
            text = (
                f"sebanyak {count_of(rng)} {pick(words.UNITS)} sudah terdata, sedangkan "
                f"{rng.randint(3, 300)} lainnya masih diperiksa {pick(words.OFFICES)}."
            )
        case 10:
            text = (
                f"{person(rng)}, {rng.randint(19, 71)} tahun, datang ke {pick(words.SPOTS)} untuk "
                f"melihat sendiri bagaimana {pick(words.OBJECTS)} {pick(words.EFFECTS)}."
            )
        case 11:
            text = (
                f"pihak {pick(words.OFFICES)} berjanji {pick(words.VERBS)} "
                f"{pick(words.OBJECTS)} paling lambat pukul {rng.randint(6, 22)}."
                f"{rng.randint(10, 59)}."
            )
        case 12:
            text = (
                f"ia membandingkan {subject} dengan pengalaman {pick(words.FOREIGN_PLACES)}, "
                f"yang {pick(words.VERBS)} {pick(words.OBJECTS)} lebih dulu."
            )
        case _:
            text = (
                f"meski {pick(words.REASONS)}, {pick(words.OBJECTS)} {pick(words.EFFECTS)} "
                f"pada {spelled(at)}."
            )
    return text[0].upper() + text[1:]
