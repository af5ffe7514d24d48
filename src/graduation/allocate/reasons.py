"""Why a household is offered an arm, or none."""

from __future__ import annotations

import numpy as np

from graduation.allocate.choices import Choices
from graduation.allocate.phrases import TEXT
from graduation.interventions import NO_ARM, Recommendations

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
            sentences.append(unsuited[choices.ids[position]])
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
    """Return the sentence of each household without options: its arms cost too much, do not help, or do not suit."""
    helped = np.zeros(choices.n, dtype=bool)
    helped[choices.household] = True
    table = recommendations.table
    rows = table[table["household_id"].isin(choices.ids[~helped]) & (table["arm"] != NO_ARM)]
    said = rows.loc[rows["why_not"] != "", ["household_id", "why_not"]].drop_duplicates()
    told = said.groupby("household_id")["why_not"].agg("; ".join).map(lambda why: text["none"].format(reason=why))
    useless = rows.loc[rows["eligible"], "household_id"]
    dear = rows.loc[rows["eligible"] & (rows["benefit"] > 0), "household_id"]
    return (
        dict.fromkeys(choices.ids[~helped], text["useless"])
        | told.to_dict()
        | dict.fromkeys(useless, text["useless"])
        | dict.fromkeys(dear, text["dear"])
    )
