"""The text of a LightGBM booster, read into arrays."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from graduation.errors import ModelError

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Bools: TypeAlias = NDArray[np.bool_]

VERSIONS = ("v3", "v4")
CATEGORICAL, DEFAULT_LEFT = 1, 2
# LightGBM's missing types, kept in bits 2 and 3 of a decision type.
NONE, ZERO = 0, 1
MOST_KIND = 11


@dataclass(frozen=True)
class Forest:
    """The trees of a booster one after the other; children below 0 are leaves, told as ~leaf.

    Attributes
    ----------
    n_features : int
    n_leaves : ndarray of shape (n_trees,)
    feature, kind, left, right : ndarray of shape (n_nodes,)
        `kind` is LightGBM's decision type; children are positions among all nodes, or all leaves, of the forest.
    threshold : ndarray of shape (n_nodes,)
        Of a categorical split: the position of its set in `set_start`.
    node_count, leaf_count : ndarray
        Training rows.
    leaf_value : ndarray of shape (n_leaves_of_all_trees,)
    set_start, set_words : ndarray
        Where each set of categories starts in `set_words`, 32 categories a word, and one past the last.
    """

    n_features: int
    n_leaves: Integers
    feature: Integers
    kind: Integers
    threshold: Floats
    left: Integers
    right: Integers
    node_count: Floats
    leaf_count: Floats
    leaf_value: Floats
    set_start: Integers
    set_words: NDArray[np.uint32]

    @property
    def n_trees(self) -> int:
        return len(self.n_leaves)

    @property
    def first_leaf(self) -> Integers:
        """The first leaf of each tree, and one past the last."""
        return np.concatenate([[0], np.cumsum(self.n_leaves)])

    @property
    def first_node(self) -> Integers:
        """The first node of each tree, and one past the last."""
        return np.concatenate([[0], np.cumsum(self.n_leaves - 1)])

    @property
    def is_categorical(self) -> Bools:
        """Whether each node asks for a category."""
        return (self.kind & CATEGORICAL) > 0

    @property
    def missing_type(self) -> Integers:
        return (self.kind >> 2) & 3

    @property
    def default_left(self) -> Bools:
        return (self.kind & DEFAULT_LEFT) > 0

    @classmethod
    def from_text(cls, text: str) -> Forest:
        """Read `Booster.model_to_string()`.

        Raises
        ------
        ModelError
            When the text is not a booster with one output a row and constant leaves.
        """
        head, _, rest = text.partition("\nTree=")
        body = rest.partition("\nend of trees")[0]
        _refuse_unknown(head, body)
        lines = _lines(body)
        n_leaves = _whole(lines["num_leaves"])
        if n_leaves.size == 0:
            raise _error("no tree in it", "at least one")
        forest = _read(lines, n_leaves, _feature_count(head))
        _check(forest)
        return forest


def _refuse_unknown(head: str, body: str) -> None:
    version = re.search(r"(?m)^version=(.*)$", head)
    if version is None or version[1] not in VERSIONS:
        found = f"version {version[1]}" if version else "text without a version"
        raise _error(found, f"LightGBM's model text of version {' or '.join(VERSIONS)}")
    if not re.search(r"(?m)^num_tree_per_iteration=1$", head):
        raise _error("several trees an iteration", "one output a row (num_tree_per_iteration=1)")
    if re.search(r"(?m)^average_output$", head):
        raise _error("trees that are averaged (random forest)", "trees that add up")
    if re.search(r"(?m)^is_linear=1$", body):
        raise _error("linear models in the leaves", "constant leaves (linear_tree=false)")


def _error(found: str, expected: str) -> ModelError:
    return ModelError(f"booster: {found}; expected {expected}. Predict with LightGBM itself.")


def _feature_count(head: str) -> int:
    found = re.search(r"(?m)^max_feature_idx=(\d+)$", head)
    if found is None:
        raise _error("no max_feature_idx in its head", "the number of features")
    return int(found[1]) + 1


KEYS = (
    "num_leaves", "num_cat", "split_feature", "threshold", "decision_type", "left_child", "right_child", "leaf_value",
    "leaf_count", "internal_count", "cat_boundaries", "cat_threshold",
)  # fmt: skip


def _lines(body: str) -> dict[str, list[str]]:
    """Return what stands behind each key, tree after tree."""
    return {key: re.findall(rf"(?m)^{key}=(.*)$", body) for key in KEYS}


def _floats(texts: list[str]) -> Floats:
    return np.array(" ".join(texts).split(), dtype=np.float64)


def _whole(texts: list[str]) -> Integers:
    return np.array(" ".join(texts).split(), dtype=np.int64)


def _read(lines: dict[str, list[str]], n_leaves: Integers, n_features: int) -> Forest:
    """Put the trees one after the other: their nodes, leaves and sets get numbers in the whole forest."""
    tree = np.repeat(np.arange(len(n_leaves)), n_leaves - 1)
    set_start = _set_start(lines["cat_boundaries"])
    kind, threshold = _whole(lines["decision_type"]), _floats(lines["threshold"])
    feature, left, right = (_whole(lines[key]) for key in ("split_feature", "left_child", "right_child"))
    value, rows = _floats(lines["leaf_value"]), _floats(lines["internal_count"])
    sizes = {len(part) for part in (kind, threshold, feature, left, right, rows)}
    sets = _whole(lines["num_cat"])
    if sizes != {len(tree)} or len(value) != n_leaves.sum() or len(sets) != len(n_leaves):
        raise _error("trees with parts missing", f"{len(tree):,} splits and {int(n_leaves.sum()):,} leaves")
    threshold = np.where((kind & CATEGORICAL) > 0, threshold + (np.cumsum(sets) - sets)[tree], threshold)
    first_node, first_leaf = np.cumsum(n_leaves - 1) - (n_leaves - 1), np.cumsum(n_leaves) - n_leaves
    left, right = (np.where(child >= 0, child + first_node[tree], child - first_leaf[tree]) for child in (left, right))
    words = _whole(lines["cat_threshold"]).astype(np.uint32)
    return Forest(
        n_features, n_leaves, feature, kind, threshold, left, right, rows, _leaf_counts(lines, n_leaves), value,
        set_start, words,
    )  # fmt: skip


def _leaf_counts(lines: dict[str, list[str]], n_leaves: Integers) -> Floats:
    """Return the training rows of each leaf; a tree of one leaf may not tell them, nor does it matter."""
    grown = n_leaves > 1
    told = _floats([text for text, more in zip(lines["leaf_count"], grown, strict=True) if more])
    counts = np.ones(int(n_leaves.sum()))
    inner = np.repeat(grown, n_leaves)
    if len(told) != inner.sum():
        raise _error(f"{len(told):,} counts of training rows", f"one for each of {inner.sum():,} leaves")
    counts[inner] = told
    return counts


def _set_start(boundaries: list[str]) -> Integers:
    """Return where the sets of categories of all trees start, when they stand one after the other."""
    sizes = [np.diff(_whole([text])) for text in boundaries]
    return np.concatenate([np.zeros(1, dtype=np.int64), *sizes]).cumsum()


def _check(forest: Forest) -> None:
    if not np.isfinite(forest.leaf_value).all():
        raise _error("leaves whose value is no finite number", "finite numbers")
    if len(forest.kind) and (forest.kind.max() > MOST_KIND or forest.kind.min() < 0):
        raise _error(f"a decision type {forest.kind.max()}", f"0 to {MOST_KIND}")
    if len(forest.kind) and (forest.feature.min() < 0 or forest.feature.max() >= forest.n_features):
        raise _error(f"a split of feature {forest.feature.max()}", f"features 0 to {forest.n_features - 1}")
    if (forest.node_count <= 0).any() or (forest.leaf_count <= 0).any():
        raise _error("nodes without training rows", "the count of training rows of each")
    if forest.set_start[-1] != len(forest.set_words):
        raise _error("sets of categories with words missing", f"{forest.set_start[-1]:,} words")
