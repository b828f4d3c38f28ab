"""Rules over texts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kompas_crawler.site.names import split_names
from kompas_crawler.site.text import (
    PROMO_OPENINGS,
    clean,
    clean_or_none,
    head_title,
    split_dateline,
    split_list,
    strip_promo,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("satu", "satu"),
        (" \t\r\n satu\x0b\x0cdua\x85tiga\u2028empat\u3000lima ", "satu dua tiga empat lima"),
        ("a\x00b\x1bc\x7f", "abc"),
        ("co\u00adba\ufeff \u200bsatu\u2060", "coba satu"),
        ("\u202ekiri\u202c", "kiri"),
        ("ke\u0301", "k\u00e9"),
        (
            "\U0001f468\u200d\U0001f33e petani",
            "\U0001f468\u200d\U0001f33e petani",
        ),  # a joiner joins
        ("a\ud800b", "ab"),  # half a character, which no database takes
        ("a\ufffeb\uffff", "ab"),  # which no XML may have
        ("½ ²", "½ ²"),  # composed, not made another
    ],
)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected
    assert clean_or_none(text) == (expected or None)


@given(st.text(st.characters(exclude_categories=())))
def test_what_is_clean_stays_so(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert once == once.strip()
    assert "\n" not in once
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, ()),
        (" , ,", ()),
        ("banjir", ("banjir",)),
        ("banjir,gempa, Banjir,banjir ", ("banjir", "gempa", "Banjir")),
        ("Rp 15,8 miliar, 1,5 meter", ("Rp 15,8 miliar", "1,5 meter")),
    ],
)
def test_split_list(text: str | None, expected: tuple[str, ...]) -> None:
    assert split_list(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sari Melati", ("Sari Melati",)),
        ("Sari Melati, Budi Hartono,", ("Sari Melati", "Budi Hartono")),
        ("Sari Melati,Sari Melati", ("Sari Melati",)),
        ("Dr. Sari Melati, S.H., M.H., Ph.D, Budi", ("Dr. Sari Melati, S.H., M.H., Ph.D", "Budi")),
        ("Sari, MBA, CFA, Ali", ("Sari, MBA, CFA", "Ali")),
        ("Kontributor Bali, Ni Luh, Ema", ("Ni Luh", "Ema")),
        ("Kontributor Bali", ("Kontributor Bali",)),
        ("M. Agus, S. Hadi", ("M. Agus", "S. Hadi")),  # initials are no degrees
        ("Sari, M.Yusuf, A.Rahman", ("Sari", "M.Yusuf", "A.Rahman")),
        ("Sari, Ma, KNKT, Se", ("Sari", "Ma", "KNKT", "Se")),
        ("dr. Sari, SpPD, Budi", ("dr. Sari, SpPD", "Budi")),
        ("Sari, Sp.PD-KGEH, FINASIM, Budi", ("Sari, Sp.PD-KGEH, FINASIM", "Budi")),
        ("Sari, SpOG(K), Budi, Sp. JP (K)", ("Sari, SpOG(K)", "Budi, Sp. JP (K)")),
        ("Sari, M.Psi., Psikolog, Budi, S.Psi", ("Sari, M.Psi., Psikolog", "Budi, S.Psi")),
        ("Sari, S.H., Budi, S.H.", ("Sari, S.H.", "Budi, S.H.")),
        ("Sari, Sp.B(K)Onk, Budi, Subsp.FER", ("Sari, Sp.B(K)Onk", "Budi, Subsp.FER")),
        ("Sari, Psikolog Klinis, Budi, psikolog", ("Sari, Psikolog Klinis", "Budi, psikolog")),
        ("Sari, S.Tr.Keb, Budi, M.Si (Han)", ("Sari, S.Tr.Keb", "Budi, M.Si (Han)")),
        ("Sari, PhD (Cand), Budi, dr.", ("Sari, PhD (Cand)", "Budi, dr.")),
        ("Sari, Han Solo, Ir. Joko, Drs. Umar", ("Sari", "Han Solo", "Ir. Joko", "Drs. Umar")),
        (
            "Sari, PhD, Budi, M. Si, Wati, S.H. M.H.",
            ("Sari, PhD", "Budi, M. Si", "Wati, S.H. M.H."),
        ),
        ("Sari dan Budi", ("Sari", "Budi")),
        ("Sari, Budi, dan Wati", ("Sari", "Budi", "Wati")),
        ("Sari & Budi; Wati and Ali", ("Sari", "Budi", "Wati", "Ali")),
        ("SARI DAN BUDI", ("SARI", "BUDI")),
        ("Sari\u00a0dan\nBudi, S.H.", ("Sari", "Budi, S.H.")),
        # Controls: an "and" inside a name parts nobody.
        ("Dan Brown, Ramdan Dani", ("Dan Brown", "Ramdan Dani")),
        ("Kementerian Kelautan dan Perikanan", ("Kementerian Kelautan dan Perikanan",)),
        ("Badan Riset dan Inovasi, Sari", ("Badan Riset dan Inovasi", "Sari")),
        ("-, Sari, None, null, N/A, --, ", ("Sari",)),
        ("None", ()),
        ("Nonny, Nulla", ("Nonny", "Nulla")),
        ("Kontributor Malang, Andi Hartik", ("Andi Hartik",)),
        ("Kontributor Malang , Andi dan Kontributor Bali, Ema", ("Andi", "Ema")),
        ("Andi Hartik, Kontributor Malang", ("Andi Hartik",)),
        ("Andi Hartik (Kontributor Malang)", ("Andi Hartik",)),
        ("Kontributor Malang: Andi Hartik", ("Andi Hartik",)),
        ("Kontributor Kompas TV Solo - Andi", ("Andi",)),
        ("Koresponden Kairo, Andi", ("Andi",)),
        ("Kontributor", ("Kontributor",)),
        # Abbreviations that no list knows: each with its dot, or after a degree.
        ("Sari, M.Krim., Budi, S.Tr.Sos.", ("Sari, M.Krim.", "Budi, S.Tr.Sos.")),
        (
            "Sari, M.A., CBE, Budi, S.T., IPU., ASEAN Eng.",
            ("Sari, M.A., CBE", "Budi, S.T., IPU., ASEAN Eng."),
        ),
        ("Sari, M.M., CPM (Asia), Ali", ("Sari, M.M., CPM (Asia)", "Ali")),
        ("Sari, SJ, Budi, Pr", ("Sari, SJ", "Budi, Pr")),
        ("Sari, AFP, S.H., Rina", ("Sari", "AFP, S.H.", "Rina")),
        ("Sari, S.H., ANTARAnews, A. Rahman.", ("Sari, S.H.", "ANTARAnews", "A. Rahman.")),
        # Other separators, and labels among the names.
        ("Sari Melati | Budi / Rina", ("Sari Melati", "Budi", "Rina")),
        ("DW Indonesia/Deutsche Welle", ("DW Indonesia/Deutsche Welle",)),
        ("Penulis: Sari Melati", ("Sari Melati",)),
        ("Reporter : Sari, Budi, Editor: Rina", ("Sari", "Budi")),
        ("Sari | Editor: Budi | Penulis: Rina", ("Sari", "Rina")),
        ("Editor: Budi", ()),
        ("Penulis & Editor: Sari Melati", ("Sari Melati",)),
        ("Penulis/Editor: Sari, Penulis dan Editor: Budi", ("Sari", "Budi")),
        # Encoded twice.
        ("Nur&#039;aini, Sari&nbsp;Melati &amp; Budi", ("Nur'aini", "Sari Melati", "Budi")),
        ("PT Contoh, Tbk, Sari", ("PT Contoh, Tbk", "Sari")),
        ("0", ()),
        ("Tim Redaksi: Sari", ("Sari",)),
        ("Penulis, Editor, Redaktur Senior, Jurnalis", ()),
        ("Wartawan Kompas.com, Sari", ("Sari",)),
        ("Editoria, Penulisanto", ("Editoria", "Penulisanto")),
        # What somebody is, after the name; first it may be a name.
        ("Sari Melati, Dosen Universitas Contoh, Budi", ("Sari Melati", "Budi")),
        ("Sari, M.Si, Pemimpin Redaksi Kompas.com", ("Sari, M.Si",)),
        ("Sari Melati, dkk.", ("Sari Melati",)),
        ("Sari Melati dan kawan-kawan", ("Sari Melati",)),
        ("Sari Melati, et al.", ("Sari Melati",)),
        ("Dkki Sari, Alan Dkk", ("Dkki Sari", "Alan Dkk")),
        ("Ketua Panitia, Sari", ("Ketua Panitia", "Sari")),
        (
            "Sari, BSc (Hons), Budi, CFP®, Ali, AIFO-P",
            ("Sari, BSc (Hons)", "Budi, CFP®", "Ali, AIFO-P"),
        ),
    ],
)
def test_split_names(text: str, expected: tuple[str, ...]) -> None:
    assert split_names(text) == expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Harga Turun", "Harga Turun"),
        ("Harga Turun Halaman all", "Harga Turun"),
        ("Harga Turun Halaman 2 - Kompas.com", "Harga Turun"),
        ("Harga Turun - Kompas.com Halaman all", "Harga Turun"),
        ("Harga Turun | KOMPAS.com", "Harga Turun"),
        ("Halaman all", "Halaman all"),
        ("Foto di Halaman Rumah", "Foto di Halaman Rumah"),
        ("Wawancara Kompas.com", "Wawancara Kompas.com"),
        ("Foto di halaman 2", "Foto di halaman 2"),
    ],
)
def test_head_title(title: str, expected: str) -> None:
    assert head_title(title) == expected


@pytest.mark.parametrize(
    ("paragraph", "place", "text"),
    [
        ("JAKARTA, KOMPAS.com - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA,KOMPAS.com-Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.com -- Isi.", "JAKARTA", "Isi."),
        ("JAKARTA , Kompas.com — Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.com Isi.", "JAKARTA", "Isi."),
        ("ST. LOUIS, KOMPAS.com – Isi.", "ST. LOUIS", "Isi."),
        ("SLEMAN, DIY, KOMPAS.com – Isi.", "SLEMAN, DIY", "Isi."),
        ("Jakarta, KOMPAS.com – Isi - lagi.", "Jakarta", "Isi - lagi."),
        ("KOMPAS.com – Isi.", None, "Isi."),
        ("KOMPAS.com – ", None, ""),
        ("JAKARTA, KOMPAS.TV - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS TV - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA KOMPAS.com - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA - KOMPAS.com - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA (KOMPAS.com) - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, Kompas.com. Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.com ~ Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.com | Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.com – – Isi.", "JAKARTA", "Isi."),
        ("JAKARTA. KOMPAS.com - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA – KOMPAS.com – Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS,com - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA dan BOGOR, KOMPAS.com - Isi.", "JAKARTA dan BOGOR", "Isi."),
        ("MÜNCHEN KOMPAS.com - Isi.", "MÜNCHEN", "Isi."),
        ("JAKARTA, KOMPAS.Com - Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, kompas.com - Isi.", "JAKARTA", "Isi."),
        ("kompas.com - Isi.", None, "Isi."),
        ("'S-HERTOGENBOSCH, KOMPAS.com - Isi.", "'S-HERTOGENBOSCH", "Isi."),
        ("Rio de Janeiro, KOMPAS.com - Isi.", "Rio de Janeiro", "Isi."),
        ("WASHINGTON, D.C., KOMPAS.com - Isi.", "WASHINGTON, D.C.", "Isi."),
        ("TOKYO, KOMPAS.com/AFP - Isi.", "TOKYO", "Isi."),
        ("KOMPAS.com/ANTARA – Isi.", None, "Isi."),
        ("JAKARTA, KOMPAS.com/SARI MELATI – Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.com / Sari Dewi Melati- Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.com (ANTARA) - Isi.", "JAKARTA", "Isi."),
        ("KOMPAS.com (Antara News) – Isi.", None, "Isi."),
        # Words and brackets without a dash behind them are text.
        ("JAKARTA, KOMPAS.com/ANTARA Polisi Sektor datang.", "JAKARTA", "Polisi Sektor datang."),
        ("JAKARTA, KOMPAS.com (sementara) datang.", "JAKARTA", "(sementara) datang."),
        ("JAKARTA, KOMPAS.com Polisi Sektor - Isi.", "JAKARTA", "Polisi Sektor - Isi."),
        ("JAKARTA, KOMPAS.com － Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.com ─ Isi.", "JAKARTA", "Isi."),
        # The newspaper's own, only after a place.
        ("Jakarta, Kompas - Isi.", "Jakarta", "Isi."),
        ("JAKARTA, KOMPAS — Isi.", "JAKARTA", "Isi."),
        ("JAKARTA, KOMPAS.id – Isi.", "JAKARTA", "Isi."),
    ],
)
def test_split_dateline(paragraph: str, place: str | None, text: str) -> None:
    assert split_dateline(paragraph) == (place, text)


@pytest.mark.parametrize(
    "paragraph",
    [
        "",
        "Isi.",
        "KOMPAS.com menerima surat.",
        "TIM KOMPAS.com menerima surat.",
        "JAKARTA, KOMPAS.communicator - Isi.",
        "Tim Kompas.com - dua.",
        "Kepada Kompas.com, dia bicara - lama.",
        "Isi: satu, Kompas.com - dua.",
        "Dia berkata kepada wartawan di kantor pusat, Kompas.com - hari ini.",
        "Isi panjang. Lalu, Kompas.com - dua.",
        "JAKARTA - Isi.",
        "KOMPAS - Isi.",
        "Litbang Kompas - Isi.",
        "Kata dia, Kompas - Isi.",
        "A" * 100 + ", KOMPAS.com - Isi.",
    ],
)
def test_no_dateline(paragraph: str) -> None:
    assert split_dateline(paragraph) is None


@pytest.mark.parametrize("opening", PROMO_OPENINGS)
def test_an_invitation_is_cut_off_where_it_begins(opening: str) -> None:
    promo = f"{opening.capitalize()} setiap hari. Klik di sini."
    assert strip_promo(promo) == ""
    assert strip_promo(f'Air surut. "Aman," katanya. {promo}') == 'Air surut. "Aman," katanya.'
    assert strip_promo(promo.upper()) == ""
    # The small form of this letter is two, by which a cut would fall elsewhere.
    assert strip_promo(f"{'İ' * 38}. {promo}") == f"{'İ' * 38}."
    # Inside a sentence it stays; behind one it is cut off all the same.
    assert strip_promo(f"Kata dia {opening}. {promo}") == f"Kata dia {opening}."


@pytest.mark.parametrize(
    "paragraph",
    [
        "Air surut.",
        "Menurut Kompas.com, grup Telegram itu ditutup.",
        "Dia berkata dapatkan update berita pilihan dan breaking news di sini.",
        "Kompas.com menulis breaking news.",
        "Anda harus install aplikasi Telegram dari toko resmi.",
        "Pastikan kamu sudah install aplikasi WhatsApp versi baru.",
    ],
)
def test_news_stays(paragraph: str) -> None:
    assert strip_promo(paragraph) == paragraph
