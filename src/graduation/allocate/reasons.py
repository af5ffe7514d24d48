"""Why a household is offered an arm, or none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from graduation.allocate.choices import Choices
from graduation.interventions import NO_ARM, Recommendations

TEXT = {
    "en": {
        "served": "{arm}: in the budget at rank {rank:,}",
        "money": "no money left: {arm} would avert {per:.4f} cases per Rp 1 million, the last money averts {price:.4f}",
        "rest": "no money left: what remains does not buy {arm}",
        "place": "no place left: {arm} is full",
        "none": "no suitable arm: {reason}",
        "useless": "no arm is expected to lower the risk",
    },
    "id": {
        "served": "{arm}: masuk anggaran pada peringkat {rank:,}",
        "money": "anggaran habis: {arm} mencegah {per:.4f} kasus per Rp 1 juta, rupiah terakhir mencegah {price:.4f}",
        "rest": "anggaran habis: sisanya tidak cukup untuk {arm}",
        "place": "tempat habis: {arm} penuh",
        "none": "tidak ada intervensi yang sesuai: {reason}",
        "useless": "tidak ada intervensi yang diperkirakan menurunkan risiko",
    },
}
MILLION = 1e6


def reasons(
    recommendations: Recommendations, choices: Choices, chosen: np.ndarray, prices: np.ndarray, rank: np.ndarray
) -> list[str]:
    """Return one sentence per household, in the order of the choices; `prices` (k,) are in benefit."""
    text, titles = TEXT[recommendations.language], recommendations.programme.titles(recommendations.language)
    names = [titles[arm] for arm in choices.arms]
    per = choices.benefit / choices.cost * MILLION
    money = prices[0] * choices.rows[0]
    wish, full = _wishes(choices, chosen, money)
    price = prices[0] / choices.money_unit * MILLION
    arm = np.full(choices.n, -1)
    arm[choices.household[chosen]] = choices.arm[chosen]
    unsuited = _unsuited(recommendations, choices, text)
    sentences = []
    for position in range(choices.n):
        option = wish[position]
        if arm[position] >= 0:
            sentences.append(text["served"].format(arm=names[arm[position]], rank=rank[position]))
        elif option < 0:
            sentences.append(text["none"].format(reason=unsuited[choices.ids[position]]))
        else:
            kind = "place" if full[option] else "money" if choices.benefit[option] <= money[option] else "rest"
            sentences.append(text[kind].format(arm=names[choices.arm[option]], per=per[option], price=price))
    return sentences


def _wishes(choices: Choices, chosen: np.ndarray, money: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the option that each household comes closest to (-1 without any), and whether each option is full."""
    capacities = slice(1, len(choices.limits) - choices.n_quotas)
    used = choices.rows[capacities][:, chosen].sum(axis=1)
    spent_out = used >= choices.limits[capacities]
    full = (choices.rows[capacities][spent_out] > 0).any(axis=0)
    # An option that money would be spent on but that has no place explains more than one that costs too much.
    worth = (choices.benefit - money) / choices.cost
    order = np.lexsort((-worth, choices.household))
    first = order[np.unique(choices.household[order], return_index=True)[1]] if len(order) else order
    wish = np.full(choices.n, -1)
    wish[choices.household[first]] = first
    return wish, full & (worth > 0)


def _unsuited(recommendations: Recommendations, choices: Choices, text: dict[str, str]) -> dict[object, str]:
    """Return why nothing can be offered, for each household without options."""
    helped = np.zeros(choices.n, dtype=bool)
    helped[choices.household] = True
    table = recommendations.table
    rows = table[table["household_id"].isin(choices.ids[~helped]) & (table["arm"] != NO_ARM)]
    said = rows.loc[rows["why_not"] != "", ["household_id", "why_not"]].drop_duplicates()
    told = said.groupby("household_id")["why_not"].agg("; ".join).to_dict()
    open_ = set(rows.loc[rows["eligible"], "household_id"])
    whole = pd.unique(rows["household_id"])
    return dict.fromkeys(choices.ids[~helped], text["useless"]) | {
        who: text["useless"] if who in open_ else told.get(who, text["useless"]) for who in whole
    }
