"""The plan of a trial's analysis, written down before its outcomes are known, in two languages."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill
from typing import Any

from graduation.results import in_marks
from graduation.schema import Language

ENGLISH = """\
Plan of the analysis

1. Question. What does each of {treatments} change in {outcome}, compared with {control}?

2. Who. {n_units} {unit_plural} ({households} households) of {population} households, drawn by lot{by_strata}. Each arm
has {per_arm} {unit_plural}.

3. Assignment. By {unit}{within}, by lot: a hash of the id and the seed {seed}. Every {unit} has a chance of 1 in
{n_arms} of every arm. Numbers per arm differ by at most one in each stratum and in all.

4. Estimate. The mean outcome had all households been offered the arm, minus that had none been, whether or not they
took it up (intention to treat). Estimator: cross-fitted augmented inverse-probability weighting with the chances
above (EffectModel with propensity), features from before the trial: {features}. Standard errors are robust to
{unit_plural}.

5. Tests. Two-sided, one per arm, at {level} over all of them by Holm's method. The effect is shown with its 95 %
interval whether or not it differs from zero.

6. Power. {power} to find an effect of {effect} {scale} with {needed} {unit_plural} per arm, given: variance between
clusters {icc} of the total, {attrition} of the outcomes unknown, {r2} of the variance known beforehand. With the
numbers drawn, the smallest effect found with that power is {detectable}.

7. Unknown outcomes. Their share is shown for each arm. Where the shares differ between arms at the 5 % level, bounds
(Lee 2009) are shown beside the estimate.

8. Who gains most. Households are treated differently only if a rule learned out of fold is worth more than giving
everybody the best single arm: the 95 % interval of the difference (policy_value) lies above zero. Otherwise everybody
is offered the best single arm.

9. Anything else that is looked at afterwards is called exploratory.
"""

INDONESIAN = """\
Rencana analisis

1. Pertanyaan. Apa yang diubah oleh masing-masing dari {treatments} pada {outcome}, dibandingkan dengan {control}?

2. Siapa. {n_units} {unit_plural} ({households} keluarga) dari {population} keluarga, dipilih dengan undian{by_strata}.
Setiap kelompok berisi {per_arm} {unit_plural}.

3. Penentuan. Per {unit}{within}, dengan undian: hash dari id dan seed {seed}. Setiap {unit} berpeluang 1 banding
{n_arms} untuk setiap pilihan. Jumlah per pilihan berbeda paling banyak satu di setiap strata dan secara keseluruhan.

4. Perkiraan. Rata-rata hasil seandainya semua keluarga ditawari, dikurangi seandainya tidak ada yang ditawari, baik
diambil maupun tidak (intention to treat). Penduga: cross-fitted augmented inverse-probability weighting dengan peluang
di atas (EffectModel dengan propensity), ciri dari sebelum uji coba: {features}.
Galat baku memperhitungkan {unit_plural}.

5. Uji. Dua arah, satu per pilihan, pada {level} untuk semuanya dengan metode Holm. Dampak ditampilkan dengan selang
95 % baik berbeda dari nol maupun tidak.

6. Daya uji. {power} untuk menemukan dampak {effect} {scale} dengan {needed} {unit_plural} per pilihan, dengan: ragam
antarklaster {icc} dari seluruhnya, {attrition} hasil tidak diketahui, {r2} dari ragam sudah diketahui sebelumnya.
Dengan jumlah yang terundi, dampak terkecil yang ditemukan dengan daya itu adalah {detectable}.

7. Hasil yang tidak diketahui. Bagiannya ditampilkan untuk setiap pilihan. Bila bagian itu berbeda antarpilihan pada
taraf 5 %, batas-batas (Lee 2009) ditampilkan di samping perkiraan.

8. Siapa yang paling terbantu. Keluarga diperlakukan berbeda hanya bila aturan yang dipelajari di luar lipatan bernilai
lebih daripada memberi semua orang satu pilihan terbaik: selang 95 % selisihnya (policy_value) seluruhnya di atas nol.
Bila tidak, semua ditawari satu pilihan terbaik itu.

9. Hal lain yang dilihat sesudahnya disebut eksploratif.
"""

WIDTH = 100
TEMPLATES: dict[Language, str] = {"en": ENGLISH, "id": INDONESIAN}
WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "household": "household", "households": "households", "cluster": "cluster ({name})",
        "clusters": "clusters ({name})", "by_strata": " in proportion within {strata}", "within": " within {strata}",
        "and": "and", "sd": "standard deviations", "raw": "in units of the outcome", "none": "none",
    },
    "id": {
        "household": "keluarga", "households": "keluarga", "cluster": "klaster ({name})",
        "clusters": "klaster ({name})", "by_strata": " secara proporsional dalam {strata}",
        "within": " dalam {strata}", "and": "dan", "sd": "simpangan baku", "raw": "dalam satuan hasil",
        "none": "tidak ada",
    },
}  # fmt: skip


def plan_text(facts: Mapping[str, Any], language: Language) -> str:
    """Return the plan in a language, from the facts that `PilotDesign` holds."""
    words = WORDS[language]
    text = TEMPLATES[language].format(
        treatments=_listed(facts["treatments"], words["and"]),
        control=facts["control"],
        n_arms=len(facts["treatments"]) + 1,
        seed=facts["seed"],
        features=", ".join([*facts["strata"], *facts["covariates"]]) or words["none"],
        **{name: in_marks(figure, language) for name, figure in _figures(facts).items()},
        **_drawn(facts, words),
    )
    return "\n\n".join(fill(paragraph, WIDTH) for paragraph in text.split("\n\n")) + "\n"


def _drawn(facts: Mapping[str, Any], words: Mapping[str, str]) -> dict[str, str]:
    """Return the words for who is drawn, and within what."""
    strata, keys = (
        ", ".join(facts["strata"]),
        ("cluster", "clusters") if facts["cluster"] else ("household", "households"),
    )
    one, many = (words[key].format(name=facts["cluster"]) for key in keys)
    return {
        "unit": one,
        "unit_plural": many,
        "outcome": facts["target"].outcome,
        "scale": words["sd" if facts["target"].outcome_sd is None else "raw"],
        "by_strata": words["by_strata"].format(strata=strata) if strata else "",
        "within": words["within"].format(strata=strata) if strata else "",
    }


def _figures(facts: Mapping[str, Any]) -> dict[str, str]:
    """Return how many are drawn, what the trial should show, and what was assumed, as written in English."""
    target = facts["target"]
    shares = {name: f"{100 * getattr(target, name):.3g} %" for name in ("level", "power", "icc", "attrition", "r2")}
    return {
        "n_units": f"{facts['n_units']:,}",
        "households": f"{facts['n_households']:,}",
        "population": f"{facts['population']:,}",
        "per_arm": facts["per_arm"],
        "effect": f"{target.smallest_effect:,.6g}",
        "needed": f"{facts['needed']:,}",
        "detectable": f"{facts['detectable']:,.6g}",
        **shares,
    }


def _listed(names: list[str], last: str) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"
