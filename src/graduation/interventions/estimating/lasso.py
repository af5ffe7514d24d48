"""Lasso regressions from cross products: a path of penalties and all folds cost little more than one pass."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import MultiTaskLasso

PARTS = 5
# The weakest penalty beside the one that keeps nothing: weaker ones take long and are never the best.
SPARSEST, N_STEPS, TOLERANCE = 0.01, 20, 1e-3
# So many steps without a smaller error end the path.
PATIENCE = 3


def joint_lasso(Z: np.ndarray, Y: np.ndarray, weight: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return slopes (p, k) of k centred outcomes (n, k) on centred features (n, p); a column counts for all or none.

    The penalty is the one with the least squared error in held-out parts, which keep groups whole. Errors of the
    outcomes add up as they are: whoever wants them to count alike scales them first.

    References
    ----------
    Obozinski, Wainwright & Jordan (2011), Annals of Statistics 39, on columns shared by outcomes.
    """
    part = np.unique(group, return_inverse=True)[1] % PARTS
    products = [_products(Z[part == number], Y[part == number], weight[part == number]) for number in range(PARTS)]
    gram, pull = (np.sum([pair[kind] for pair in products], axis=0) for kind in (0, 1))
    strongest = float(np.linalg.norm(pull, axis=1).max()) / weight.sum()
    if not strongest > 0:
        return np.zeros(pull.shape)
    steps = np.geomspace(1.0, SPARSEST, N_STEPS) * strongest
    paths = [
        _path(gram - own, pull - drawn, weight[part != number].sum(), steps)
        for number, (own, drawn) in enumerate(products)
    ]
    errors: list[float] = []
    for fits in zip(*paths, strict=True):
        pairs = zip(fits, products, strict=True)
        errors.append(sum(float((slopes * (own @ slopes - 2 * drawn)).sum()) for slopes, (own, drawn) in pairs))
        if len(errors) - int(np.argmin(errors)) > PATIENCE:
            break
    return list(_path(gram, pull, weight.sum(), steps[: int(np.argmin(errors)) + 1]))[-1]


def _products(Z: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weighed = Z * weight[:, None]
    return weighed.T @ Z, weighed.T @ Y


def _path(gram: np.ndarray, pull: np.ndarray, total: float, steps: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the slopes (p, k) at each penalty, from p or fewer rows that have the same cross products."""
    size, turn = np.linalg.eigh(gram)
    kept = size > 1e-6 * size[-1]
    root = np.sqrt(size[kept])
    rows, aims = root[:, None] * turn[:, kept].T, (turn[:, kept].T @ pull) / root[:, None]
    model = MultiTaskLasso(fit_intercept=False, warm_start=True, tol=TOLERANCE)
    for step in steps:
        with warnings.catch_warnings():
            # A last digit that did not settle is no matter.
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.set_params(alpha=step * float(total) / len(rows)).fit(rows, aims)
        yield model.coef_.T.copy()
