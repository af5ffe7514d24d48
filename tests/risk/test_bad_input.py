"""Bad input works sensibly with a warning that says what was done, or is refused with a clear error."""

from __future__ import annotations

import datetime as dt
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.risk import RiskClassifier, TransitionRisk
from graduation.risk.encoding import TableEncoder
from graduation.risk.linear import make_terms

N = 300
NOT_TRUSTED = "not calibrated and without an interval"


@pytest.fixture(scope="module")
def survey() -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(2)
    X = pd.DataFrame(
        {
            "size": rng.integers(1, 9, N).astype(float),
            "floor": rng.choice(["earth", "cement", "tile"], N),
            "age": rng.normal(45, 12, N),
        }
    )
    log_odds = -2.5 + 0.3 * X["size"] + 1.2 * (X["floor"] == "earth")
    return X, (rng.random(N) < 1 / (1 + np.exp(-log_odds))).astype(int)


@pytest.fixture(scope="module")
def fitted(survey: tuple[pd.DataFrame, np.ndarray]) -> RiskClassifier:
    return fit(*survey)


def fit(X: pd.DataFrame, y: Any, **given: Any) -> RiskClassifier:
    return RiskClassifier(fast=True, most_rounds=60).fit(X, y, **given)


def fit_quietly(X: pd.DataFrame, y: Any, **given: Any) -> RiskClassifier:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return fit(X, y, **given)


def risk_of(model: RiskClassifier, X: pd.DataFrame) -> np.ndarray:
    risk = model.predict_proba(X)[:, 1]
    assert ((risk > 0) & (risk < 1)).all()
    return np.asarray(risk)


# Outcomes


@pytest.mark.parametrize("only", [0, 1, "poor", True])
def test_one_class_only_is_refused_and_named(survey: tuple[pd.DataFrame, np.ndarray], only: Any) -> None:
    X, _ = survey
    with pytest.raises(NotEnoughData, match=rf"only one class of outcome \({only}\).*both outcomes"):
        fit(X, [only] * N)


@pytest.mark.parametrize("positives", [1, 2, 3])
def test_fewer_positives_than_can_be_held_out_shrink_to_the_share_with_a_warning(
    survey: tuple[pd.DataFrame, np.ndarray], positives: int
) -> None:
    X, _ = survey
    y = (np.arange(N) < positives).astype(int)
    with pytest.warns(UserWarning, match=f"too few cases.*{NOT_TRUSTED}"):
        model = fit(X, y)
    assert risk_of(model, X).mean() == pytest.approx(positives / N, rel=0.05)
    assert np.isnan(model.predict_interval(X)).all()


def test_fewer_positives_than_folds_make_fewer_members(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, _ = survey
    y = np.zeros(N, dtype=int)
    y[[3, 50, 120, 280]] = 1
    model = fit(X, y)
    assert model.n_members == 2
    assert risk_of(model, X).mean() == pytest.approx(4 / N, abs=0.02)


@pytest.mark.parametrize("form", ["text", "bool", "Int64", "boolean", "category", "object"])
def test_outcomes_of_any_form_give_the_same_risk(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier, form: str
) -> None:
    X, y = survey
    forms = {
        "text": np.where(y == 1, "poor", "not poor"),
        "bool": y == 1,
        "Int64": pd.array(y, dtype="Int64"),
        "boolean": pd.array(y == 1, dtype="boolean"),
        "category": pd.Categorical(np.where(y == 1, "yes", "no")),
        "object": pd.Series(np.where(y == 1, "yes", "no"), dtype=object),
    }
    model = fit_quietly(X, forms[form])
    np.testing.assert_array_equal(model.predict_proba(X), fitted.predict_proba(X))
    assert set(model.predict(X)) <= set(model.classes_)


@pytest.mark.filterwarnings("ignore:invalid value encountered in cast")
@pytest.mark.parametrize("missing", [np.nan, None, pd.NA])
def test_missing_outcomes_are_refused(survey: tuple[pd.DataFrame, np.ndarray], missing: Any) -> None:
    X, y = survey
    outcome = pd.Series(y).astype("float64" if missing is np.nan else object)
    outcome[:3] = missing
    with pytest.raises(ValueError, match=r"(?i)y contains NaN|missing"):
        fit(X, outcome)


def test_missing_outcomes_of_a_pathway_are_refused_as_missing(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    outcome = np.where(np.arange(N) < 3, np.nan, y)
    with pytest.raises(ValueError, match=r"(?i)NaN|missing|unknown"):
        TransitionRisk(RiskClassifier(fast=True)).fit(X, outcome, np.arange(N) % 2)


def test_three_outcomes_are_refused(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, _ = survey
    with pytest.raises(ValueError, match="Only binary"):
        fit(X, np.arange(N) % 3)


# Rows


def test_an_empty_frame_is_refused(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    with pytest.raises(NotEnoughData, match="0 rows"):
        fit(X.head(0), y[:0])


def test_nobody_to_score_gives_nothing(survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier) -> None:
    X, _ = survey
    assert fitted.predict_proba(X.head(0)).shape == (0, 2)
    assert fitted.predict_interval(X.head(0)).shape == (0, 2)
    assert fitted.contributions(X.head(0))[0].shape == (0, 3)


def test_three_rows_give_about_the_share_with_a_warning(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, _ = survey
    with pytest.warns(UserWarning, match=NOT_TRUSTED):
        model = fit(X.head(3), [0, 1, 0])
    np.testing.assert_allclose(risk_of(model, X), 1 / 3, atol=0.1)


def test_a_duplicated_index_is_no_trouble(survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier) -> None:
    X, y = survey
    same = X.set_axis(np.zeros(N, dtype=int))
    np.testing.assert_array_equal(fit(same, y).predict_proba(same), fitted.predict_proba(X))


def test_the_order_of_rows_changes_nothing_without_groups(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier
) -> None:
    X, y = survey
    order = np.random.default_rng(1).permutation(N)
    again = fit(X.iloc[order], y[order])
    np.testing.assert_array_equal(again.predict_proba(X), fitted.predict_proba(X))


# Columns that can teach nothing


def test_constant_and_all_missing_columns_are_left_out_by_name(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier
) -> None:
    X, y = survey
    useless = X.assign(country="ID", year=2024, gone=np.nan, never=None, na=pd.array([pd.NA] * N, dtype="Int64"))
    with pytest.warns(UserWarning, match="left out: .*'country'.*'year'.*'gone'.*'never'.*'na'"):
        model = fit(useless, y)
    assert set(model.encoder_.left_out_) == {"country", "year", "gone", "never", "na"}
    np.testing.assert_array_equal(model.predict_proba(useless), fitted.predict_proba(X))


def test_a_column_left_out_in_training_may_hold_anything_later(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    with pytest.warns(UserWarning, match="left out"):
        model = fit(X.assign(year=2024), y)
    np.testing.assert_array_equal(
        model.predict_proba(X.assign(year="next")), model.predict_proba(X.assign(year=np.inf))
    )


def test_a_table_that_teaches_nothing_gives_the_share_with_a_warning(
    survey: tuple[pd.DataFrame, np.ndarray],
) -> None:
    _, y = survey
    X = pd.DataFrame({"country": "ID", "gone": np.nan, "id": [f"h{number}" for number in range(N)]}, index=range(N))
    with pytest.warns(UserWarning, match="left out"), pytest.warns(UserWarning, match=f"no column.*{NOT_TRUSTED}"):
        model = fit(X, y)
    np.testing.assert_allclose(risk_of(model, X), y.mean(), atol=1e-6)
    np.testing.assert_array_equal(model.contributions(X)[0], np.zeros((N, 3)))
    again = RiskClassifier.from_parts(*model.to_parts())
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_the_same_name_twice_is_refused(survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier) -> None:
    X, y = survey
    twice = pd.concat([X, X[["size"]]], axis=1)
    with pytest.raises(DataError, match="column 'size': the name of several columns"):
        fit(twice, y)
    with pytest.raises(DataError, match="column 'size': the name of several columns"):
        fitted.predict_proba(twice)


def test_the_same_content_twice_counts_once(survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier) -> None:
    X, y = survey
    copied = X.assign(size_again=X["size"], floor_again=X["floor"])
    with pytest.warns(UserWarning, match=r"'size_again' \(a copy of 'size'\); 'floor_again' \(a copy of 'floor'\)"):
        model = fit(copied, y)
    np.testing.assert_array_equal(model.predict_proba(copied), fitted.predict_proba(X))


def test_a_direction_holds_for_a_copy_too(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    copied = X.assign(size_again=X["size"])
    with pytest.warns(UserWarning, match="a copy of 'size'"):
        model = RiskClassifier(fast=True, most_rounds=60, directions={"size_again": -1}).fit(copied, y)
    rising = [model.log_odds(copied.head(20).assign(size=size, size_again=size)) for size in np.arange(1.0, 9.0)]
    assert (np.diff(rising, axis=0) <= 1e-12).all()


@pytest.mark.parametrize("directions", [{"sise": 1}, {"floor": 1}, {"size": 5}, {"size": "up"}])
def test_directions_that_cannot_hold_are_refused(
    survey: tuple[pd.DataFrame, np.ndarray], directions: dict[str, Any]
) -> None:
    X, y = survey
    with pytest.raises(UsageError, match=next(iter(directions))):
        RiskClassifier(fast=True, most_rounds=60, directions=directions).fit(X, y)


# Categories


def test_an_unseen_category_is_read_as_missing_with_a_warning(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier
) -> None:
    X, _ = survey
    gold = X.head(10).assign(floor="gold")
    with pytest.warns(UserWarning, match=r"floor.*10|10.*floor"):
        risk = fitted.predict_proba(gold)
    np.testing.assert_array_equal(risk, fitted.predict_proba(X.head(10).assign(floor=None)))
    assert fitted.encoder_.unseen(gold) == {"floor": 10}


def test_ten_thousand_categories_of_one_household_each_are_left_out() -> None:
    n = 10_000
    table = pd.DataFrame({"id": [f"h{number}" for number in range(n)], "size": np.arange(n) % 8})
    with pytest.warns(UserWarning, match="'id'"):
        encoder = TableEncoder().fit(table)
    assert encoder.used_ == ["size"]


def test_rare_categories_are_read_as_missing_with_a_warning(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    village = np.where(np.arange(N) < 60, "town", [f"v{number // 2}" for number in range(N)])
    with pytest.warns(UserWarning, match="village"):
        model = fit(X.assign(village=village), y)
    assert model.encoder_.levels_["village"] == ["town"]


def test_ten_thousand_categories_in_one_column_stay_small_and_quick() -> None:
    n, n_levels = 200_000, 10_000
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"village": [f"v{number}" for number in np.arange(n) % n_levels], "size": rng.normal(size=n)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        encoder = TableEncoder().fit(table)
    levels = {encoder.used_.index(name): len(found) for name, found in encoder.levels_.items()}
    # A dense column for each of 10,000 levels would take 16 GB.
    terms = make_terms(encoder.transform(table)[:2_000], levels, np.ones(2_000))
    assert len(terms) <= 1_000


def test_object_columns_of_mixed_types_are_read_as_labels_with_a_warning(
    survey: tuple[pd.DataFrame, np.ndarray],
) -> None:
    X, y = survey
    mixed = X.assign(answer=pd.Series([1, "a", 2.5, None, True] * (N // 5), dtype=object))
    with pytest.warns(UserWarning, match="mixed, read as labels.*answer"):
        model = fit(mixed, y)
    assert model.encoder_.levels_["answer"] == ["1", "2.5", "True", "a"]
    risk_of(model, mixed)


def test_whole_numbers_as_labels_are_known_again_when_missing_made_them_floats(
    survey: tuple[pd.DataFrame, np.ndarray],
) -> None:
    X, y = survey
    codes = np.arange(N) % 3
    model = fit(X.assign(code=pd.Categorical(codes)), y)
    later = X.assign(code=pd.Series(codes, dtype="float64").where(np.arange(N) > 5))
    assert model.encoder_.unseen(later) == {}


# Numbers


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "object"])
@pytest.mark.parametrize("value", [np.inf, -np.inf])
def test_infinite_values_are_refused(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier, dtype: str, value: float
) -> None:
    X, y = survey
    size = X["size"].where(np.arange(N) > 2, value).astype(np.dtype(dtype) if dtype != "Float64" else pd.Float64Dtype())
    with pytest.raises(DataError, match="column 'size': infinite values"):
        fit(X.assign(size=size), y)
    with pytest.raises(DataError, match="column 'size': infinite values"):
        fitted.predict_proba(X.assign(size=size))


@pytest.mark.parametrize("scale", [1e300, 1e-300])
def test_numbers_of_any_size_are_read_without_overflow(survey: tuple[pd.DataFrame, np.ndarray], scale: float) -> None:
    X, y = survey
    extreme = X.assign(noise=np.random.default_rng(0).normal(size=N) * scale)
    risk = risk_of(fit_quietly(extreme, y), extreme)
    assert np.isfinite(risk).all()
    assert 0 < risk.min() < risk.max() < 1


@pytest.mark.parametrize(
    "dates",
    [
        pd.Series(pd.date_range("2020-01-01", periods=N)),
        pd.Series(pd.date_range("2020-01-01", periods=N, tz="Asia/Jakarta")),
        pd.Series(pd.to_timedelta(np.arange(N), unit="D")),
        pd.Series(pd.period_range("2020-01", periods=N, freq="M")),
        pd.Series([dt.date(2020, 1, 1 + number % 20) for number in range(N)], dtype=object),
        pd.Series([pd.Timestamp(2020, 1, 1 + number % 20) for number in range(N)], dtype=object),
    ],
    ids=["datetime", "zone", "timedelta", "period", "date objects", "timestamp objects"],
)
def test_dates_are_refused(survey: tuple[pd.DataFrame, np.ndarray], dates: pd.Series) -> None:
    X, y = survey
    with pytest.raises(DataError, match="column 'visited': dates"):
        fit(X.assign(visited=dates), y)


def test_all_problems_are_told_at_once(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    bad = X.assign(visited=pd.Timestamp(2020, 1, 1), age=np.inf)
    with pytest.raises(DataError) as told:
        fit(bad, y)
    assert {problem.column for problem in told.value.problems} == {"visited", "age"}


def test_text_in_a_number_at_scoring_is_refused_with_its_column(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier
) -> None:
    X, _ = survey
    later = X["size"].astype(object)
    later.iloc[:4] = "five"
    with pytest.raises(DataError, match="column 'size': 4 values are no numbers"):
        fitted.predict_proba(X.assign(size=later))


def test_dates_in_a_number_at_scoring_are_refused_and_counted(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier
) -> None:
    X, _ = survey
    with pytest.raises(DataError, match=r"column 'size': (dates|300 values are no numbers)"):
        fitted.predict_proba(X.assign(size=pd.Timestamp(2020, 1, 1)))


def test_a_column_missing_or_new_at_scoring_is_named(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier
) -> None:
    X, _ = survey
    with pytest.raises(ValueError, match=r"missing:\s+- size"):
        fitted.predict_proba(X.drop(columns="size"))
    with pytest.raises(ValueError, match=r"unseen at fit time:\s+- extra"):
        fitted.predict_proba(X.assign(extra=1))


# Weights and groups


def test_no_weight_for_one_class_is_refused_and_named(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    with pytest.raises(NotEnoughData, match=r"only one class of outcome \(0\).*weight above 0"):
        fit(X, y, sample_weight=(y == 0).astype(float))


@pytest.mark.parametrize(
    ("weight", "told"),
    [(-1.0, "(?i)negative"), (np.nan, "NaN"), (np.inf, "(?i)infinity"), (0.0, "(?i)zero|weight above 0")],
)
def test_weights_that_count_nothing_are_refused(
    survey: tuple[pd.DataFrame, np.ndarray], weight: float, told: str
) -> None:
    X, y = survey
    with pytest.raises(ValueError, match=told):
        fit(X, y, sample_weight=np.full(N, weight))


def test_rows_of_weight_zero_change_nothing(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    weight = np.where(np.arange(N) < 200, 1.0, 0.0)
    whole = fit(X, y, sample_weight=weight, groups=np.arange(N))
    part = fit(X.head(200), y[:200], groups=np.arange(200))
    np.testing.assert_array_equal(whole.predict_proba(X), part.predict_proba(X))


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_the_unit_of_weights_does_not_matter(
    survey: tuple[pd.DataFrame, np.ndarray], fitted: RiskClassifier, scale: float
) -> None:
    X, y = survey
    scaled = fit(X, y, sample_weight=np.full(N, scale))
    np.testing.assert_allclose(scaled.predict_proba(X), fitted.predict_proba(X), atol=1e-6)


def test_weights_that_let_few_rows_decide_are_told(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    weight = np.where(np.arange(N) == 0, 1e9, 1.0)
    with pytest.warns(UserWarning, match="(?i)weight"):
        model = fit(X, y, sample_weight=weight)
    assert np.isfinite(model.predict_proba(X)).all()


def test_one_household_in_all_groups_is_told_as_such(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    with pytest.warns(UserWarning, match=f"(?i)group.*{NOT_TRUSTED}"):
        model = fit(X, y, groups=["one"] * N)
    assert risk_of(model, X).mean() == pytest.approx(y.mean(), abs=0.05)


@pytest.mark.parametrize("groups", [np.zeros(N - 1), np.zeros(N + 1)], ids=["short", "long"])
def test_groups_of_another_length_are_refused(survey: tuple[pd.DataFrame, np.ndarray], groups: np.ndarray) -> None:
    X, y = survey
    with pytest.raises(ValueError, match="groups"):
        fit(X, y, groups=groups)


def test_missing_groups_are_refused(survey: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = survey
    groups = pd.Series(np.arange(N), dtype="float64").where(np.arange(N) > 9)
    with pytest.raises(ValueError, match=r"(?i)groups.*(missing|NaN)"):
        fit(X, y, groups=groups)


# Settings


@pytest.mark.parametrize("setting", [{"n_folds": 1}, {"n_folds": 0}, {"most_rounds": 0}])
def test_settings_without_sense_are_refused(survey: tuple[pd.DataFrame, np.ndarray], setting: dict[str, int]) -> None:
    X, y = survey
    with pytest.raises(UsageError, match=next(iter(setting))):
        RiskClassifier(fast=True, **setting).fit(X, y)  # type: ignore[arg-type]
