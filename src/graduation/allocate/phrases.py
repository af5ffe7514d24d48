"""What an allocation says to people, in each language."""

from __future__ import annotations

from graduation.schema import Language

TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "served": "{arm}: in the budget at rank ",
        "not_eligible": "; {arm} not eligible: {reason}",
        "unlisted": "the rules do not allow it",
        "too_dear": "; {arm} would help more, but too dear at the price of money",
        "beyond": "; {arm} would help more, but costs more than the whole budget",
        "full": "; {arm} would help more, but no place left",
        "money": "no money left: {arm} would avert {per} cases per Rp 1 million, the last money averts {price}",
        "money_value": "no money left: {arm} is worth {per} per Rp 1 million, the last money is worth {price}",
        "rest": "no money left: what remains does not buy {arm}",
        "place": "no place left: {arm} is full",
        "held": "not served: {arm} would leave others short of a limit ({limit})",
        "none": "no suitable arm: {reason}",
        "useless": "no suitable arm: no arm is expected to lower the risk",
        "dear": "no money: the whole budget is below the cost of every arm that suits",
        "allocation": "this allocation",
        "single_arm": "best single arm ({arm})",
        "neediest_first": "neediest first, each with its best arm",
        "random": "random households and arms (seed {seed})",
    },
    "id": {
        "served": "{arm}: masuk anggaran pada peringkat ",
        "not_eligible": "; {arm} tidak memenuhi syarat: {reason}",
        "unlisted": "aturan tidak mengizinkannya",
        "too_dear": "; {arm} lebih membantu, tetapi terlalu mahal pada harga anggaran ini",
        "beyond": "; {arm} lebih membantu, tetapi biayanya di atas seluruh anggaran",
        "full": "; {arm} lebih membantu, tetapi tempat habis",
        "money": "anggaran habis: {arm} mencegah {per} kasus per Rp 1 juta, rupiah terakhir mencegah {price}",
        "money_value": "anggaran habis: {arm} bernilai {per} per Rp 1 juta, rupiah terakhir bernilai {price}",
        "rest": "anggaran habis: sisanya tidak cukup untuk {arm}",
        "place": "tempat habis: {arm} penuh",
        "held": "tidak dilayani: {arm} akan membuat suatu batas tidak terpenuhi ({limit})",
        "none": "tidak ada intervensi yang sesuai: {reason}",
        "useless": "tidak ada intervensi yang sesuai: tidak ada yang diperkirakan menurunkan risiko",
        "dear": "tidak ada anggaran: seluruh anggaran di bawah biaya setiap intervensi yang sesuai",
        "allocation": "rencana ini",
        "single_arm": "satu intervensi terbaik untuk semua ({arm})",
        "neediest_first": "risiko tertinggi lebih dulu, masing-masing dengan intervensi terbaiknya",
        "random": "keluarga dan intervensi secara acak (seed {seed})",
    },
}
