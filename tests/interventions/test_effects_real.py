"""Known effects of real trials, where the data are present."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from graduation.interventions import EffectModel

from .trials import Trial, job_corps, lalonde, liberia, pakistan


# How far an estimate may lie from the effect that was reproduced, in its standard errors. That of Job Corps is a plain
# difference, though fewer women were turned away than men; that of skills in Liberia rests on all covariates at once.
@pytest.mark.parametrize(
    ("trial", "known"),
    [
        (lalonde, {"training": (1_794, 671, 0.5)}),
        (job_corps, {"training": (16.1, 4.1, 1.0)}),
        (pakistan, {"graduation": (12.3, 3.7, 0.5)}),
        (liberia, {"skills": (0.083, 0.093, 1.0), "cash": (-0.132, 0.097, 0.5), "both": (0.247, 0.088, 0.5)}),
    ],
)
def test_averages_are_near_the_effects_that_were_reproduced(
    trial: Callable[[Path], Trial], known: dict[str, tuple[float, float, float]], real_data: Path
) -> None:
    X, arms, outcome = trial(real_data)
    # The chance was one for all where the trial drew lots among all.
    lots = {name: float((arms == name).mean()) for name in ("none", "training")} if trial is lalonde else None
    table = EffectModel(personal=False).fit(X, arms, outcome, propensity=lots).average_effects_.set_index("arm")
    assert set(table.index) == set(known)
    for arm, (effect, error, most) in known.items():
        row = table.loc[arm]
        assert row["low"] < effect < row["high"]
        assert row["effect"] == pytest.approx(effect, abs=most * error)
        assert row["standard_error"] == pytest.approx(error, rel=0.25)
