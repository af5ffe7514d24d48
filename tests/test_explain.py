"""Explanations add up to the risk that is scored, and speak in plain words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shap
from scipy.special import logit

import graduation
from graduation.errors import UsageError
from graduation.schema import Registry
from tests.test_panel import repeated_panel


@pytest.fixture(scope="module")
def explanation(model: graduation.Model, registries: list[Registry]) -> graduation.Explanation:
    return graduation.explain(model, registries[1])


def test_contributions_add_up_to_the_scored_risk(
    explanation: graduation.Explanation, model: graduation.Model, registries: list[Registry]
) -> None:
    risk = graduation.score(registries[1], model, reasons=0).table["risk"]
    total = explanation.contributions.sum(axis=1) + explanation.base
    np.testing.assert_allclose(total, logit(risk), atol=1e-9)


def test_every_pathway_is_explained_and_the_unknown_one_without_what_tells_the_state(
    explanation: graduation.Explanation,
) -> None:
    assert set(explanation.pathway) == {"remain", "become", "unknown"}
    blind = explanation.contributions[explanation.pathway == "unknown"]
    assert blind["consumption_per_head_monthly_idr"].isna().all()
    assert set(explanation.drivers()["pathway"]) == {"remain", "become", "unknown"}


def test_the_strongest_reason_is_the_largest_raising_contribution(explanation: graduation.Explanation) -> None:
    reasons = explanation.reasons(top=2)
    strongest = explanation.contributions.idxmax(axis=1)
    for household in reasons.index[:50]:
        title = explanation.model.title(strongest[household])
        assert reasons.loc[household, "reason_1"].startswith(f"{title}: ")


def test_reasons_show_labels_units_and_both_languages(explanation: graduation.Explanation) -> None:
    household = explanation.contributions.index[0]
    english, bahasa = (explanation.household(household, language).set_index("feature") for language in ("en", "id"))
    assert english.loc["toilet", "value"] != bahasa.loc["toilet", "value"]
    assert english.loc["is_urban", "value"] in ("yes", "no", "not known")
    assert bahasa.loc["is_urban", "value"] in ("ya", "tidak", "tidak diketahui")
    assert "IDR" in english.loc["consumption_per_head_monthly_idr", "value"]
    assert explanation.reasons(top=1, language="id").iloc[0, 0] != explanation.reasons(top=1).iloc[0, 0]


def test_one_household_is_sorted_by_strength_and_unknown_ones_are_refused(
    explanation: graduation.Explanation,
) -> None:
    household = explanation.contributions.index[3]
    strength = explanation.household(household)["contribution"].abs()
    assert strength.is_monotonic_decreasing
    with pytest.raises(UsageError, match="did you mean"):
        explanation.household(f"{household}x")


def test_it_becomes_a_shap_explanation(explanation: graduation.Explanation) -> None:
    found = explanation.to_shap("become")
    rows = (explanation.pathway == "become").sum()
    assert isinstance(found, shap.Explanation)
    assert found.values.shape == (rows, len(found.feature_names))
    with pytest.raises(UsageError, match="no household on pathway 'fall'"):
        explanation.to_shap("fall")


def test_row_order_changes_nothing(explanation: graduation.Explanation, registries: list[Registry]) -> None:
    backwards = graduation.explain(explanation.model, registries[1].households.iloc[::-1])
    pd.testing.assert_frame_equal(
        backwards.contributions.loc[explanation.contributions.index, explanation.contributions.columns],
        explanation.contributions,
    )


def test_the_plot_shows_the_drivers_of_each_pathway(explanation: graduation.Explanation) -> None:
    ax = explanation.plot(top=4)
    assert len(ax.get_yticklabels()) == 12
    assert ax.get_xlabel().startswith("mean")


def test_households_that_repeat_are_named_with_their_time() -> None:
    panel = repeated_panel()
    model = graduation.train(panel, by="time", at=8, refit=False, fast=True).model
    explanation = graduation.explain(model, panel.households)
    household = panel.households.index[0][0]
    with pytest.raises(UsageError, match="at several times"):
        explanation.household(household)
    table = explanation.household((household, 3))
    assert len(table) >= 1
    with pytest.raises(UsageError, match="no household"):
        explanation.household((household, 99))
