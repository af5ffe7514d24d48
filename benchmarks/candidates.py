"""What a planner could run by hand: AUC, average precision and seconds of each rule; and of the quantile regression.

On data that no final figure comes from: EPH pairs of 2004-2006 tested on 2007Q4-2008Q4, with income over the basket
as welfare and without; and made-up waves, split by village. Then the interior-point quantile regression against
scikit-learn's, on one thread.
"""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
from eph import DATA, ROOT
from sklearn.linear_model import QuantileRegressor
from threadpoolctl import threadpool_limits

import graduation
from graduation.risk import candidate_scores, fit_scorecard
from graduation.risk.candidates import means_tests, prepared
from graduation.risk.candidates.quantile import LinearQuantile
from graduation.risk.candidates.tables import household_features
from graduation.schema import Column, load_dictionary

TRAIN_QUARTERS, TEST_QUARTERS, TRAIN_ROWS = (8016, 8027), (8031, 8035), 30_000
Parts = tuple[graduation.Panel, graduation.Panel]


def eph(*, welfare: bool) -> Parts:
    table = pd.read_parquet(DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet")
    train = table[table["t"].between(*TRAIN_QUARTERS)].sample(TRAIN_ROWS, random_state=0)
    pairs = pd.concat([train, table[table["t"].between(*TEST_QUARTERS)]])
    dictionary = load_dictionary(ROOT / "examples" / "argentina_eph" / "dictionary.toml")
    if welfare:
        pairs["welfare"] = np.exp(pairs["l_inc"])
        column = Column(name="welfare", type="number", role="welfare", label="Income over the basket")
        dictionary = dictionary.model_copy(update={"columns": {**dictionary.columns, "welfare": column}})
    panel = graduation.pair_waves(graduation.read_registry(pairs, schema=dictionary))
    return replace(panel, weight=panel.weight * 0 + 1).split("time", at=TEST_QUARTERS[0])


def made_up() -> Parts:
    waves = graduation.make_waves(20_000, seed=1)
    registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    return graduation.pair_waves(*registries).split("place")


def show(name: str, parts: Parts) -> None:
    train, test = parts
    started = time.perf_counter()
    fit_scorecard(train)
    for_card = time.perf_counter() - started
    scores = candidate_scores(train, test)
    for_all = time.perf_counter() - started - for_card
    print(f"\n{name}: {len(train.outcome):,} to learn, {len(test.outcome):,} to test")
    print(f"scorecard alone {for_card:.1f} s, all rules with it {for_all:.1f} s")
    found = graduation.compare(test.outcome, scores, weight=test.weight).frame()
    columns = ["method", "roc_auc", "average_precision", "exclusion_error"]
    print(found[columns].to_string(index=False, float_format="%.3f"))


def quantiles(train: graduation.Panel, rows: int) -> None:
    part = train.subset(np.arange(len(train.outcome)) < rows)
    y = np.log(part.households["welfare"].astype("float64"))
    X = np.asarray(prepared(None)[:-1].fit_transform(household_features(part)))
    for kind, model in (
        ("interior point", LinearQuantile(0.125)),
        ("scikit-learn, highs", QuantileRegressor(quantile=0.125, alpha=0, solver="highs")),
    ):
        started = time.perf_counter()
        rest = y - model.fit(X, y).predict(X)
        loss = np.where(rest > 0, 0.125 * rest, -0.875 * rest).mean()
        print(f"{rows:,} x {X.shape[1]}: {kind:<20} loss {loss:.6f}, {time.perf_counter() - started:.1f} s")


if __name__ == "__main__":
    with_income = eph(welfare=True)
    show("EPH, income as welfare", with_income)
    show("EPH, no welfare", eph(welfare=False))
    show("made-up waves", made_up())
    with threadpool_limits(limits=1):
        started = time.perf_counter()
        means_tests.quantile_pmt(*with_income, "welfare")
        print(f"\nquantile_pmt alone on {TRAIN_ROWS:,} rows: {time.perf_counter() - started:.1f} s")
        for rows in (2_000, 8_000):
            quantiles(with_income[0], rows)
