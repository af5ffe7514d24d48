"""What is written down about a training run."""

from __future__ import annotations

import hashlib
import platform
from importlib.metadata import version
from typing import Any

import pandas as pd

from graduation.evaluate import PathwayEvaluation
from graduation.features import feature_directions, feature_frame
from graduation.panel import Panel
from graduation.risk import PATHWAYS, POOLED, TransitionRisk

PACKAGES = ("graduation", "lightgbm", "numpy", "pandas", "scikit-learn")


def run_params(
    panel: Panel, learn: Panel, test: Panel, risk: TransitionRisk, *, split_by: str, seed: int
) -> dict[str, Any]:
    """Return the settings, the split and the sizes of a run."""
    pooled = risk.classifiers_[POOLED]
    return {
        "seed": seed,
        "split_by": split_by,
        "n_pairs": len(panel.outcome),
        "n_train": len(learn.outcome),
        "n_test": len(test.outcome),
        "n_test_households_also_in_training": int(test.groups["household"].isin(learn.groups["household"]).sum()),
        "n_features": len(feature_frame(panel.households.head(1), panel.dictionary).columns),
        "pooled_pathways": [name for name in PATHWAYS if name not in risk.classifiers_],
        "rare_levels": pooled.encoder_.rare_,
        "n_members": pooled.n_members,
        "fast": pooled.fast,
        **{f"share_{part}": share for part, share in pooled.ensemble_.shares.items()},
        "calibration": pooled.ensemble_.calibration.kind,
        "widening_of_ranges": pooled.ensemble_.widening,
        "n_directions": len(feature_directions(panel.dictionary)),
        **({"n_train_with_history": n_with_history(learn)} if panel.dictionary.history else {}),
    }


def n_with_history(panel: Panel) -> int:
    """Count the rows of households that an earlier wave had seen."""
    return int((panel.households[panel.dictionary.history[0]] > 0).sum())


def model_card(panel: Panel, params: dict[str, Any], evaluations: PathwayEvaluation) -> dict[str, Any]:
    """Return what a person needs to know before trusting the model."""
    dictionary = panel.dictionary
    return {
        "purpose": "Priority for a visit or an offer; never a reason to remove a household from aid.",
        "dictionary": {"name": dictionary.name, "version": dictionary.version, "fingerprint": dictionary.fingerprint},
        "line": dictionary.line.model_dump() if dictionary.line else None,
        "deflated": dictionary.deflated,
        "training": {**params, "fingerprint": fingerprint(panel)},
        "metrics": {name: part.metrics() for name, part in evaluations.parts.items()},
        "versions": {**{name: version(name) for name in PACKAGES}, "python": platform.python_version()},
    }


def fingerprint(panel: Panel) -> str:
    """Return the first 16 hex digits of the SHA-256 of all rows, in an order that the file does not decide."""
    content = pd.DataFrame(feature_frame(panel.households, panel.dictionary)).assign(
        outcome=panel.outcome, state=panel.state, weight=panel.weight
    )
    rows = pd.util.hash_pandas_object(content, index=True).sort_values().to_numpy()
    return hashlib.sha256(rows.tobytes()).hexdigest()[:16]
