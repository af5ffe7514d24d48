"""Why a household is offered an arm, or none: few patterns occur, so each text is written once and taken by code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.allocate.choices import Choices, pick
from graduation.allocate.limits import Limit, Share
from graduation.allocate.phrases import TEXT
from graduation.interventions import Recommendations
from graduation.results import in_marks

MILLION, TOLD = 1e6, 1e4


@dataclass(frozen=True, eq=False)
class Market:
    """What options cost and lack at the shadow prices, in tables (k, n).

    `above` is the value above the price of money, `is_full` where a capacity has no place left, `lacks` (cells * k,)
    the number of the share that an option would draw on most, -1 where none.
    """

    money: float
    above: np.ndarray
    is_full: np.ndarray
    lacks: np.ndarray


def market(choices: Choices, arm: np.ndarray, prices: np.ndarray, limits: Sequence[Limit]) -> Market:
    """Return what stands in the way of options, given the arm of each household (n,) and prices (1 + R,)."""
    kinds = (choices.n_cells, choices.k)
    left = choices.limits[1:] - choices.weights @ choices.counts(arm)
    is_share = np.array([isinstance(limit, Share) for limit in limits], dtype=bool)
    # What a capacity takes is 1; quotas take nothing and shares are told apart below.
    places = choices.weights[np.flatnonzero(~is_share & (left < 1))]
    is_full = np.asarray((places > 0).sum(axis=0)).ravel() > 0
    drawn = np.maximum(choices.weights.toarray(), 0) * (prices[1:] * is_share)[:, None]
    lacks = np.where(drawn.max(axis=0, initial=0) > 0, drawn.argmax(axis=0) if len(drawn) else -1, -1)
    money = prices[0] / choices.money_unit
    return Market(
        money=money,
        above=choices.value - money * choices.cost,
        is_full=is_full.reshape(kinds)[choices.cell].T,
        lacks=lacks,
    )


def reasons(
    recommendations: Recommendations, choices: Choices, arm: np.ndarray, prices: np.ndarray, limits: Sequence[Limit]
) -> np.ndarray:
    """Return one sentence per household (n,), in the order of the choices; `prices` (1 + R,) are scaled."""
    at = market(choices, arm, prices, limits)
    told = np.empty(choices.n, dtype=object)
    told[:] = _served(recommendations, choices, arm, at)
    idle = np.flatnonzero(arm < 0)
    has = choices.is_option[:, idle].any(axis=0)
    told[idle[has]] = _unserved(recommendations, choices, idle[has], at, limits)
    told[idle[~has]] = _unsuited(recommendations, choices, idle[~has])
    return told


def by_pattern(codes: Sequence[np.ndarray], text: Callable[..., str]) -> np.ndarray:
    """Return the text of each row (n,), written once for each combination of codes that occurs."""
    table = np.column_stack(codes).astype(np.int64)
    key = np.zeros(len(table), dtype=np.int64)
    for code in table.T:
        # Numbered anew after each code, so that many codes together do not overflow.
        key = pd.factorize(key * (code.max(initial=0) + 2) + code + 1)[0]
    _, first = np.unique(key, return_index=True)
    written = np.array([text(*row) for row in table[first].tolist()], dtype=object)
    return np.asarray(written[key], dtype=object) if len(written) else np.empty(0, dtype=object)


def _names(recommendations: Recommendations) -> list[str]:
    titles = recommendations.programme.titles(recommendations.language)
    return [titles[name] for name in recommendations.offers.arms]


def _served(recommendations: Recommendations, choices: Choices, arm: np.ndarray, at: Market) -> np.ndarray:
    """Return what each household's arm is and, where another would help more, why it is not that ("" for none)."""
    language, names, offers = recommendations.language, _names(recommendations), recommendations.offers
    text, rows = TEXT[language], np.arange(choices.n)
    best, share = _strongest(recommendations, choices, arm)
    more = np.where(share > 1 + 1e-9, best, -1)
    eligible, cost = (table[choices.position, best] for table in (offers.eligible, offers.cost))
    is_full = at.is_full[best, rows] & (at.above[best, rows] > pick(at.above, arm))
    kind = np.select([~eligible, cost > choices.budget, is_full], [0, 1, 2], 3)
    why = np.where(eligible, -1, offers.why_code[choices.position, best])

    def after(arm: int, more: int, kind: int, why: int) -> str:
        if arm < 0 or more < 0:
            return ""
        key = ("not_eligible", "beyond", "full", "too_dear")[kind]
        return text[key].format(arm=names[more], reason=offers.why_texts[more][why] or text["unlisted"])

    tails = by_pattern([arm, more, np.where(more < 0, -1, kind), np.where(more < 0, -1, why)], after)
    heads = np.array([*(text["served"].format(arm=name) for name in names), ""], dtype=object)[arm]
    rank = offers.rank[choices.position].tolist()
    return np.array(
        [
            f"{head}{in_marks(f'{place:,}', language)}{tail}" if head else ""
            for head, place, tail in zip(heads, rank, tails, strict=True)
        ],
        dtype=object,
    )


def _strongest(recommendations: Recommendations, choices: Choices, arm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which arm would help each household most (n,), and how much as a share of what its own arm does (n,).

    An arm that does not suit has no value, unless value is the benefit, so that its benefit is compared.
    """
    offers, at, given = recommendations.offers, choices.position, np.maximum(arm, 0)
    own = [np.where(arm >= 0, table[at, given], 0.0) for table in (offers.value, offers.benefit)]
    value, benefit = (np.where(one > 0, one, 1.0) for one in own)
    best, largest = np.zeros(choices.n, dtype=int), np.full(choices.n, -np.inf)
    # Arm by arm: a table of all would be the largest thing in memory.
    for number in range(len(offers.arms)):
        suits = offers.eligible[at, number]
        share = np.where(suits, offers.value[at, number] / value, offers.benefit[at, number] / benefit)
        more = share > largest
        best[more], largest[more] = number, share[more]
    return best, largest


def _unserved(
    recommendations: Recommendations, choices: Choices, idle: np.ndarray, at: Market, limits: Sequence[Limit]
) -> np.ndarray:
    """Return why households with options (numbers `idle`) have none of them."""
    text, offers = TEXT[recommendations.language], recommendations.offers
    language, unit = recommendations.language, choices.unit * MILLION
    cost = choices.cost[:, idle]
    free = np.where(choices.is_option[:, idle], np.inf, -np.inf)
    # An option that money would be spent on but that has no place explains more than one that costs too much.
    worth = np.divide(at.above[:, idle], cost, out=free, where=cost > 0)
    wish, rows = worth.argmax(axis=0), np.arange(len(idle))
    per = np.divide(choices.value[wish, idle], cost[wish, rows], out=np.zeros(len(idle)), where=cost[wish, rows] > 0)
    lacks = at.lacks[choices.cell[idle] * choices.k + wish]
    would = worth[wish, rows] > 0
    kind = np.select([would & at.is_full[wish, idle], would & (lacks >= 0), ~would], [0, 1, 2], 3)
    is_value = not offers.is_value_benefit
    price, names = in_marks(f"{at.money * unit:.4f}", language), _names(recommendations)

    # Figures are told to four digits, so that many households share one sentence.
    told = np.where(kind == 2, np.rint(per * unit * TOLD), -1).astype(np.int64)

    def sentence(wish: int, kind: int, lacks: int, figure: int) -> str:
        key = ("place", "held", "money_value" if is_value else "money", "rest")[kind]
        limit = limits[lacks].text(language) if kind == 1 else ""
        return text[key].format(
            arm=names[wish], price=price, limit=limit, per=in_marks(f"{figure / TOLD:.4f}", language)
        )

    return by_pattern([wish, kind, np.where(kind == 1, lacks, -1), told], sentence)


def _unsuited(recommendations: Recommendations, choices: Choices, idle: np.ndarray) -> np.ndarray:
    """Return why households have no options: their arms cost too much, do not help, or do not suit."""
    text, offers = TEXT[recommendations.language], recommendations.offers
    rows = choices.position[idle]
    eligible = offers.eligible[rows]
    dear = (eligible & (offers.value[rows] > 0)).any(axis=1)
    kind = np.select([dear, eligible.any(axis=1)], [0, 1], 2)
    codes = np.where(eligible | (kind != 2)[:, None], -1, offers.why_code[rows])

    def sentence(kind: int, *codes: int) -> str:
        said = (texts[code] for texts, code in zip(offers.why_texts, codes, strict=True) if code >= 0)
        reason = "; ".join(dict.fromkeys(filter(None, said)))
        return text["dear"] if kind == 0 else text["none"].format(reason=reason) if reason else text["useless"]

    return by_pattern([kind, *codes.T], sentence)
