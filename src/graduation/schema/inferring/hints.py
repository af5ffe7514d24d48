"""What the name of a column hints at, in English, Indonesian, Spanish, French and Portuguese; values decide first."""

from __future__ import annotations

import re
from collections.abc import Collection

# A short word must be a whole part of the name; a long one may stand inside it.
SHORTEST_INSIDE = 5

ID = ("id", "hid", "hhid", "idhh", "idrt", "idbdt", "household_id", "identifiant", "folio", "nomor_keluarga")
TIME = ("year", "tahun", "anio", "año", "ano", "annee", "année", "wave", "gelombang", "round", "ronda", "vague", "onda",
        "trimestre", "quarter", "triwulan", "t", "period", "periode", "periodo", "month", "bulan", "mes",
        "mois")  # fmt: skip
NOT_TIME = ("lahir", "birth", "nacimiento", "naissance", "nascimento", "lama", "school", "sekolah", "per", "age",
            "depan", "akhir", "lulus", "keluar")  # fmt: skip
WEIGHT = ("weight", "wgt", "wt", "hhwt", "pondera", "ponderacion", "penimbang", "bobot", "peso", "poids", "fexp",
          "factor", "expansion", "inflasi", "w")  # fmt: skip
NOT_WEIGHT = ("kg", "birth", "baby", "berat", "child", "body", "lahir")
PLACE = ("region", "provinsi", "province", "provincia", "prov", "kabupaten", "kab", "kecamatan", "kec", "desa",
         "kelurahan", "kel", "district", "distrito", "departamento", "departement", "municipio", "village", "commune",
         "comuna", "county", "aglomerado", "ubigeo", "upazila", "ward", "regency", "city", "kota", "dusun", "cluster",
         "psu", "zona", "zone", "wilayah", "strata", "estrato")  # fmt: skip
WELFARE = ("consumption", "consumo", "consommation", "konsumsi", "gasto", "expenditure", "pengeluaran", "depense",
           "despesa", "income", "pendapatan", "ingreso", "ingresos", "revenu", "renda", "penghasilan",
           "upah")  # fmt: skip
PER_HEAD = ("head", "capita", "kapita", "pc", "percapita", "perkapita", "jiwa", "adult", "equivalent")
IDENTITY = ("nama", "name", "nombre", "nom", "nome", "apellido", "alamat", "address", "direccion", "adresse",
            "endereco", "nm", "telp", "telepon", "phone", "hp", "telefono", "email", "nik", "ktp", "npwp",
            "dni", "curp", "cpf", "lat", "latitude", "lon", "lng", "longitude", "gps", "koordinat",
            "enumerator", "pencacah", "interviewer", "respondent", "responden", "kontak", "norek", "rekening",
            "wa", "whatsapp", "lintang", "bujur")  # fmt: skip
# Somebody in or around the household; the words of such a column are names unless they are usual answers.
PERSONS = ("kepala", "krt", "nm", "istri", "isteri", "suami", "ibu", "bapak", "ayah", "anak", "petugas",
           "ketua", "kades", "kontak", "contact", "wali", "pendamping", "surveyor", "supervisor", "pengawas",
           "pemilik", "owner", "head", "wife", "husband", "spouse", "mother", "father", "jefe", "jefa",
           "esposa", "esposo", "conyuge", "madre", "padre", "encuestador", "chef", "epouse", "epoux", "mere",
           "enqueteur", "chefe", "entrevistador", "kk", "tmt", "informan", "informant", "saksi", "witness")  # fmt: skip
AT_HOME = ("alamat", "address", "direccion", "dirección", "adresse", "endereco", "endereço", "jalan", "jln", "telp",
           "telepon", "phone", "telefono", "teléfono")  # fmt: skip
# Numbers of a person: telephones, cards, accounts.
NUMBERS = ("hp", "nohp", "wa", "whatsapp", "telp", "tlp", "telepon", "phone", "mobile", "cell", "telefono", "teléfono",
           "celular", "telephone", "bpjs", "jkn", "kis", "kk", "nokk", "nik", "ktp", "npwp", "dni", "curp", "cpf",
           "norek", "rekening", "rek", "account", "iban", "kontak", "contact", "kks", "passport", "paspor")  # fmt: skip
MONEY = ("biaya", "belanja", "bayar", "iuran", "pulsa", "pengeluaran", "pendapatan", "penghasilan", "gaji",
         "upah", "harga", "nilai", "sewa", "omzet", "tabungan", "utang", "hutang", "rp", "idr", "usd", "cost",
         "price", "spending", "expenditure", "expense", "income", "consumption", "wage", "value", "gasto",
         "ingreso", "ingresos", "costo", "precio", "valor", "depense", "revenu", "prix", "despesa", "renda",
         "preco", "konsumsi", "saldo", "balance")  # fmt: skip
SURE_COORDINATES = ("lat", "lon", "lng", "latitude", "longitude", "gps", "koordinat", "lintang", "bujur",
                    "latitud", "longitud")  # fmt: skip
COORDINATES = (*SURE_COORDINATES, "long", "coord", "coordinate", "easting", "northing", "utm", "geo", "geopoint")
AXES = ("x", "y", "xcoord", "ycoord", "x_coord", "y_coord", "coord_x", "coord_y", "titik_x", "titik_y")
PROGRAMME = ("treatment", "treat", "treated", "assignment", "pkh", "bpnt", "pbi", "bantuan", "receives", "beneficiary",
             "penerima", "arm", "beneficiario")  # fmt: skip
SEX = ("sex", "gender", "kelamin", "jk", "sexo", "sexe", "genero")
COUNTED = ("n", "num", "jumlah", "jml", "count", "size", "hhsize", "number", "jlh", "cantidad", "nombre", "numero")
MEASURED = ("age", "umur", "usia", "edad", "idade", "years", "hours", "jam", "horas", "luas", "education_years")
RUNNING = ("nro", "no", "nomor", "urut", "nourut", "numero", "order", "line")
EXTREME = ("extreme", "indig", "ekstrem", "extremo", "extrema", "indigente", "indigencia", "ultra", "destitute")
POOR = ("poor", "poverty", "miskin", "pobre", "pobreza", "pauvre", *EXTREME)
AFTERWARDS = ("after", "later", "next", "followup", "endline", "outcome", "result", "verification", "verifikasi",
              "hasil", "sesudah", "graduated", "exit", "graduasi", "kelulusan", "egreso", "posterior")  # fmt: skip
# Whole words only: keluarga is a family, pendidikan_terakhir the schooling that somebody has.
AFTERWARDS_WHOLE = ("akhir", "lulus", "keluar", "naik", "depan", "graduate", "final", "nanti", "sortie", "saida")
RANKING = ("decile", "desil", "decil", "quintile", "kuintil", "quintil", "ranking", "rank", "score", "skor", "dec",
           "peringkat", "percentile", "persentil", "prioritas", "priority", "puntaje", "pmt")  # fmt: skip

YES_NO = (
    ("yes", "no"), ("y", "n"), ("ya", "tidak"), ("y", "t"), ("ya", "tdk"), ("ada", "tidak ada"), ("si", "no"),
    ("sí", "no"), ("s", "n"), ("sim", "não"), ("sim", "nao"), ("oui", "non"), ("o", "n"), ("true", "false"), ("t", "f"),
)  # fmt: skip


def words(name: str) -> list[str]:
    """Return the words of a column name.

    >>> words("ANO4"), words("consumption_per_head"), words("headNik")
    (['ano', '4'], ['consumption', 'per', 'head'], ['head', 'nik'])
    """
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)
    return re.findall(r"[^\W\d_]+|\d+", parted.lower())


def hints(name: str, at: Collection[str], *, against: Collection[str] = ()) -> bool:
    """Whether a name hints at one of these words, and at none of those that speak against it."""
    parts, low = words(name), name.lower()
    if any(word in parts for word in against):
        return False
    return any(word in parts or (len(word) >= SHORTEST_INSIDE and word in low) for word in at)
