"""What to do about each rule that a row breaks, in plain words."""

from __future__ import annotations

from graduation.schema import Language

REMEDIES: dict[str, tuple[str, str]] = {
    "missing_value": ("Enter the value.", "Isi nilainya."),
    "unknown_code": (
        "Correct the cell, or add its code to the dictionary.",
        "Perbaiki selnya, atau tambahkan kodenya ke kamus data.",
    ),
    "not_yes_or_no": ("Enter yes or no as the dictionary writes them.", "Isi ya atau tidak seperti dalam kamus data."),
    "not_a_number": ("Enter digits only, without units or Rp.", "Isi angka saja, tanpa satuan atau Rp."),
    "unclear_number": (
        'State decimal = "," or decimal = "." in the dictionary.',
        'Nyatakan decimal = "," atau decimal = "." dalam kamus data.',
    ),
    "not_whole": ("Enter a whole number.", "Isi bilangan bulat."),
    "below_minimum": ("Check the value; correct it or the limit.", "Periksa nilainya; perbaiki nilai atau batasnya."),
    "above_maximum": ("Check the value; correct it or the limit.", "Periksa nilainya; perbaiki nilai atau batasnya."),
    "not_a_date": ("Enter a date that exists.", "Isi tanggal yang ada di kalender."),
    "unclear_date": (
        "Write the year with four digits, or state date_format in the dictionary.",
        "Tulis tahun dengan empat angka, atau nyatakan date_format dalam kamus data.",
    ),
    "digits_lost": (
        "Format the column as text and enter the numbers again: a spreadsheet has rounded them.",
        "Ubah format kolom menjadi teks lalu ketik ulang: aplikasi lembar kerja telah membulatkannya.",
    ),
    "became_a_date": (
        "Format the column as text and enter the cell again.",
        "Ubah format kolom menjadi teks lalu ketik ulang selnya.",
    ),
    "error_cell": ("Correct the formula that failed.", "Perbaiki rumus yang gagal."),
    "formula_without_result": (
        "Open the file in a spreadsheet and save it, or keep values only.",
        "Buka berkas di aplikasi lembar kerja lalu simpan, atau simpan nilainya saja.",
    ),
    "lost_characters": ("Export the file again, as UTF-8.", "Ekspor ulang berkasnya sebagai UTF-8."),
    "merged_cells": ("Unmerge the cells and fill each of them.", "Pisahkan sel gabungan lalu isi setiap selnya."),
    "header_again": ("Nothing: a heading is no household.", "Tidak ada: judul kolom bukan keluarga."),
    "not_a_household": (
        "Nothing where the row is a total, a note or a signature; else correct its id.",
        "Tidak ada bila baris itu jumlah, catatan atau tanda tangan; bila bukan, perbaiki nomornya.",
    ),
    "became_a_number": (
        "Export the column of ids as text: a program took it for numbers.",
        "Ekspor kolom nomor sebagai teks: sebuah program membacanya sebagai angka.",
    ),
    "too_few_cells": ("Check the row for a lost separator.", "Periksa apakah ada pemisah yang hilang di baris itu."),
    "too_many_cells": (
        "Check the row for a separator inside a value, or cells beside the table.",
        "Periksa apakah ada pemisah di dalam nilai, atau sel di samping tabel.",
    ),
    "swallowed_rows": (
        "Look for a quotation mark too many in the row, and close or remove it.",
        "Cari tanda kutip yang berlebih di baris itu, lalu tutup atau hapus.",
    ),
    "repeated_row": ("Nothing: the first of the copies was kept.", "Tidak ada: baris pertama sudah diterima."),
    "duplicate_household": (
        "Keep the right one of the rows that share an id.",
        "Pertahankan satu baris yang benar dari baris dengan nomor sama.",
    ),
    "duplicate_value": ("Find out whose value it is.", "Cari tahu milik siapa nilai itu."),
    "bps_area_code": ("Give the code of Kemendagri, not that of BPS.", "Isi kode wilayah Kemendagri, bukan kode BPS."),
    "kemendagri_area_code": (
        "Give the code of BPS, not that of Kemendagri.",
        "Isi kode wilayah BPS, bukan kode Kemendagri.",
    ),
    "not_an_area_code": ("Give the whole code of the area.", "Isi kode wilayah lengkap."),
    "number_of_identity": (
        "Nothing: it is hidden. Keep such numbers out of free text.",
        "Tidak ada: nomornya sudah disembunyikan. Jangan menulis nomor identitas dalam teks.",
    ),
    "nik_birth_date_disagrees": (
        "Look at the card: the number or the date of birth is wrong.",
        "Lihat kartunya: NIK atau tanggal lahir keliru.",
    ),
    "nik_sex_disagrees": (
        "Look at the card: the number or the sex is wrong.",
        "Lihat kartunya: NIK atau jenis kelamin keliru.",
    ),
    **{
        f"{number}_{rule}": (
            "Look at the card and enter the number again, as text.",
            "Lihat kartunya lalu ketik ulang nomornya sebagai teks.",
        )
        for number, date in (("nik", "birth_date"), ("family_card", "issue_date"))
        for rule in ("not_16_digits", "area", "serial", date)
    },
}
INDONESIAN = {
    "missing_value": "nilai kosong",
    "unknown_code": "kode tidak dikenal",
    "not_yes_or_no": "bukan ya atau tidak",
    "not_a_number": "bukan angka",
    "unclear_number": "angka bermakna ganda",
    "not_whole": "bukan bilangan bulat",
    "below_minimum": "di bawah batas",
    "above_maximum": "di atas batas",
    "not_a_date": "bukan tanggal",
    "unclear_date": "tanggal bermakna ganda",
    "digits_lost": "angka terpotong",
    "became_a_date": "berubah menjadi tanggal",
    "became_a_number": "berubah menjadi angka",
    "error_cell": "sel galat",
    "formula_without_result": "rumus tanpa hasil",
    "lost_characters": "huruf rusak",
    "merged_cells": "sel gabungan",
    "header_again": "judul kolom berulang",
    "not_a_household": "bukan keluarga",
    "too_few_cells": "sel kurang",
    "too_many_cells": "sel berlebih",
    "swallowed_rows": "baris tertelan",
    "repeated_row": "baris berulang",
    "duplicate_household": "keluarga ganda",
    "duplicate_value": "nilai ganda",
    "bps_area_code": "kode wilayah BPS",
    "not_an_area_code": "bukan kode wilayah",
    "kemendagri_area_code": "kode wilayah Kemendagri",
    "number_of_identity": "nomor identitas dalam teks",
    "nik_birth_date_disagrees": "NIK tidak cocok dengan tanggal lahir",
    "nik_sex_disagrees": "NIK tidak cocok dengan jenis kelamin",
}
OTHERWISE = ("Compare the cell with what was expected.", "Bandingkan selnya dengan yang seharusnya.")


def rule_name(rule: str, language: Language) -> str:
    """Return how a rule is called.

    >>> rule_name("not_whole", "en"), rule_name("not_whole", "id")
    ('not whole', 'bukan bilangan bulat')
    """
    plain = rule.replace("_", " ")
    return INDONESIAN.get(rule, plain) if language == "id" else plain


def remedy(rule: str, language: Language) -> str:
    """Return what to do about a rule.

    >>> remedy("not_whole", "id")
    'Isi bilangan bulat.'
    """
    en, indonesian = REMEDIES.get(rule, OTHERWISE)
    return indonesian if language == "id" else en
