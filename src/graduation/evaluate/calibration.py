"""Is a risk of 20 % observed in 20 of 100 households? Scores, bins and the calibration line, for many weightings."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

from graduation.evaluate.columns import Floats, Integers
from graduation.evaluate.ranking import Blocks, Ranking, ratio

BINS = 10
CLIP = 1e-6
STEPS, STEP_SIZE, TOLERANCE = 60, 2.0, 1e-6


def scores(blocks: Blocks, risk: Floats) -> dict[str, Floats]:
    """Return the Brier score and the log loss (natural logarithm, risk clipped at 1e-6)."""
    clipped = np.clip(risk, CLIP, 1 - CLIP)
    poor, others = blocks.poor, blocks.total - blocks.poor
    squared = poor @ (1 - risk) ** 2 + others @ risk**2
    surprise = -(poor @ np.log(clipped)) - others @ np.log1p(-clipped)
    return {"brier": ratio(squared, blocks.everybody), "log_loss": ratio(surprise, blocks.everybody)}


def equal_mass_bins(blocks: Blocks) -> Integers:
    """Return the first block of each bin: bins of equal weight along the ranking, a block of ties never split."""
    middle = (blocks.total_above[0] - blocks.total[0] / 2) / blocks.everybody[0]
    number = np.floor(np.round(middle * BINS, 9))  # rounded: the scale of the weights must not move an edge
    return np.flatnonzero(np.r_[True, number[1:] != number[:-1]])


def binned(blocks: Blocks, risk: Floats, starts: Integers) -> tuple[Floats, Floats, Floats]:
    """Return weight, mean risk and observed share by bin (replicates, bins)."""
    total = np.add.reduceat(blocks.total, starts, axis=1)
    poor = np.add.reduceat(blocks.poor, starts, axis=1)
    expected = np.add.reduceat(blocks.total * risk, starts, axis=1)
    return total, ratio(expected, total), ratio(poor, total)


def expected_calibration_error(bins: tuple[Floats, Floats, Floats]) -> Floats:
    """Return the mean distance between mean risk and observed share, bins weighted by their households."""
    total, expected, observed = bins
    distance = np.where(total > 0, np.abs(expected - observed), 0.0)
    return ratio((total * distance).sum(axis=1), total.sum(axis=1))


def error_by_chance(ranking: Ranking, weight: Floats, bins: Integers) -> float:
    """Return the calibration error that noise alone would make if every risk were right.

    The mean distance of a normal error from 0 is sqrt(2 / pi) of its standard deviation; households are taken as
    independent. `weight` is in the order of the sample.
    """
    ranked = weight if ranking.order is None else weight[ranking.order]
    risk = ranking.scores[ranking.block_of]
    starts = ranking.starts[bins]
    total = np.add.reduceat(ranked, starts)
    deviation = np.sqrt(np.add.reduceat(ranked**2 * risk * (1 - risk), starts)) / total
    return float(np.sqrt(2 / np.pi) * (total * deviation).sum() / total.sum())


def calibration_line(blocks: Blocks, risk: Floats, start: Floats | None = None) -> Floats:
    """Return intercept and slope (2, replicates) of the weighted logistic regression of the outcome on logit risk.

    NaN where no finite answer exists: a constant risk, or one that separates the outcomes completely. `start` is an
    answer (2, 1) near the ones looked for. Newton steps, all replicates at once (Cox 1958).
    """
    x = logit(np.clip(risk, CLIP, 1 - CLIP))
    centre, spread = x.mean(), x.std()
    if len(x) < 2 or spread == 0:
        return np.full((2, len(blocks.poor)), np.nan)
    z = (x - centre) / spread
    first = np.zeros((2, 1)) if start is None or np.isnan(start).any() else start
    line = np.stack([first[0] + first[1] * centre, first[1] * spread])
    separated = _separated(blocks)
    line = _newton(blocks, z, np.where(separated, np.nan, line) if separated.any() else line)
    slope = line[1] / spread
    return np.stack([line[0] - slope * centre, slope])


def _newton(blocks: Blocks, z: Floats, line: Floats) -> Floats:
    for _ in range(STEPS):
        chance = expit(line[0][:, None] + line[1][:, None] * z)
        residual = blocks.poor - blocks.total * chance
        curvature = blocks.total * (chance * (1 - chance))
        up, along = residual.sum(axis=1), np.einsum("rb,b->r", residual, z)
        a, b, c = curvature.sum(axis=1), np.einsum("rb,b->r", curvature, z), np.einsum("rb,b->r", curvature, z * z)
        determinant = np.maximum(a * c - b * b, 0)
        step = np.stack([ratio(c * up - b * along, determinant), ratio(a * along - b * up, determinant)])
        line = line + np.clip(step, -STEP_SIZE, STEP_SIZE)
        moved = np.abs(step).max(axis=0)
        if not (moved > TOLERANCE).any():  # an undefined step stays undefined
            break
    return np.where(moved <= TOLERANCE, line, np.nan)


def _separated(blocks: Blocks) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Tell where no extreme poor household ranks strictly below another, or none strictly above another."""
    poor, others = blocks.poor > 0, blocks.total > blocks.poor
    last = poor.shape[1] - 1
    first_poor, first_other = poor.argmax(axis=1), others.argmax(axis=1)
    last_poor, last_other = last - poor[:, ::-1].argmax(axis=1), last - others[:, ::-1].argmax(axis=1)
    separated: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    separated = (last_poor <= first_other) | (last_other <= first_poor)
    return separated
