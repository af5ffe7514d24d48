from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom, chi2, norm, t

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.interventions import EffectModel
from graduation.interventions.piloting.design import PilotDesign, design_pilot
from graduation.interventions.piloting.draw import draw, quotas, read_units
from graduation.interventions.piloting.size import Design, PilotTarget

ARMS = ["cash", "training"]


def people(n: int = 900, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    desa = rng.integers(0, 60, n)
    return pd.DataFrame(
        {
            "kecamatan": np.array(["Babelan", "Cibitung", "Setu"])[desa % 3],
            "desa": desa,
            "size": rng.integers(1, 9, n).astype(float),
            "floor": rng.choice(["earth", "tile"], n),
        },
        index=pd.Index([f"H{number:04d}" for number in range(n)], name="household_id"),
    )


def found(target: PilotTarget, outcome: np.ndarray, n_arms: int) -> np.ndarray:
    """Return which trials, of outcomes (trials, 2, units) by unit, show a difference of arm means."""
    means, variances = outcome.mean(axis=2), outcome.var(axis=2, ddof=1)
    units = outcome.shape[2]
    statistic = (means[:, 1] - means[:, 0]) / np.sqrt(variances.sum(axis=1) / units)
    return np.abs(statistic) > t.ppf(1 - target.level / (2 * n_arms), 2 * units - 2)


def within(hits: np.ndarray, chance: float) -> bool:
    return bool(binom.ppf(0.0005, len(hits), chance) <= hits.sum() <= binom.ppf(0.9995, len(hits), chance))


@pytest.mark.parametrize("effect", [0.3, 0.9])
def test_the_designed_size_has_the_power_wanted(effect: float) -> None:
    target, trials = PilotTarget(effect, outcome_sd=1.0), 3_000
    design = Design(target, 2)
    units = design.units()
    outcome = np.random.default_rng(0).normal(size=(trials, 2, units))
    assert within(found(target, outcome, 2), 0.05 / 2)
    outcome[:, 1] += effect
    hits = found(target, outcome, 2)
    assert within(hits, design.power(units, effect))
    assert 0.8 <= design.power(units, effect) < 0.8 + 2 / units
    assert design.power(units - 1, effect) < 0.8


def test_the_designed_number_of_clusters_has_the_power_wanted() -> None:
    target, trials, size = PilotTarget(0.35, icc=0.1, attrition=0.25, r2=0.0), 3_000, 12
    design = Design(target, 1, size)
    units, kept = design.units(), 9
    rng = np.random.default_rng(1)
    shared, own = (
        rng.normal(0, np.sqrt(0.1), (trials, 2, units)),
        rng.normal(0, np.sqrt(0.9 / kept), (trials, 2, units)),
    )
    outcome = shared + own
    outcome[:, 1] += 0.35
    assert within(found(target, outcome, 1), design.power(units, 0.35))


def test_sizes_are_those_of_the_books() -> None:
    # Cohen (1988), table 2.4.1: 64 per arm for d = .5 and 26 for d = .8, two-sided .05, power .80.
    assert [Design(PilotTarget(d), 1).units() for d in (0.5, 0.8)] == [64, 26]
    # Bloom (1995): the smallest effect is 2.8 standard errors in large samples.
    large = Design(PilotTarget(0.02, outcome_sd=2.0), 1)
    assert large.detectable(100_000) == pytest.approx(2.8016 * large.error(100_000), rel=0.01)
    assert large.units() == pytest.approx(2 * ((norm.ppf(0.975) + norm.ppf(0.8)) * 2 / 0.02) ** 2, rel=1e-4)


def test_each_assumption_moves_the_size_as_it_should() -> None:
    plain = Design(PilotTarget(0.1), 1).units()
    assert Design(PilotTarget(0.1, attrition=0.2), 1).units() == pytest.approx(plain / 0.8, rel=0.002)
    assert Design(PilotTarget(0.1, r2=0.4), 1).units() == pytest.approx(plain * 0.6, rel=0.002)
    assert Design(PilotTarget(0.1), 3).units() > 1.2 * plain
    villages = Design(PilotTarget(0.1, icc=0.05), 1, 20)
    assert villages.inflation == pytest.approx(1 + 19 * 0.05)
    assert villages.units() * 20 == pytest.approx(plain * villages.inflation, rel=0.03)
    assert Design(PilotTarget(0.1, icc=0.05), 1, 20, 0.5).inflation == pytest.approx(1 + (1.25 * 20 - 1) * 0.05)


@pytest.mark.parametrize("size", [20, 33, 1_000])
def test_what_can_be_detected_is_enough_for_the_size(size: int) -> None:
    for sd in (1.0, 0.0371, 812_000.0):
        smallest = Design(PilotTarget(sd, outcome_sd=sd), 2).detectable(size)
        again = Design(PilotTarget(smallest, outcome_sd=sd), 2).units()
        assert again <= size
        assert Design(PilotTarget(0.98 * smallest, outcome_sd=sd), 2).units() > size


def drawn(seed: int = 0, households: pd.DataFrame | None = None, **more: object) -> PilotDesign:
    options = {"arms": ARMS, "target": PilotTarget(0.3), "strata": ["kecamatan"], "seed": seed} | more
    return design_pilot(people() if households is None else households, **options)


def test_arms_are_even_within_strata_and_over_all() -> None:
    pilot = drawn()
    wanted = int(pilot.sizes["units_needed"].iloc[0])
    assert pilot.sizes["households"].tolist() == [wanted] * 3
    assert pilot.sizes["arm"].tolist() == ["none", *ARMS]
    counts = pilot.table.groupby(["stratum", "arm"]).size().unstack()
    assert (counts.max(axis=1) - counts.min(axis=1) <= 1).all()
    assert counts.sum(axis=1).tolist() == pilot.strata["in_pilot"].tolist()
    assert (pilot.strata["left_over"] == pilot.strata["in_pilot"] % 3).all()
    in_all = people()["kecamatan"].value_counts().sort_index()
    assert (np.abs(pilot.strata["in_pilot"] - 3 * wanted * in_all.to_numpy() / 900) < 1).all()
    assert pilot.table["in_pilot"].between(0, 1).all()


def test_every_household_has_the_stated_chance_of_every_arm_and_of_the_pilot() -> None:
    units = read_units(people(n=101), ["kecamatan"], None, [])
    table = quotas(units, 77)
    arm = pd.DataFrame({seed: draw(units, table, ["none", *ARMS], seed) for seed in range(250)}).reindex(units["unit"])
    counts = np.column_stack([(arm == name).sum(axis=1) for name in ["none", *ARMS]])
    total = counts.sum(axis=1)
    expected = total[:, None] * drawn().propensity.to_numpy()[:1]
    assert ((counts - expected) ** 2 / expected).sum() < chi2.ppf(0.9999, 2 * len(units))
    chance = units["stratum"].map((table["in_pilot"] / table["units"]).set_axis(table["stratum"])).to_numpy()
    assert (np.abs(total - 250 * chance) < 4 * np.sqrt(250 * chance * (1 - chance))).all()
    assert table["in_pilot"].sum() == 77


def test_those_left_over_have_the_same_chance_of_every_arm() -> None:
    units = pd.DataFrame({"unit": list("abcd"), "stratum": "all"}, index=list("abcd"))
    arms, table = ["none", *ARMS], quotas(units, 4)
    counts = pd.concat([draw(units, table, arms, seed).value_counts().reindex(arms) for seed in range(300)], axis=1)
    twice = (counts == 2).sum(axis=1)
    assert ((counts == 1) | (counts == 2)).all().all()
    assert ((twice - 100) ** 2 / 100).sum() < chi2.ppf(0.9999, 2)


def test_row_order_and_order_of_arms_change_nothing_and_seeds_do() -> None:
    households = people()
    first = drawn(3, households, covariates=["size", "floor"])
    turned = households.iloc[np.random.default_rng(0).permutation(len(households))]
    second = drawn(3, turned, covariates=["size", "floor"], arms=ARMS[::-1])
    pd.testing.assert_frame_equal(first.table, second.table.loc[first.table.index])
    assert not first.table["arm"].equals(drawn(4, households).table["arm"].reindex(first.table.index))
    pd.testing.assert_frame_equal(first.table, drawn(3, households).table)


def test_clusters_are_whole_and_stay_whole() -> None:
    households = people(n=1_800)
    target = PilotTarget(0.55, icc=0.05)
    pilot = drawn(0, households, cluster="desa", target=target)
    assert (pilot.table.groupby("unit")["arm"].nunique() == 1).all()
    assert pilot.table.index.isin(households.index[households["desa"].isin(pilot.table["unit"].astype(int))]).all()
    assert len(pilot.table) == households["desa"].astype(str).isin(pilot.table["unit"]).sum()
    counts = pilot.table.drop_duplicates("unit").groupby(["stratum", "arm"]).size().unstack()
    assert (counts >= 2).all().all()
    assert "klaster (desa)" in pilot.plan("id")
    size = households["desa"].value_counts()
    kept = (1 + (size.std(ddof=0) / size.mean()) ** 2) * size.mean()
    assert pilot.inflation == pytest.approx(1 + (kept - 1) * 0.05)


def test_too_few_are_refused_with_what_they_can_show() -> None:
    households = people(n=300)
    with pytest.raises(NotEnoughData, match=r"300 households.*expected \d+, 306 for each of 3 arms") as refused:
        drawn(0, households, target=PilotTarget(0.25))
    able = float(str(refused.value).split("An effect of ")[1].split()[0])
    assert len(drawn(0, households, target=PilotTarget(able)).table) == 300
    with pytest.raises(NotEnoughData, match="No effect can be found"):
        drawn(0, households.iloc[:4])
    with pytest.raises(NotEnoughData, match=r"3 of 3 strata: Babelan \(\d\).*expected 6 or more.*Join strata"):
        drawn(0, people(n=3_000), cluster="desa", target=PilotTarget(1.2))


def test_no_arm_is_too_thin_for_the_analysis() -> None:
    assert drawn(0, target=PilotTarget(3.0)).sizes["households"].tolist() == [30] * 3
    villages = drawn(0, people(n=900), cluster="desa", target=PilotTarget(3.0), strata=[])
    assert villages.sizes["units"].tolist() == [5] * 3
    assert "fewer than 40 clusters" in " ".join(villages.notes())
    assert "clusters" not in " ".join(drawn().notes())


def test_what_is_wrong_with_households_is_said_at_once() -> None:
    households = people()
    twice = pd.concat([households, households.iloc[:1]])
    twice.iloc[5, 0] = None
    with pytest.raises(DataError, match="did you mean 'size'") as refused:
        design_pilot(twice, arms=ARMS, target=PilotTarget(0.3), strata=["kecamatan"], covariates=["sise"])
    assert len(refused.value.problems) == 3
    assert "1 households stand twice" in str(refused.value)
    assert "unknown for 1 households" in str(refused.value)
    split = households.assign(desa=households["desa"] % 20 // 2)
    with pytest.raises(DataError, match="10 of 10 clusters lie in several strata"):
        drawn(0, split, cluster="desa")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"arms": []}, "name each arm once"),
        ({"arms": ["cash", "none"]}, "name each arm once"),
        ({"arms": "cash"}, r"arms=\['cash'\]"),
        ({"strata": "kecamatan"}, r"strata=\['kecamatan'\]"),
    ],
)
def test_arms_and_names_are_checked(more: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        drawn(0, **more)


def test_targets_that_cannot_be_are_refused_at_once() -> None:
    with pytest.raises(UsageError, match=r"smallest_effect.*power between level and 1; icc from 0 to 1; icc, att"):
        PilotTarget(-0.1, power=80, icc=2)
    with pytest.raises(UsageError, match="attrition"):
        PilotTarget(0.1, attrition=1.0)
    with pytest.raises(UsageError, match="level"):
        PilotTarget(float("nan"), level=5)


def test_balance_is_in_standard_deviations() -> None:
    households = people()
    households.loc[households.index[::7], "size"] = np.nan
    pilot = drawn(0, households, covariates=["size", "floor"])
    shown = pilot.balance.set_index(["covariate", "arm"])["difference"]
    size = households["size"].reindex(pilot.table.index).groupby(pilot.table["arm"])
    by_hand = (size.mean()["cash"] - size.mean()["none"]) / np.sqrt(size.var().mean())
    assert shown["size", "cash"] == pytest.approx(by_hand)
    assert shown["floor earth", "cash"] == pytest.approx(-shown["floor tile", "cash"])
    assert set(pilot.balance["covariate"]) == {"size", "size unknown", "floor earth", "floor tile"}
    assert pilot.metrics()["largest_standardised_difference"] == pytest.approx(shown.abs().max())


def test_the_plan_and_the_notes_say_what_was_drawn() -> None:
    pilot = drawn(7, covariates=["size"], target=PilotTarget(0.3, icc=0.0, attrition=0.1, outcome="log consumption"))
    english, indonesian = pilot.plan(), pilot.plan("id")
    for text, mark in ((english, "."), (indonesian, ",")):
        figures = [f"{figure:g}".replace(".", mark) for figure in (0.3, pilot.detectable)]
        for fact in ("log consumption", "seed 7", "kecamatan", "kecamatan, size", *figures, "Holm"):
            assert fact in text
        assert "{" not in text
        assert all(share in text for share in ("80 %", "5 %", "10 %"))
    english, indonesian = " ".join(english.split()), " ".join(indonesian.split())
    assert "cash and training" in english
    assert "cash dan training" in indonesian
    assert f"{len(pilot.table):,} households" in english
    assert f"{900 - len(pilot.table):,} of 900 households are not" in " ".join(pilot.notes())
    assert len(pilot.plot().get_yticklabels()) == 2
    assert drawn(7).plot().get_xlabel() is not None


def test_the_chances_serve_the_analysis() -> None:
    pilot = drawn(0, covariates=["size"])
    households = people().loc[pilot.table.index]
    gain = pilot.table["arm"].map({"none": 0.0, "cash": 0.5, "training": 1.0})
    outcome = gain + np.random.default_rng(0).normal(0, 0.2, len(gain))
    model = EffectModel(n_folds=2).fit(
        households[["kecamatan", "size"]], pilot.table["arm"], outcome, propensity=pilot.propensity
    )
    assert model.average_effects_["effect"].tolist() == pytest.approx([0.5, 1.0], abs=0.1)
