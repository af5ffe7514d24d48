"""Features that know too much: what could only be known after the outcome must not reach a model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from graduation.features import feature_frame, feature_title
from graduation.panel import Panel, hash_labels, in_hashed_share
from graduation.results import Result
from graduation.risk import RiskClassifier
from graduation.workflows.telltale import auc, auc_alone, codings, likeness, standard_error

# Nothing but welfare itself ranks next year's poverty like this: income alone reaches .84 on a real panel (EPH).
IMPLAUSIBLE_AUC = 0.95
# Below this a feature is no leak worth the name, whatever it says of the state now.
MODEST_AUC = 0.75
# What is measured now tells the state now at least as well as the state a wave later; a leak tells the later one.
AHEAD_OF_STATE = 0.05
# Taking all income away costs .03 on a real panel (EPH); one column that costs this much carries the answer.
IMPLAUSIBLE_LOSS = 0.10
# A copy with up to a few hundredths of noise, rounding or recoding.
COPY = 0.97
STANDARD_ERRORS = 2.0
# Beyond this many rows the figures no longer move, and the time does.
MAX_ROWS, MAX_ROWS_OF_MODEL = 20_000, 4_000
N_FOLDS, N_REMOVED, ROWS_SHUFFLED = 5, 3, 400
MIN_CASES = 20
STATE = "(state now)"
COLUMNS = ["feature", "label", "check", "value", "threshold", "flagged"]
SENTENCES = {
    "alone": "alone ranks the outcome with an AUC of {value:.2f}, where {threshold:.2f} is the most to be believed",
    "copy": "is nearly a copy of what is known only later (likeness {value:.2f})",
    "later": "is known only later by the dictionary, and yet among the features",
    "removal": "takes {value:.2f} of AUC away when it is left out, where {threshold:.2f} is the most to be believed",
}
REMEDY = (
    "Find out when each is recorded. If it is after the wave it stands beside, or is made of the outcome, mark it "
    '`known = "later"` in the dictionary and train again. Nothing was left out by itself.'
)


@dataclass(frozen=True)
class LeakageCheck(Result):
    """What each feature tells of the outcome, beside the most that is to be believed.

    Attributes
    ----------
    table : DataFrame
        `feature`, `label`, `check` (alone, copy, later, removal), `value`, `threshold`, `flagged`.
    n_rows : int
        Rows that were looked at.
    """

    table: pd.DataFrame
    n_rows: int
    title = "Leakage check"

    def frame(self) -> pd.DataFrame:
        return self.table

    def shown(self) -> pd.DataFrame:
        """Return what is flagged first, then the strongest of the rest."""
        return self.table.sort_values(["flagged", "value"], ascending=False, kind="stable").head(15)

    @property
    def flagged(self) -> list[str]:
        """Return the features that know too much."""
        return list(dict.fromkeys(self.table.loc[self.table["flagged"], "feature"]))

    def warnings(self) -> list[str]:
        """Return one sentence for each flag, and what to do; nothing where there is none."""
        found = [
            f"WARNING, possible leak: {row['feature']} ({row['label']}) {SENTENCES[row['check']].format_map(row)}."
            for row in self.table[self.table["flagged"]].to_dict("records")
        ]
        return [*found, REMEDY] if found else []

    def notes(self) -> list[str]:
        quiet = "No feature looks like a leak. That is no proof: a leak may be spread over many weak features."
        scope = f"Looked at {self.n_rows:,} rows; AUC out of fold by household, weighted, missing counted as an answer."
        return [*(self.warnings() or [quiet]), scope]

    def metrics(self) -> dict[str, float]:
        return {"n_features_flagged_as_leaks": float(len(self.flagged))}


def check_leakage(panel: Panel, *, seed: int = 0) -> LeakageCheck:
    """Look for features that know what only the next wave can show.

    Parameters
    ----------
    panel : Panel
        Of more than 20,000 rows, whole households are drawn by a hash.
    seed : int
        Seeds that hash, the folds and the quick model.

    Returns
    -------
    LeakageCheck
        Four checks. `alone`: the feature by itself ranks the outcome implausibly well, and better than it ranks the
        state now. `copy`: it is nearly the same as the outcome or as a column that is known only later. `later`: the
        dictionary says that it is known only later. `removal`: a quick model loses implausibly much without it, tried
        on the three features that matter most to it. Welfare now and what is made of it are listed, never flagged.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> graduation.check_leakage(graduation.pair_waves(*registries)).flagged
    []
    """
    panel = _drawn(panel, MAX_ROWS, seed)
    X = feature_frame(panel.households, panel.dictionary)
    cases = min(int(panel.outcome.sum()), int((1 - panel.outcome).sum()))
    alone = _alone(panel, X, seed) if cases >= MIN_CASES else pd.DataFrame(columns=[*COLUMNS, "state_auc"])
    now = set(alone.loc[alone["state_auc"] > alone["value"] + AHEAD_OF_STATE, "feature"])
    removed = _removed(panel, X, now, seed) if cases >= 2 * MIN_CASES else []
    rows = [*alone.drop(columns="state_auc").to_dict("records"), *_copies(panel, X, seed), *_later(panel, X), *removed]
    table = pd.DataFrame(rows, columns=["feature", "check", "value", "threshold", "flagged"]).astype({"flagged": bool})
    table["label"] = [feature_title(name, panel.dictionary) for name in table["feature"]]
    return LeakageCheck(table[COLUMNS], len(X))


def _drawn(panel: Panel, n: int, seed: int) -> Panel:
    """Return about n rows of whole households, in an order that the file does not decide."""
    order = np.argsort(hash_labels(panel.outcome.index, seed), kind="stable")
    ordered = {
        name: getattr(panel, name).iloc[order] for name in ("households", "outcome", "state", "weight", "groups")
    }
    panel = Panel(**ordered, counts=panel.counts, dictionary=panel.dictionary)
    if len(order) <= n:
        return panel
    return panel.subset(in_hashed_share(panel.groups["household"], n / len(order), seed))


def _alone(panel: Panel, X: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Say how well each feature alone ranks the outcome and the state now."""
    outcome, state, weight = (one.to_numpy(dtype="float64") for one in (panel.outcome, panel.state, panel.weight))
    fold = (hash_labels(pd.Index(panel.groups["household"]), seed + 1) % N_FOLDS).astype(np.int64)
    exempt = set(panel.dictionary.tells_state)
    rows = []
    for name in X:
        codes = codings(X[name])
        value, of_state = (auc_alone(codes, target, weight, fold) for target in (outcome, state))
        believed = max(MODEST_AUC, (0.5 if np.isnan(of_state) else of_state) + AHEAD_OF_STATE)
        threshold = min(IMPLAUSIBLE_AUC, believed + STANDARD_ERRORS * standard_error(value, outcome, weight))
        flagged = value > threshold and name not in exempt
        row = {"feature": name, "check": "alone", "value": value, "threshold": threshold, "flagged": flagged}
        rows.append({**row, "state_auc": of_state})
    return pd.DataFrame(rows)


def _copies(panel: Panel, X: pd.DataFrame, seed: int) -> list[dict[str, object]]:
    """Compare each feature with the outcome and with the columns known only later; a place may stay the same."""
    dictionary = panel.dictionary
    later = [name for name, column in dictionary.columns.items() if not column.is_known and name in panel.households]
    targets = [panel.outcome, *(_plain(panel.households[name]) for name in later)]
    half = in_hashed_share(panel.groups["household"], 0.5, seed + 2)
    rows: list[dict[str, object]] = []
    for name in [name for name in X if name not in dictionary.role("place")]:
        value = max(likeness(X[name], target, half) for target in targets)
        rows.append({"feature": name, "check": "copy", "value": value, "threshold": COPY, "flagged": value > COPY})
    return rows


def _plain(values: pd.Series) -> pd.Series:
    return values.astype("float64") if pd.api.types.is_bool_dtype(values) else values


def _later(panel: Panel, X: pd.DataFrame) -> list[dict[str, object]]:
    """Name the features that, by the dictionary's own knowledge dates, are known only later."""
    columns = panel.dictionary.columns
    names = [name for name in X if name in columns and not columns[name].is_known]
    return [{"feature": name, "check": "later", "value": 1.0, "threshold": 0.0, "flagged": True} for name in names]


def _removed(panel: Panel, X: pd.DataFrame, now: set[str], seed: int) -> list[dict[str, object]]:
    """Say what a quick model loses without each of the features that matter most to it.

    What tells the state now far better than the outcome, as welfare does, may cost much and is no leak.
    """
    part = _drawn(panel, MAX_ROWS_OF_MODEL, seed + 3)
    table = X.loc[part.outcome.index].assign(**{STATE: part.state.astype("float64")})
    test = in_hashed_share(part.groups["household"], 0.4, seed + 4)
    if min(part.outcome[~test].nunique(), part.outcome[test].nunique()) < 2:
        return []
    whole, model = _fitted_auc(part, table, test, seed)
    y, weight = part.outcome[test].to_numpy(), part.weight[test].to_numpy()
    # Both models are measured on the same rows, so one standard error of either is generous.
    threshold = IMPLAUSIBLE_LOSS + standard_error(whole, y, weight)
    rows: list[dict[str, object]] = []
    for name in _most_important(model, table[test].head(ROWS_SHUFFLED), seed):
        loss = whole - _fitted_auc(part, table.drop(columns=name), test, seed)[0]
        flagged = loss > threshold and name not in now | set(panel.dictionary.tells_state)
        rows.append({"feature": name, "check": "removal", "value": loss, "threshold": threshold, "flagged": flagged})
    return rows


def _fitted_auc(part: Panel, table: pd.DataFrame, test: np.ndarray, seed: int) -> tuple[float, RiskClassifier]:
    """Return the held-out AUC of a quick model, and the model."""
    learn, held_out = part.subset(~test), part.subset(test)
    model = _quick(seed).fit(table[~test], learn.outcome, sample_weight=learn.weight, groups=learn.groups["household"])
    risk = model.predict_proba(table[test])[:, 1]
    return auc(held_out.outcome.to_numpy(), risk, held_out.weight.to_numpy()), model


def _most_important(model: RiskClassifier, table: pd.DataFrame, seed: int) -> list[str]:
    """Return the features whose shuffling moves the risk most; all shuffled tables are scored at once."""
    order = np.random.default_rng(seed).permutation(len(table))
    names = [str(name) for name in table if name != STATE]
    shuffled = [table.assign(**{name: table[name].to_numpy()[order]}) for name in names]
    risk = model.predict_proba(pd.concat([table, *shuffled], ignore_index=True))[:, 1].reshape(len(names) + 1, -1)
    return pd.Series(np.abs(risk[1:] - risk[0]).mean(axis=1), index=names).nlargest(N_REMOVED).index.tolist()


def _quick(seed: int) -> RiskClassifier:
    """Return a model that is good enough to see a leak by."""
    return RiskClassifier(fast=True, n_folds=2, most_rounds=60, seed=seed)
