"""Lasso regressions from cross products: a path of penalties and all folds cost little more than one pass."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn import config_context
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import lasso_path

PARTS = 5
# The weakest penalty beside the one that keeps nothing: weaker ones take long and are never the best. The path ends
# with a block of penalties none of which is the best.
SPARSEST, N_BLOCKS, BLOCK, TOLERANCE = 0.01, 5, 4, 1e-3


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
    blocks = np.geomspace(1.0, SPARSEST, N_BLOCKS * BLOCK).reshape(N_BLOCKS, BLOCK) * strongest
    held_in = [
        _Path(gram - own, pull - drawn, float(weight[part != number].sum()))
        for number, (own, drawn) in enumerate(products)
    ]
    errors: list[float] = []
    for block in blocks:
        fits = [path.go_on(block) for path in held_in]
        errors += np.sum([_errors(*pair) for pair in zip(fits, products, strict=True)], axis=0).tolist()
        if len(errors) - int(np.argmin(errors)) > BLOCK:
            break
    whole, last = _Path(gram, pull, float(weight.sum())), int(np.argmin(errors))
    return whole.go_on(blocks.ravel()[: last + 1])[..., -1]


def _errors(slopes: np.ndarray, products: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Return the squared errors of slopes (p, k, penalties) less those of none, on records with these products."""
    gram, pull = products
    return np.asarray(np.einsum("pks,pks->s", slopes, np.tensordot(gram, slopes, 1) - 2 * pull[:, :, None]))


def _products(Z: np.ndarray, Y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    weighed = Z * weight[:, None]
    return weighed.T @ Z, weighed.T @ Y


class _Path:
    """Slopes at weaker and weaker penalties, from p or fewer rows that have the same cross products as the records."""

    def __init__(self, gram: np.ndarray, pull: np.ndarray, total: float) -> None:
        size, turn = np.linalg.eigh(gram)
        kept = size > 1e-6 * size[-1]
        root = np.sqrt(size[kept])
        self._rows = np.asfortranarray(root[:, None] * turn[:, kept].T)
        self._aims = np.asfortranarray((turn[:, kept].T @ pull) / root[:, None])
        self._scale, self._last = total / len(root), np.zeros(pull.T.shape, order="F")

    def go_on(self, penalties: np.ndarray) -> np.ndarray:
        """Return the slopes (p, k, penalties), each fit starting at the last."""
        # These fits are so small that checking what is given to them would take half of their time.
        with warnings.catch_warnings(), config_context(assume_finite=True, skip_parameter_validation=True):
            # A last digit that did not settle is no matter.
            warnings.simplefilter("ignore", ConvergenceWarning)
            slopes = lasso_path(
                self._rows, self._aims, alphas=penalties * self._scale, coef_init=self._last, tol=TOLERANCE
            )[1]
        self._last = np.asfortranarray(slopes[..., -1])
        return np.asarray(slopes.transpose(1, 0, 2))
