"""A trial that will show what arms do: its size, who is in it, who gets what by lot, and the plan of its analysis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from graduation import plots
from graduation.errors import NotEnoughData, UsageError
from graduation.interventions.chances import CHANCE
from graduation.interventions.estimating.effects import EffectModel
from graduation.interventions.estimating.records import FEWEST_CLUSTERS
from graduation.interventions.piloting.draw import balance, draw, quotas, read_units, refuse_small_strata
from graduation.interventions.piloting.plan import plan_text
from graduation.interventions.piloting.size import Design, PilotTarget
from graduation.results import Result
from graduation.schema import Language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Past this many standard deviations, adjusting for a covariate by a straight line is not safe (Imbens & Rubin 2015,
# section 14.2).
FAR_APART = 0.25
# With fewer clusters, errors robust to clusters come out too small (Cameron, Gelbach & Miller 2008, Review of Economics
# and Statistics 90).
FEW_CLUSTERS = 40


@dataclass(frozen=True)
class PilotDesign(Result):
    """Who is in a trial and gets which arm, what it can show, and how it will be analysed.

    Attributes
    ----------
    table : DataFrame
        One row per household in the trial, indexed by id, in the order given: `stratum`, `unit` (its cluster, or its
        own id), `arm`, `in_pilot` (the chance that its unit had to be drawn into the trial, 0 to 1).
    sizes : DataFrame
        One row per arm, control first: `arm`, `units`, `households` (drawn), `units_needed`.
    strata : DataFrame
        One row per stratum: `stratum`, `units` (there are), `in_pilot` (drawn), `left_over` (drawn beyond a multiple
        of the number of arms, whose arms are dealt on through the strata).
    balance : DataFrame
        `covariate`, `arm`, `difference` to the control before the trial, in standard deviations.
    target : PilotTarget
    detectable : float
        Smallest effect that is found with the power wanted at the size drawn, in the target's units.
    inflation : float
        Factor by which clusters enlarge the variance (design effect).
    population : int
        Households to draw from.
    seed : int
        Of the lot.
    strata_by, covariates : tuple of str
    cluster : str or None
    """

    table: pd.DataFrame
    sizes: pd.DataFrame
    strata: pd.DataFrame
    balance: pd.DataFrame
    target: PilotTarget
    detectable: float
    inflation: float
    population: int
    seed: int
    strata_by: tuple[str, ...] = ()
    covariates: tuple[str, ...] = ()
    cluster: str | None = None
    title = "A trial of the arms"

    @property
    def propensity(self) -> pd.DataFrame:
        """Exact chance of each arm for each household of the trial (n, arms), as `EffectModel.fit` takes it."""
        arms = self.sizes["arm"].tolist()
        return pd.DataFrame(1 / len(arms), index=self.table.index, columns=arms)

    def frame(self) -> pd.DataFrame:
        """Return one row per household in the trial, with the chance of each arm as records of a programme have it."""
        return self.table.join(self.propensity.add_prefix(CHANCE)).reset_index()

    def shown(self) -> pd.DataFrame:
        """Return one row per arm."""
        return self.sizes

    def plan(self, language: Language = "en") -> str:
        """Return the plan of the analysis, to be filed before the outcomes are known."""
        least, most = int(self.sizes["units"].min()), int(self.sizes["units"].max())
        facts = {
            "treatments": self.sizes["arm"].tolist()[1:], "control": self.sizes["arm"].iloc[0],
            "n_units": int(self.sizes["units"].sum()), "n_households": len(self.table),
            "per_arm": f"{least:,}" if least == most else f"{least:,} - {most:,}",
            "needed": int(self.sizes["units_needed"].iloc[0]), "population": self.population, "seed": self.seed,
            "strata": self.strata_by, "covariates": self.covariates, "cluster": self.cluster, "target": self.target,
            "detectable": self.detectable,
        }  # fmt: skip
        return plan_text(facts, language)

    def notes(self) -> list[str]:
        """Return power, who is left out, and balance."""
        target, unit = self.target, f"clusters ({self.cluster})" if self.cluster else "households"
        far = self.balance[self.balance["difference"].abs() > FAR_APART]
        told = ", ".join(f"{row.covariate} ({row.arm} {row.difference:+.2f})" for row in far.itertuples())
        small = self.strata.loc[self.strata["in_pilot"] < len(self.sizes), "stratum"].tolist()
        notes = [
            f"Arms are drawn by lot with seed {self.seed}, {unit} within strata; every one has a chance of 1 in "
            f"{len(self.sizes)} of each arm. {int(self.strata['left_over'].sum()):,} do not fill up their stratum "
            "evenly; their arms are dealt on from stratum to stratum.",
            f"Effects of {self.detectable:g} or more are found with a chance of {target.power:.0%} at the "
            f"{target.level:.0%} level over all arms (wanted: {target.smallest_effect:g}).",
            f"{self.population - len(self.table):,} of {self.population:,} households are not in the trial.",
        ]
        if far.size:
            notes.append(f"More than {FAR_APART:g} standard deviations from the control before the trial: {told}.")
        if self.cluster and self.sizes["units"].sum() < FEW_CLUSTERS:
            notes.append(f"With fewer than {FEW_CLUSTERS} clusters, intervals robust to clusters may be too narrow.")
        if small:
            notes.append(f"Strata too small to hold every arm: {', '.join(small[:10])}; join them to others.")
        return notes

    def metrics(self) -> dict[str, float]:
        """Return sizes, the smallest effect that can be found, and the largest imbalance."""
        worst = float(self.balance["difference"].abs().max()) if len(self.balance) else float("nan")
        return {
            "households": float(len(self.table)), "units": float(self.sizes["units"].sum()),
            "units_needed_per_arm": float(self.sizes["units_needed"].iloc[0]), "detectable_effect": self.detectable,
            "design_effect": self.inflation, "largest_standardised_difference": worst,
        }  # fmt: skip

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw how far arms are from the control before the trial, or without covariates the size of the arms."""
        if self.balance.empty:
            ax = plots.bars(self.sizes, label="arm", value="households", ax=ax)
            ax.set_xlabel("households drawn")
            return ax
        table = self.balance.assign(label=self.balance["covariate"] + ", " + self.balance["arm"])
        ax = plots.bars(table.fillna({"difference": 0.0}), label="label", value="difference", ax=ax)
        ax.set_xlabel("difference to the control, standard deviations")
        return ax


def design_pilot(
    households: pd.DataFrame,
    *,
    arms: Sequence[str],
    target: PilotTarget,
    strata: Sequence[str] = (),
    cluster: str | None = None,
    covariates: Sequence[str] = (),
    control: str = "none",
    seed: int = 0,
) -> PilotDesign:
    """Return the size of a trial, who is in it, and who gets which arm by lot.

    Every arm is compared with the control by a two-sided t-test whose level is shared by the arms (Bonferroni; Holm's
    method, which the plan uses, finds at least as much). The households needed are drawn from those given in
    proportion to strata, arms within strata by a hash of the id and the seed: the same in any order of the rows.

    Parameters
    ----------
    households : DataFrame
        Indexed by unique ids: all that the trial may draw from.
    arms : sequence of str
        What is tried, without the control.
    target : PilotTarget
        The effect that should be found, how surely, and what is assumed of the outcome.
    strata : sequence of str
        Columns within whose values arms are balanced: place, say, or a band of risk.
    cluster : str, optional
        Column of the villages, say, whose households all get the same arm.
    covariates : sequence of str
        Columns shown in the balance table and named in the plan.
    control : str
        The arm the others are compared with.
    seed : int
        Of the lot; keep it with the plan.

    Raises
    ------
    NotEnoughData
        When there are fewer households or clusters than needed, with the smallest effect that they can show; when a
        stratum has fewer than two clusters per arm.
    DataError, UsageError
        When columns or values are missing, ids stand twice, clusters lie in several strata, or arms are not distinct.

    References
    ----------
    Duflo, Glennerster & Kremer (2007), Using randomization in development economics research, Handbook of Development
    Economics 4; Bloom (1995), Evaluation Review 19; Athey & Imbens (2017), The econometrics of randomized experiments;
    Cohen (1988), Statistical Power Analysis; Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> ids = pd.Index([f"H{number:04d}" for number in range(1_000)], name="household_id")
    >>> households = pd.DataFrame({"kecamatan": ["Babelan", "Cibitung"] * 500}, index=ids)
    >>> pilot = design_pilot(
    ...     households, arms=["cash", "training"], target=PilotTarget(smallest_effect=0.25), strata=["kecamatan"]
    ... )
    >>> pilot.sizes[["arm", "households", "units_needed"]].values.tolist()
    [['none', 306, 306], ['cash', 306, 306], ['training', 306, 306]]
    >>> pilot.detectable
    0.25
    """
    named = _arms(arms, control)
    covariates, strata = _several(covariates, "covariates"), _several(strata, "strata")
    units = read_units(households, strata, cluster, covariates)
    design, wanted = _sized(units, target, n_arms=len(named))
    table = quotas(units, wanted * len(named))
    if cluster:
        refuse_small_strata(table, len(named))
    dealt = draw(units, table, named, seed)
    chance = (table["in_pilot"] / table["units"]).set_axis(table["stratum"])
    inside = units.assign(arm=units["unit"].map(dealt), in_pilot=units["stratum"].map(chance)).dropna(subset="arm")
    counts = {"units": dealt, "households": inside["arm"]}
    drawn = {name: values.value_counts().reindex(named).to_numpy() for name, values in counts.items()}
    return PilotDesign(
        table=inside[["stratum", "unit", "arm", "in_pilot"]],
        sizes=pd.DataFrame({"arm": named, **drawn, "units_needed": wanted}),
        strata=table.assign(left_over=table["in_pilot"] % len(named)),
        balance=balance(households, inside["arm"], control, covariates),
        target=target,
        detectable=design.detectable(wanted),
        inflation=design.inflation,
        population=len(households),
        seed=seed,
        strata_by=strata,
        covariates=covariates,
        cluster=cluster,
    )


def _arms(arms: Sequence[str], control: str) -> list[str]:
    named = [control, *_several(arms, "arms")]
    if len(named) < 2 or len(set(named)) < len(named):
        raise UsageError(f"arms are {', '.join(named[1:]) or 'none'} and the control '{control}'; name each arm once")
    return named


def _several(names: Sequence[str], what: str) -> tuple[str, ...]:
    if isinstance(names, str):
        raise UsageError(f"{what}='{names}' is one text; give a list: {what}=['{names}']")
    return tuple(names)


def _sized(units: pd.DataFrame, target: PilotTarget, *, n_arms: int) -> tuple[Design, int]:
    """Return the design and the units needed per arm; where there are too few, say what those there are can show."""
    sizes = units["unit"].value_counts().to_numpy()
    design = Design(target, n_arms - 1, float(np.mean(sizes)), float(np.std(sizes) / np.mean(sizes)))
    wanted, there = max(design.units(), _least(design)), len(sizes) // n_arms
    if wanted > there:
        kind = "households" if len(sizes) == len(units) else "clusters"
        can = f"An effect of {design.detectable(there):,.6g}" if there > 1 else "No effect"
        raise NotEnoughData(
            f"{len(sizes):,} {kind} to draw from",
            expected=f"{wanted * n_arms:,}, {wanted:,} for each of {n_arms} arms, to find {target.smallest_effect:g}",
            remedy=f"{can} can be found with these; set smallest_effect to it, try fewer arms, or add places.",
            source="households of the pilot",
        )
    return design, wanted


def _least(design: Design) -> int:
    """Return the units per arm below which the analysis, a cross-fitted `EffectModel`, would refuse the records."""
    model = EffectModel()
    kept = design.size * (1 - design.target.attrition)
    return max(FEWEST_CLUSTERS, int(np.ceil(model.min_records / kept)))
