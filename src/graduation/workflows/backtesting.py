"""Models trained on the past and tested on each later wave: how they age, and when they expire."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from graduation.errors import UsageError
from graduation.evaluate.draws import Design, bootstrap, sentences
from graduation.panel import Panel, pair_waves
from graduation.risk import PATHWAYS, RiskClassifier
from graduation.schema import Dictionary, Registry
from graduation.workflows.ageing import Backtest
from graduation.workflows.decay import FIGURES, Cell, Measured, decay_table
from graduation.workflows.expiry import loss_table, verdict_table
from graduation.workflows.fitting import directions, fit_risk, predicted_risk
from graduation.workflows.origins import choose_origins, told, training_part

ORIGINS = 6
TOLERANCE = 0.01
PARTS = ("all", *PATHWAYS)
Progress = Callable[[str], None]


def backtest(
    waves: Registry | Sequence[Registry] | Panel,
    *,
    window: float | None = None,
    origins: int = ORIGINS,
    fast: bool = True,
    tolerance: float = TOLERANCE,
    seed: int = 0,
    progress: Progress | None = None,
) -> Backtest:
    """Train on the past, test on each later wave, and say how fast models decay and when they must be renewed.

    A model of time T learns from all pairs whose outcome was known by T, and from nothing else, and is tested on every
    wave from T on; its age there is the time between. Waves differ in how hard they are, so models are compared on the
    same wave only.

    Parameters
    ----------
    waves : sequence of Registry, Registry, or Panel
        Three waves or more, oldest first, read with one dictionary; or a registry of pairs at several times, or a panel
        of several first waves. Three waves test one model once; four give the first comparison of two ages.
    window : float, optional
        Learn only from first waves at most this many units of the time column before T, and only at times T with a
        full window, so that models differ in age and not in the amount of data. By default from all of the past.
    origins : int
        At most this many models, evenly spaced, the latest among them.
    fast : bool
        As in `RiskClassifier`; the full recipe takes about ten times as long.
    tolerance : float
        Loss of AUC against the freshest model that is put up with.
    seed : int
        Of fits and intervals. Same seed and same rows, in any order: same result.
    progress : callable, optional
        Called with one sentence before each step.

    Returns
    -------
    Backtest
        `.cells`, `.decay`, `.losses` and `.verdicts` are tidy tables; `.expires_after` is an age or None.

    Raises
    ------
    NotEnoughData
        When no wave comes after the first model that could be trained.
    UsageError
        When an option is out of range, or households have no time.

    Notes
    -----
    Decay is the slope on age of ``metric = effect of the wave + slope x age``, weighted by the wave's extreme poor.
    Its interval, and that of every figure, comes from one bootstrap of sampling units (places, else households), each
    drawn with all its rows of all waves. The rule of expiry is in the notes of the result, with its limits.

    References
    ----------
    Rao & Wu (1988), JASA 83 (bootstrap of sampling units). Montiel Olea & Plagborg-Moller (2019), Journal of Applied
    Econometrics 34 (bands over all ages at once). Steyerberg (2019), Clinical Prediction Models, chapters 15 and 20.

    Examples
    --------
    >>> import graduation
    >>> waves = graduation.make_waves(600, waves=4, seed=1)
    >>> registries = [graduation.read_registry(table, schema=waves.dictionary) for table in waves.tables]
    >>> found = graduation.backtest(registries)
    >>> found.age_unit, found.frame()["age"].unique().tolist()
    ('months', [0.0, 12.0])
    """
    _refuse(window, origins, tolerance, seed)
    panel = _in_order(_panel(waves))
    chosen = choose_origins(panel, window, origins)
    tests = panel.subset(panel.groups["time"] >= chosen.chosen[0])
    unit = pd.factorize(tests.cluster.astype(str), sort=True)[0].astype(np.intp)
    design = Design.of(len(unit), unit, None)
    recipe = RiskClassifier(seed=seed, fast=fast, directions=directions(panel))
    tell = progress or (lambda _: None)
    cells: list[Cell] = []
    sizes = []
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", UserWarning)
        for number, origin in enumerate(chosen.chosen, start=1):
            learn = training_part(panel, origin, window)
            tell(f"fitting model {number} of {len(chosen.chosen)}, as of {origin:g}, on {len(learn.outcome):,} pairs")
            cells += _cells(tests, learn, recipe, origin, design)
            sizes.append(len(learn.outcome))
    tell(f"measuring {len(cells):,} tests")
    measured = _measured(tuple(cells), design, seed)
    said = [f"Said while fitting: {text}." for text in dict.fromkeys(str(one.message) for one in heard)]
    remarks = (*told(panel, chosen, sizes, window), *said, *_tested(tests, measured), *sentences(design, seed, {}))
    return _result(measured, age_unit(panel.dictionary), tolerance, remarks)


def _result(measured: Measured, unit: str, tolerance: float, remarks: tuple[str, ...]) -> Backtest:
    losses = loss_table(measured, PARTS, tolerance)
    return Backtest(
        cells=measured.table(unit),
        decay=decay_table(measured, PARTS),
        losses=losses,
        verdicts=verdict_table(losses, PARTS, unit),
        age_unit=unit,
        tolerance=tolerance,
        remarks=remarks,
    )


def _panel(waves: Registry | Sequence[Registry] | Panel) -> Panel:
    if isinstance(waves, Panel):
        return waves
    return pair_waves(*([waves] if isinstance(waves, Registry) else waves))


def age_unit(dictionary: Dictionary) -> str:
    """Return what ages are counted in."""
    time = dictionary.one("time")
    if time is None:
        return "waves"
    return "months" if dictionary.months else f"units of {time}"


def _refuse(window: float | None, origins: int, tolerance: float, seed: int) -> None:
    faults = []
    if window is not None and not (isinstance(window, int | float | np.number) and window > 0):
        faults.append(f"window is {window!r}; expected a number above 0, in units of the time column")
    if not isinstance(origins, int | np.integer) or origins < 1:
        faults.append(f"origins is {origins!r}; expected a whole number, 1 or more")
    if not 0 <= tolerance < 0.5:
        faults.append(f"tolerance is {tolerance!r}; expected a loss of AUC of 0 or more, under 0.5")
    if not isinstance(seed, int | np.integer) or seed < 0:
        faults.append(f"seed is {seed!r}; expected a whole number, 0 or more")
    if faults:
        raise UsageError(". ".join(faults))


def _in_order(panel: Panel) -> Panel:
    """Return the rows in an order that the file does not decide."""
    if panel.groups["time"].isna().any():
        raise UsageError(
            "a backtest needs to know when each household was seen: give three waves or more, or a file with a column "
            "that has the role 'time'"
        )
    keys = panel.groups[["time", "household"]].reset_index(drop=True)
    order = keys.sort_values(["time", "household"], kind="stable").index
    parts = ("households", "outcome", "state", "weight", "groups")
    return replace(panel, **{name: getattr(panel, name).iloc[order] for name in parts})


def _cells(tests: Panel, learn: Panel, recipe: RiskClassifier, origin: float, design: Design) -> list[Cell]:
    """Fit the model of `origin` and return its tests: every wave from then on, all households and each pathway."""
    risk = predicted_risk(fit_risk(learn, recipe, "household"), tests, tests.state)
    time, months = tests.groups["time"].to_numpy("float64"), tests.dictionary.months or 1
    columns = pd.DataFrame(
        {
            "risk": risk.to_numpy(),
            "outcome": tests.outcome.to_numpy(),
            "weight": tests.weight.to_numpy(),
            "unit": design.unit,
            "seen": tests.groups["household"].isin(learn.groups["household"]).to_numpy(),
        }
    )
    parts = {"all": np.ones(len(time), dtype=bool)}
    parts |= {name: tests.state.to_numpy() == code for name, code in PATHWAYS.items()}
    return [
        Cell.of((origin, float(wave), float(wave - origin) * months, name), columns[(time == wave) & rows])
        for wave in np.unique(time[time >= origin])
        for name, rows in parts.items()
    ]


def _measured(cells: tuple[Cell, ...], design: Design, seed: int) -> Measured:
    """Measure all tests in the data and in the same draws of sampling units."""

    def measure(counts: np.ndarray) -> np.ndarray:
        return np.stack([cell.figures(counts) for cell in cells], axis=1)

    point = measure(np.ones((1, design.n_units)))
    draws = bootstrap(design, seed, measure)
    joined = np.concatenate(draws) if draws else np.empty((0, len(cells), len(FIGURES)))
    return Measured(cells, point[0], joined, design)


def _tested(tests: Panel, measured: Measured) -> list[str]:
    """Say whom training had seen, and what is undefined."""
    whole = [cell for cell in measured.cells if cell.pathway == "all"]
    seen, rows = sum(cell.n_seen for cell in whole), sum(cell.n for cell in whole)
    found = [f"Of {rows:,} households tested, {seen:,} had been seen in training at an earlier time, as in use."]
    ignored = int((tests.weight == 0).sum())
    if ignored:
        found.append(f"{ignored:,} households with weight 0 count for nothing and are left out.")
    undefined = [cell for cell in measured.cells if not cell.has_both]
    if undefined:
        names = ", ".join(f"{cell.pathway} {cell.tested:g} (model of {cell.origin:g})" for cell in undefined[:5])
        more = f" and {len(undefined) - 5} more" if len(undefined) > 5 else ""
        found.append(f"Undefined, one outcome only or no households: {names}{more}.")
    return found
