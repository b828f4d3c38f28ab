"""The words of the sample site's news: people, places and pieces of sentences, all invented."""

from __future__ import annotations


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.replace("\n", " ").split(";") if part.strip())


GIVEN_NAMES = _parts(
    """Adinda;Arkana;Bagaskara;Bening;Cakra;Citrawati;Damar;Danastri;Elok;Embun;
    Fajarina;Galang;Gendis;Hastari;Hening;Indraloka;Intan;Jatmika;Jelita;Kalingga;
    Kemuning;Laksmi;Langit;Mahardika;Melur;Nagari;Nawang;Ombak;Pandan;Panji;
    Prameswari;Puspita;Raganata;Rengganis;Sagara;Sekar;Senja;Taruna;Tirta;Utari;
    Wangsit;Wening;Wulandari;Yudistira;Zahwa;Anjani;Bintara;Lestarini;Mandala;
    Saraswati"""
)
FAMILY_NAMES = _parts(
    """Adikara;Ardhani;Basuwarna;Cendana;Darmajaya;Ekaputri;Gandasuli;Hadikusuma;
    Hutagalang;Jayengrana;Kartapraja;Kencana;Lumbanraja;Mangunkarya;Manuhutu;Nareswara;
    Nasirun;Palawija;Pangestika;Parikesit;Rajawane;Rumbewas;Samadikun;Sastrawijaya;
    Sinuraya;Suryandaru;Tambunara;Tanjungsari;Tirtamarta;Wanasari;Waringin;Wibawamukti;
    Yogaswara;Bratasena;Danuwarsa;Ginandjar;Kusumadewi;Lokapala;Mahameru;Prawiratama"""
)
PLACES = _parts(
    """Jakarta;Bandung;Semarang;Surabaya;Yogyakarta;Medan;Padang;Palembang;Pekanbaru;
    Jambi;Bengkulu;Bandar Lampung;Serang;Tangerang;Bekasi;Depok;Bogor;Cirebon;
    Tasikmalaya;Purwokerto;Tegal;Surakarta;Magelang;Kediri;Malang;Jember;Banyuwangi;
    Denpasar;Mataram;Kupang;Ende;Pontianak;Palangkaraya;Banjarmasin;Balikpapan;
    Samarinda;Tarakan;Manado;Gorontalo;Palu;Kendari;Makassar;Parepare;Ambon;Ternate;
    Sorong;Manokwari;Jayapura;Merauke;Nabire;Sukabumi;Garut;Kudus;Blitar"""
)
FOREIGN_PLACES = _parts(
    """Tokyo;Seoul;Bangkok;Hanoi;Manila;New Delhi;Dhaka;Ankara;Kairo;Nairobi;Lagos;
    Pretoria;Roma;Madrid;Lisbon;Oslo;Wina;Praha;Ottawa;Lima;Santiago;Canberra;
    Wellington;Jenewa"""
)
SPOTS = _parts(
    """balai warga;ruang rapat lantai dua;halaman kantor kecamatan;gedung serbaguna;
    posko lapangan;aula sekolah;tepi dermaga;pendopo kabupaten;lokasi kegiatan;
    ruang tunggu terminal;pelataran pasar;studio kecil miliknya;sela pameran;
    tribun selatan;kantornya;lobi hotel;gudang logistik;kebun percobaan;bengkel kerja;
    perpustakaan kota;lapangan latihan;kedai kopi langganannya"""
)
ROLES = _parts(
    """Kepala Dinas Perhubungan;Kepala Bidang Tata Air;juru bicara panitia;ketua koperasi;
    Direktur Operasional;peneliti muda;dosen ilmu lingkungan;koordinator relawan;
    Kepala Seksi Humas;manajer proyek;ketua rukun warga;pengamat kebijakan publik;
    Sekretaris Daerah;kepala sekolah;dokter umum;pelatih kepala;kapten tim;
    pemilik warung;pengelola museum;Kepala Stasiun Klimatologi;analis pasar;
    penyuluh pertanian;nakhoda kapal;ketua paguyuban pedagang;wakil wali kota;
    perancang aplikasi;mekanik senior;juru masak;pemandu wisata;kepala laboratorium"""
)
OFFICES = _parts(
    """Dinas Pekerjaan Umum;Badan Pengelola Kawasan;Balai Besar Sungai;Dinas Kesehatan;
    Badan Pendapatan Daerah;Pusat Kajian Wilayah;Perkumpulan Pengusaha Muda;
    Lembaga Survei Lentera;Dinas Pendidikan;Otoritas Pelabuhan;Balai Konservasi;
    Pusat Data Perdagangan;Asosiasi Petani Hulu;Komite Olahraga Kota;
    Badan Penanggulangan Bencana;Kantor Statistik Daerah;Yayasan Cahaya Pesisir;
    Himpunan Penyewa Kios;Laboratorium Pangan;Forum Transportasi"""
)
VERBS = _parts(
    """menata ulang;memperbarui;menambah;memeriksa;menghitung kembali;menyiapkan;menguji;
    memperluas;merawat;mengawasi;mendata;menyederhanakan;membangun;membersihkan;
    memindahkan;melengkapi;menjadwalkan ulang;membagikan;menyusun;memetakan;meninjau;
    menyalurkan;mengganti;menurunkan biaya;memperkuat;menghidupkan lagi;mempercepat;
    mencatat;membenahi;membuka akses ke"""
)
OBJECTS = _parts(
    """jadwal layanan pagi;jalur pejalan kaki;saluran air di tepi jalan;
    daftar penerima bantuan;papan petunjuk arah;gudang bahan pokok;mesin pencatat antrean;
    kebun bibit;taman bermain anak;peta rawan genangan;loket pembayaran;
    perahu penyeberangan;ruang baca keliling;tarif parkir harian;lampu penerangan;
    rambu lalu lintas;jembatan gantung;pos kesehatan;panel surya di atap;
    alat ukur curah hujan;bank sampah;kolam penampungan;sumur resapan;kios sementara;
    halte bus;kurikulum muatan lokal;naskah lama;sistem pemesanan tiket;lintasan lari;
    dapur umum;kotak pengaduan;aturan jam kerja;rute angkutan pengumpan;
    pembibitan mangrove;pelatihan menjahit;arsip foto kota;stok obat generik;
    pasokan cabai dan bawang;timbangan digital;aplikasi pelaporan;kamera pemantau;
    lahan tidur;sertifikat tanah;upah harian;tempat penitipan anak;koridor sepeda;
    rumah kaca;sumber mata air;pagar pembatas;menara pandang"""
)
REASONS = _parts(
    """permintaan warga terus meningkat;cuaca sulit ditebak;anggaran baru saja disetujui;
    banyak keluhan masuk sejak bulan lalu;peralatan lama sudah aus;
    jumlah petugas masih terbatas;musim tanam segera tiba;libur sekolah makin dekat;
    harga bahan baku berubah cepat;hasil uji coba cukup memuaskan;
    jalan utama sedang diperbaiki;curah hujan di hulu tinggi;
    pemasok mengubah jadwal kiriman;minat anak muda tumbuh;target tahun ini belum tercapai;
    kajian awal sudah rampung;kerja sama dengan kampus berjalan baik;
    aturan turunannya telah terbit;pengunjung memadati kawasan itu;
    gelombang laut mulai tenang;stok di gudang menipis;jadwal pertandingan sangat padat;
    ongkos angkut lebih murah;sinyal telepon sudah merata"""
)
EFFECTS = _parts(
    """berjalan lebih tertib;selesai sebelum tenggat;perlu waktu tambahan;
    menjadi perhatian banyak pihak;lebih mudah dijangkau;belum sepenuhnya pulih;
    mendapat sambutan hangat;membutuhkan biaya baru;bisa dinikmati semua kalangan;
    harus diawasi bersama;tidak lagi menumpuk;memberi harapan baru;
    sempat tertunda dua pekan;tetap buka seperti biasa;menghemat ongkos keluarga;
    memerlukan kesabaran;ramai dibicarakan di media sosial;menarik minat penanam modal;
    berubah dari rencana semula;dipantau setiap jam"""
)
QUOTES = _parts(
    """Kami tidak ingin tergesa-gesa, yang penting hasilnya awet;
    Pelan-pelan kami rapikan, mulai dari yang paling dekat dengan warga;
    Sejak awal kami terbuka, silakan datang dan lihat sendiri;
    Kalau semua ikut menjaga, manfaatnya kembali kepada kita;
    Angkanya memang naik, tetapi masih dalam batas perkiraan;
    Kami belajar dari pengalaman tahun-tahun sebelumnya;
    Anak-anak paling senang, mereka menunggu sejak subuh;
    Ini bukan akhir, masih banyak yang harus dikerjakan;
    Saya sampai tiga kali menghitung karena hampir tidak percaya;
    Tolong beri kami waktu sampai akhir bulan;
    Semua masukan dicatat dan akan dijawab satu per satu;
    Dulu sepi sekali, sekarang hampir tidak pernah kosong;
    Yang kami jaga adalah kepercayaan, bukan sekadar angka;
    Bahannya mudah didapat, tinggal kemauan untuk memulai;
    Tim di lapangan bekerja bergantian siang dan malam;
    Kuncinya latihan yang ajek dan istirahat yang cukup;
    Warga boleh lega, tetapi jangan lengah;Tidak ada jalan pintas untuk urusan seperti ini"""
)
UNITS = _parts(
    """keluarga;kendaraan;ton beras;permohonan;pengunjung;hektare sawah;unit usaha;siswa;
    liter air bersih;penumpang;paket bantuan;pohon;laporan;kamar;tiket;kilometer jalan;
    kapal;perangkat;pasien;ekor sapi"""
)
PERIODS = _parts(
    """bulan sebelumnya;pekan lalu;periode yang sama tahun lalu;awal tahun;kuartal pertama;
    musim hujan kemarin;masa libur panjang;lima tahun terakhir;semester ganjil;hari biasa"""
)
HEADINGS = _parts(
    """Berawal dari rapat kecil;Apa yang berubah;Langkah berikutnya;Suara dari lapangan;
    Hitungan biaya;Siapa yang terdampak;Jadwal selengkapnya;Cara mendaftar;
    Pelajaran dari tetangga;Yang perlu disiapkan;Tanggapan pengamat;Rencana cadangan;
    Catatan untuk warga;Asal-usul gagasan"""
)
LIST_LEADS = _parts(
    """Berikut hal yang perlu diperhatikan:;Rinciannya sebagai berikut:;
    Ada beberapa titik yang didahulukan:;Panitia menyiapkan keperluan ini:;
    Urutan pengerjaannya adalah:;Warga diminta membawa:"""
)
TABLE_HEADS = (
    ("Wilayah", "Jumlah", "Keterangan"),
    ("Hari", "Jam buka", "Petugas"),
    ("Jenis", "Harga", "Satuan"),
)
MONTHS = _parts(
    """Januari;Februari;Maret;April;Mei;Juni;Juli;Agustus;September;Oktober;November;
    Desember"""
)
WEEKDAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
AGENCIES = ("Antara", "AFP", "Reuters", "Kyodo", "Warta Pesisir")
TOPICS = (
    ("7101", "Banjir Hulu Sungai"),
    ("7102", "Mudik Lebih Awal"),
    ("7103", "Panen Raya"),
    ("7104", "Kota Ramah Sepeda"),
    ("7105", "Liga Antarkampung"),
)
"""The "topik pilihan": number and name."""

GENERAL_TAGS = (
    "banjir", "gempa", "cuaca", "pelayanan publik", "harga pangan", "transportasi", "pendidikan",
    "kesehatan warga", "lingkungan", "anak muda", "teknologi tepat guna", "mudik", "pasar rakyat",
    "air bersih", "energi surya", "relawan",
)  # fmt: skip
