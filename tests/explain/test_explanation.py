"""Explanations add up to the risk that is scored, and speak in plain words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shap
from scipy.special import logit

import graduation
from graduation.errors import UsageError
from graduation.explain import concepts_of
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
    np.testing.assert_allclose(total, logit(risk), atol=1e-8)


def test_every_pathway_is_explained_and_the_unknown_one_without_what_tells_the_state(
    explanation: graduation.Explanation,
) -> None:
    assert set(explanation.pathway) == {"remain", "become", "unknown"}
    blind = explanation.contributions[explanation.pathway == "unknown"]
    assert blind["consumption_per_head_monthly_idr"].isna().all()
    assert set(explanation.drivers()["pathway"]) == {"remain", "become", "unknown"}


def test_the_strongest_reason_is_the_concept_that_raises_the_risk_most(explanation: graduation.Explanation) -> None:
    reasons = explanation.reasons(top=1, tell_protected=True)["reason_1"]
    strongest = explanation.by_concept().idxmax(axis=1)
    concepts = {one.code: one for one in concepts_of(explanation.model.dictionary, explanation.model.features)}
    alone = strongest[[len(concepts[code].features) == 1 if code in concepts else False for code in strongest]]
    assert len(alone) > 100
    for household, code in alone.items():
        assert reasons[household].startswith(explanation.model.title(code))


def test_concepts_add_up_to_what_features_add_up_to(explanation: graduation.Explanation) -> None:
    for hidden in (True, False):
        sums = explanation.by_concept(tell_protected=hidden).sum(axis=1)
        np.testing.assert_allclose(sums, explanation.contributions.sum(axis=1), atol=1e-12)


def test_reasons_show_labels_units_and_both_languages(explanation: graduation.Explanation) -> None:
    household = explanation.contributions.index[0]
    english, bahasa = (explanation.household(household, language).set_index("feature") for language in ("en", "id"))
    assert english.loc["toilet", "value"] != bahasa.loc["toilet", "value"]
    assert english.loc["is_urban", "value"] in ("yes", "no", "not known")
    assert bahasa.loc["is_urban", "value"] in ("ya", "tidak", "tidak diketahui")
    assert "IDR" in english.loc["consumption_per_head_monthly_idr", "value"]


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
    pd.testing.assert_frame_equal(
        backwards.reasons(both=True).loc[explanation.contributions.index], explanation.reasons(both=True)
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


def test_against_a_background(model: graduation.Model, registries: list[Registry]) -> None:
    households = registries[1].households
    few, background = households.head(6), households.iloc[100:130]
    told = graduation.explain(model, few, background=background)
    risk = model.predict_risk(few)
    np.testing.assert_allclose(told.contributions.fillna(0).sum(axis=1) + told.base, logit(risk), atol=1e-6)
    alone = graduation.explain(model, few.iloc[[0]], background=few.iloc[[0]])
    np.testing.assert_allclose(alone.contributions.fillna(0).to_numpy(), 0, atol=1e-9)
    assert alone.base.iloc[0] == pytest.approx(logit(risk.iloc[0]))
    assert not np.allclose(told.contributions, graduation.explain(model, few).contributions, equal_nan=True)
