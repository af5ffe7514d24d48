from __future__ import annotations

import pandas as pd
import pytest

from graduation.errors import DataError
from graduation.interventions import (
    CostBy,
    Intervention,
    Programme,
    cost_notes,
    household_costs,
    load_programme,
)


def programme(**places: float) -> Programme:
    by = CostBy(column="kecamatan", values=places, source="offers of 2024") if places else None
    arms = (
        Intervention(name="cash", cost_idr=100, effect=0.1),
        Intervention(name="training", cost_idr=200, effect=0.1, cost_by=by),
    )
    return Programme(name="p", version="1", welfare_residual_sd=1, welfare_residual_sd_source="x", interventions=arms)


@pytest.mark.parametrize("kind", ["str", "category", "object"])
def test_a_place_has_its_cost_and_any_other_the_usual_one(kind: str) -> None:
    households = pd.DataFrame({"kecamatan": pd.Series(["A", "B", "C", None, "A"]).astype(kind)})
    found = household_costs(households, programme(A=150, B=250.5))
    assert found.tolist() == [[100, 150], [100, 250.5], [100, 200], [100, 200], [100, 150]]


def test_codes_that_are_numbers_are_found() -> None:
    households = pd.DataFrame({"kecamatan": [321601, 321602]})
    assert household_costs(households, programme(**{"321602": 9}))[:, 1].tolist() == [200, 9]


def test_notes_tell_the_places_that_no_household_has() -> None:
    households = pd.DataFrame({"kecamatan": ["A", "B", None]})
    assert cost_notes(households, programme()) == []
    text = cost_notes(households, programme(A=150, Z=1))[0]
    assert "for 1 of 3 households (offers of 2024), and 200 for the others. No household is in Z." in text
    assert "No household" not in cost_notes(households, programme(A=150))[0]


def test_a_column_that_is_not_there_is_refused() -> None:
    households = pd.DataFrame({"kecamatn": ["A"]})
    for ask in (household_costs, cost_notes):
        with pytest.raises(DataError, match=r"'training' has costs by 'kecamatan'.*did you mean 'kecamatn'"):
            ask(households, programme(A=150))


def test_the_shipped_programme_has_one_cost_per_arm() -> None:
    shipped = load_programme("bekasi_2024")
    found = household_costs(pd.DataFrame(index=range(3)), shipped)
    assert found.tolist() == [[arm.cost_idr for arm in shipped.interventions]] * 3


def test_costs_by_place_are_part_of_the_fingerprint() -> None:
    assert programme(A=150).fingerprint != programme(A=151).fingerprint
    assert programme(A=150, B=1).fingerprint == programme(B=1, A=150).fingerprint
