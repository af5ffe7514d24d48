"""The one loop over households that numpy would walk a dozen times: sums by level of a group column."""

from __future__ import annotations

import numpy as np

from graduation.compiling import compiled
from graduation.evaluate.columns import Floats, Integers

POOR, OTHERS, POOR_LISTED, OTHERS_LISTED, EXPECTED, WITHIN, CROSSING = range(7)


@compiled
def level_sums(
    weights: Floats,
    outcome: Floats,
    scores: Floats,
    starts: Integers,
    codes: Integers,
    levels: int,
    cut_block: Integers,
    cut_part: Floats,
) -> Floats:
    """Return sums (replicates, levels, 7) over the households of each level, in one pass from the highest score down.

    `starts` are the first households of the blocks of equal `scores`, and one past the last; blocks before `cut_block`
    are on the list, and `cut_part` of that block. WITHIN counts pairs of an extreme poor household and another above it
    (ties 1/2) inside the level, CROSSING those with one of the two inside.
    """
    sums = np.zeros((len(weights), levels, 7))
    for r in range(len(weights)):
        found, weight = sums[r], weights[r]
        all_poor = (weight * outcome).sum()
        others_of_level, others_in_block = np.zeros(levels), np.zeros(levels)
        poor_above = others_above = 0.0
        for b in range(len(starts) - 1):
            first, end = starts[b], starts[b + 1]
            listed = 1.0 if b < cut_block[r] else (cut_part[r] if b == cut_block[r] else 0.0)
            poor = others = 0.0
            for i in range(first, end):
                found[codes[i], EXPECTED] += weight[i] * scores[b]
                if outcome[i] > 0:
                    poor += weight[i]
                    found[codes[i], POOR] += weight[i]
                    found[codes[i], POOR_LISTED] += weight[i] * listed
                else:
                    others += weight[i]
                    others_in_block[codes[i]] += weight[i]
                    found[codes[i], OTHERS] += weight[i]
                    found[codes[i], OTHERS_LISTED] += weight[i] * listed
            poor_below = all_poor - poor_above - poor / 2
            for i in range(first, end):
                level = codes[i]
                if outcome[i] > 0:
                    inside = weight[i] * (others_of_level[level] + others_in_block[level] / 2)
                    found[level, WITHIN] += inside
                    found[level, CROSSING] += weight[i] * (others_above + others / 2) - 2 * inside
                else:
                    found[level, CROSSING] += weight[i] * poor_below
            for i in range(first, end):
                others_of_level[codes[i]] += others_in_block[codes[i]]
                others_in_block[codes[i]] = 0.0
            poor_above += poor
            others_above += others
    return sums
