"""What an allocation says to people, in each language."""

from __future__ import annotations

from graduation.schema import Language

TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "served": "{arm}: in the budget at rank {rank:,}",
        "money": "no money left: {arm} would avert {per:.4f} cases per Rp 1 million, the last money averts {price:.4f}",
        "rest": "no money left: what remains does not buy {arm}",
        "place": "no place left: {arm} is full",
        "none": "no suitable arm: {reason}",
        "useless": "no suitable arm: no arm is expected to lower the risk",
        "dear": "no money: the whole budget is below the cost of every arm that suits",
        "allocation": "this allocation",
        "single_arm": "best single arm ({arm})",
        "neediest_first": "neediest first, each with its best arm",
        "random": "random households and arms (seed {seed})",
    },
    "id": {
        "served": "{arm}: masuk anggaran pada peringkat {rank:,}",
        "money": "anggaran habis: {arm} mencegah {per:.4f} kasus per Rp 1 juta, rupiah terakhir mencegah {price:.4f}",
        "rest": "anggaran habis: sisanya tidak cukup untuk {arm}",
        "place": "tempat habis: {arm} penuh",
        "none": "tidak ada intervensi yang sesuai: {reason}",
        "useless": "tidak ada intervensi yang sesuai: tidak ada yang diperkirakan menurunkan risiko",
        "dear": "tidak ada anggaran: seluruh anggaran di bawah biaya setiap intervensi yang sesuai",
        "allocation": "rencana ini",
        "single_arm": "satu intervensi terbaik untuk semua ({arm})",
        "neediest_first": "risiko tertinggi lebih dulu, masing-masing dengan intervensi terbaiknya",
        "random": "keluarga dan intervensi secara acak (seed {seed})",
    },
}
