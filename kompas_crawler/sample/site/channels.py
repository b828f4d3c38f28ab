"""The channels of the sample site: section, number in URLs, subjects and row markup."""

from __future__ import annotations

from typing import NamedTuple

from kompas_crawler.site.sections import SECTIONS, Section


class Channel(NamedTuple):
    """One channel: ``site_id`` ends its articles' numbers, ``is_old`` fronts use the older rows."""

    slug: str
    site_id: int
    subsections: tuple[str, ...]
    subjects: tuple[str, ...]
    is_old: bool = False

    @property
    def section(self) -> Section:
        """The section as the crawler knows it."""
        return SECTIONS[self.slug]

    @property
    def label(self) -> str:
        """The section's name as a page shows it."""
        return self.section.label

    @property
    def rows(self) -> int:
        """How many articles a page of the front lists."""
        return 15 if self.is_old else 20

    def read_url(self, path: str) -> str:
        """The address under which the channel's article with *path* stands."""
        prefix = f"/{self.slug}" if self.section.host == "www.kompas.com" else ""
        return f"https://{self.section.host}{prefix}/read/{path}"


CHANNELS = (
    Channel("nasional", 1, ("Hukum", "Politik"), (
        "rancangan aturan desa", "panitia kerja anggaran", "sidang uji aturan", "lembaga pengawas",
        "daftar pemilih sementara", "program bantuan pangan", "rapat kerja menteri",
        "komisi keterbukaan", "seleksi pegawai negeri", "laporan kekayaan pejabat")),
    Channel("megapolitan", 1, ("Jakarta", "Bodetabek"), (
        "proyek trotoar ibu kota", "rute bus pengumpan", "pengerukan kali",
        "taman di bawah jembatan",
        "rumah susun sewa", "pasar malam kota tua", "petugas kebersihan kota",
        "jalur layang baru", "warung di stasiun", "pipa air bersih")),
    Channel("regional", 78, ("Jawa Tengah", "Sulawesi", "Sumatera"), (
        "petani garam", "jembatan desa", "nelayan pesisir utara", "lumbung padi", "perajin tenun",
        "jalur pendakian", "sekolah di pulau terluar", "pasar ikan", "sungai yang meluap",
        "kebun kopi rakyat"), is_old=True),
    Channel("money", 26, ("Keuangan", "Whats New"), (
        "harga beras medium", "usaha kecil kuliner", "tabungan pelajar", "ekspor rempah",
        "koperasi simpan pinjam", "kurs rupiah", "lelang surat utang", "ongkos logistik",
        "pajak kendaraan", "lowongan kerja musiman")),
    Channel("tekno", 7, ("Gadget", "Software"), (
        "ponsel lipat lokal", "aplikasi antar jemput", "pusat data baru", "gim buatan pelajar",
        "jaringan serat optik", "kamera saku", "chip hemat daya", "robot pemilah sampah",
        "keamanan kata sandi", "satelit mini")),
    Channel("bola", 8, ("Liga Indonesia", "Internasional"), (
        "laga kandang", "tim promosi", "akademi sepak bola", "penjaga gawang muda",
        "putaran kedua liga", "stadion baru", "pelatih asing", "turnamen pramusim",
        "gelandang serang", "wasit perempuan"), is_old=True),
    Channel("otomotif", 15, ("News", "Tips"), (
        "motor listrik rakitan", "pameran mobil klasik", "bengkel keliling", "ban musim hujan",
        "sim kolektif", "truk pengangkut pasir", "mobil keluarga irit", "komunitas skuter",
        "uji emisi", "kursi penumpang anak"), is_old=True),
    Channel("travel", 27, ("Travel Tips", "Travel Ideas"), (
        "air terjun tersembunyi", "kampung wisata", "kereta malam", "tiket masuk kawah",
        "penginapan tepi danau", "museum layang-layang", "pantai pasir hitam", "festival lampion",
        "jalur susur gua", "warung kopi tua")),
    Channel("health", 68, ("Tips Sehat", "Penyakit"), (
        "kebiasaan tidur siang", "jadwal imunisasi", "menu rendah gula", "senam lansia",
        "ruang tunggu puskesmas", "kesehatan gigi anak", "donor darah", "teh herbal",
        "mata lelah", "posyandu keliling")),
    Channel("global", 70, ("Internasional", "Fakta"), (
        "perundingan dagang", "kereta lintas negara", "pemilu parlemen", "bantuan kemanusiaan",
        "festival bunga", "jalur pelayaran", "kesepakatan iklim", "pameran buku dunia",
        "gempa dangkal", "rekor suhu"), is_old=True),
    Channel("tren", 65, ("Viral",), (
        "video kucing di stasiun", "antrean roti kukus", "tantangan menanam", "kuis kata lama",
        "cara mengusir semut", "hujan meteor", "warna langit senja", "pesan berantai",
        "lomba mural", "resep viral")),
    Channel("sains", 23, ("Fenomena", "Kita"), (
        "fosil kerang purba", "gerhana bulan", "terumbu karang", "bakteri pengurai plastik",
        "gunung api bawah laut", "burung migran", "peta genom padi", "lapisan ozon",
        "tengkorak kuno", "katak pohon")),
    Channel("food", 75, ("Resep", "Tempat Makan"), (
        "resep sayur lodeh", "sambal terasi", "pasar takjil", "roti sobek", "kedai soto",
        "kue basah", "ikan bakar madu", "es campur", "bumbu dasar kuning",
        "nasi liwet"), is_old=True),
    Channel("edu", 71, ("Perguruan Tinggi", "Sekolah"), (
        "beasiswa daerah", "lomba cerdas cermat", "kuliah kerja nyata", "perpustakaan sekolah",
        "guru penggerak", "jalur masuk kampus", "asrama mahasiswa", "ujian praktik",
        "kantin jujur", "magang industri")),
)  # fmt: skip
"""The channels whose fronts a crawl visits unless told otherwise."""

PAID = Channel("biz", 28, ("Advertorial",), (
    "layanan pindahan kantor", "promo peralatan dapur", "kursus daring", "kartu belanja",
    "perumahan asri", "pekan diskon"))  # fmt: skip
"""A channel of advertisers' texts: nothing on the site links to it but its own front."""

BY_SLUG = {channel.slug: channel for channel in (*CHANNELS, PAID)}
NEWS = frozenset({"nasional", "megapolitan", "regional"})
"""What the index calls ``site=news``."""
