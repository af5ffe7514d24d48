"""What effects, costs and recommendations say to people, in each language."""

from __future__ import annotations

import pandas as pd

from graduation.schema import Language

TEXT: dict[Language, dict[str, str]] = {
    "en": {
        "title": "Households and the arms that suit them",
        "assumed": "assumed",
        "assumed + estimated": "assumed + estimated",
        "basis": "Effects on log welfare at the next wave are {bases}.",
        "basis_of": "{basis} for {arms}",
        "same": "Each arm has one average effect for every household; it is no promise for any of them.",
        "differs": "The effect of {arm} differs between households: {used} is the average over the programme's "
        "records; over the {count} households here that it suits the mean is {mean} (standard deviation {sd}), from "
        "{low} to {high}. No effect is a promise for a household.",
        "rest": "The other arms have one average effect for every household.",
        "unclear": "Not told apart from none, for the 95 % interval holds 0: {arms}.",
        "unclear_arm": "{basis} effect of {arm} {figures}",
        "certain": "No effect_sd is given for {arms}: the assumed effect is taken as certain, and records do not "
        "change it.",
        "weighed": "Weighed by their precision (normal-normal model): {arms}.",
        "weighed_arm": "{arm} assumed {assumed} (sd {sd}), estimated {estimated} (standard error {error}), used {used}",
        "absent": "The records have nothing on {arms}: the effect stays assumed.",
        "records": "Effects are estimated from {used} of {total} programme records; set aside: {aside}. Each record "
        "counts {counted}.",
        "by_weight": "by its survey weight",
        "alike": "the same, without survey weights",
        "nothing": "none",
        "trimmed": "Not comparable with the control, and left out of the effect of the arm: {arms} of the records.",
        "little": "under 0.1%",
        "benefit": "Benefit is the fall of the risk: risk after = Phi(Phi^-1(risk) - effect / {sd}), in a probit model "
        "of crossing the line; {sd} is {source}.",
        "rules": "A rule on a value that is unknown is not satisfied: verify it in the field. Not being offered one "
        "arm never closes another.",
        "cost": "'{arm}' has a cost of its own by {column} for {own} of {all} households ({source}), and {cost} for "
        "the others.",
        "cost_unmet": " No household is in {places}.",
        "over_records": "average over the programme's records",
        "over_all": "every household",
        "here": "{mean} (sd {sd})",
        "suits": "households that the arm suits",
    },
    "id": {
        "title": "Keluarga dan intervensi yang sesuai",
        "assumed": "asumsi",
        "assumed + estimated": "asumsi + catatan",
        "basis": "Dampak pada kesejahteraan (log) di gelombang berikutnya berdasarkan {bases}.",
        "basis_of": "{basis} untuk {arms}",
        "same": "Tiap intervensi memakai satu dampak rata-rata untuk semua keluarga; ini bukan janji bagi keluarga "
        "mana pun.",
        "differs": "Dampak {arm} berbeda antarkeluarga: {used} adalah rata-rata atas catatan program; pada {count} "
        "keluarga di sini yang sesuai, rata-ratanya {mean} (simpangan baku, sb, {sd}), dari {low} sampai {high}. "
        "Dampak bukan janji bagi suatu keluarga.",
        "rest": "Intervensi lain memakai satu dampak rata-rata untuk semua keluarga.",
        "unclear": "Belum terbukti berbeda dari nol, karena rentang 95 % memuat 0: {arms}.",
        "unclear_arm": "dampak {arm} ({basis}) {figures}",
        "certain": "effect_sd tidak diisi untuk {arms}: dampak asumsi dianggap pasti, dan catatan program tidak "
        "mengubahnya.",
        "weighed": "Digabung menurut ketelitiannya (model normal-normal): {arms}.",
        "weighed_arm": "{arm} asumsi {assumed} (simpangan baku {sd}), menurut catatan {estimated} (galat baku "
        "{error}), dipakai {used}",
        "absent": "Catatan program tidak memuat {arms}: dampaknya tetap asumsi.",
        "records": "Dampak dihitung dari {used} di antara {total} catatan program; disisihkan: {aside}. Tiap catatan "
        "dihitung {counted}.",
        "by_weight": "menurut bobot surveinya",
        "alike": "sama, tanpa bobot survei",
        "nothing": "tidak ada",
        "trimmed": "Tidak dapat dibandingkan dengan yang tanpa bantuan, dan tidak dihitung dalam dampak intervensinya: "
        "{arms} dari catatan.",
        "little": "kurang dari 0,1%",
        "benefit": "Manfaat adalah turunnya risiko: risiko sesudah = Phi(Phi^-1(risiko) - dampak / {sd}), dalam model "
        "probit melewati garis; angka {sd} dan asalnya ada dalam berkas program.",
        "rules": "Syarat atas nilai yang tidak diketahui dianggap belum terpenuhi: periksa di lapangan. Tidak "
        "ditawari satu intervensi tidak menutup intervensi lain.",
        "cost": "Biaya {arm} dibedakan menurut {column} untuk {own} dari {all} keluarga ({source}), dan {cost} untuk "
        "yang lain.",
        "cost_unmet": " Tidak ada keluarga di {places}.",
        "over_records": "rata-rata atas catatan program",
        "over_all": "semua keluarga",
        "here": "{mean} (sb {sd})",
        "suits": "keluarga yang sesuai dengan intervensi",
    },
}

# Headings of the tables that people read; files and frames keep the names of their columns.
HEADINGS = {
    "arm": "kode",
    "label": "intervensi",
    "suits_households": "keluarga sesuai",
    "cost_idr": "biaya (Rp)",
    "effect_used": "dampak dipakai",
    "basis": "dasar",
    "holds_for": "berlaku untuk",
    "mean_here": "di sini",
    "households": "keluarga",
    "benefit": "kasus tercegah",
    "benefit_low": "terendah",
    "benefit_high": "tertinggi",
    "value": "nilai",
    "share": "porsi biaya",
}
# What sets a record aside, as `learn_effects` writes it.
ASIDE = {
    r"no arm": "tanpa intervensi",
    r"no (.+) above 0": r"\1 tidak di atas 0",
    r"no (.+)": r"tanpa \1",
    r"(.+) of 0 or less": r"\1 nol atau kurang",
}


def in_language(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    """Return a table that people read, its headings and bases in a language; English headings are names of columns."""
    told = table.assign(basis=table["basis"].map(TEXT[language])) if "basis" in table else table
    return told.rename(columns=HEADINGS) if language == "id" else told
