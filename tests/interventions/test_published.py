"""The catalogue of published effects, and what it lets assume."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graduation.errors import DataError, NotEnoughData, UsageError
from graduation.interventions import load_programme, published_effects
from graduation.interventions.pooling import random_effects
from graduation.interventions.published import MARKS

FOUND = published_effects()
ENTRY = """
[one]
arm = "cash"
title = "One"
source = "made up"
setting = { country = "X", population = "all" }
outcome = "consumption"
figure = 5
figure_unit = "percent"
figure_mark = "found"
conversion = "log(1 + figure / 100)"
"""
EFFECT = """effect = 0.05
effect_sd = 0.02
effect_mark = "computed"
sd_mark = "estimate"
transport = { discount = 0.5, sd = 0.03, reason = "far" }
"""


def catalogue(folder: Path, text: str) -> Path:
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_what_has_to_be_there_is_there() -> None:
    table = FOUND.frame().set_index("id")
    assert table.index.is_unique
    assert (table.loc[table.index.str.fullmatch(r"graduation_[a-z]+_2015"), "figure_mark"] == "computed").sum() == 6
    for word in ("bandhan", "brac", "niger", "sks", "sri_lanka", "ghana", "mckenzie", "vocational", "prakerja"):
        assert table.index.str.contains(word).any(), word
    for word in ("unconditional_cash", "pkh_2011", "macours", "pena"):
        assert table.index.str.startswith(word).any(), word
    assert table[["source", "country", "population", "outcome", "figure_unit"]].ne("").all(axis=None)


def test_an_effect_is_the_published_figure_on_a_log_scale() -> None:
    table = FOUND.frame()
    plain = table[table["figure_unit"].str.startswith("percent of the control mean") & table["effect"].notna()]
    assert len(plain) >= 7
    expected = [round(math.log1p(float(figure) / 100), 4) for figure in plain["figure"]]
    assert plain["effect"].tolist() == expected


def test_an_effect_is_never_firmer_than_its_figure_or_conversion() -> None:
    table = FOUND.frame().dropna(subset=["effect"])
    for row in table.itertuples():
        assert MARKS.index(row.effect_mark) >= MARKS.index(row.figure_mark)
    assert not (table["effect_mark"] == "found").any()
    remembered = [entry.id for entry in FOUND.entries if "memory" in entry.conversion]
    assert remembered
    assert table.set_index("id").loc[remembered, "effect_mark"].isin(["memory", "estimate"]).all()


def test_the_figures_of_niger_are_those_of_its_tables(real_data: Path) -> None:
    rows = pd.read_csv(real_data / "niger_effects_costs" / "itt_by_arm.csv")
    rows = rows[(rows["table"] == "table_ed1") & (rows["wave"] == "18m") & rows["outcome"].str.contains("Gross")]
    table = FOUND.frame().set_index("id")
    for row in rows.itertuples():
        entry = table.loc[f"niger_2022_{row.arm}"]
        assert float(entry["figure"]) == row.coef
        assert f"standard error {row.se:g}" in entry["figure_unit"]
        assert entry["effect_sd"] / entry["effect"] == pytest.approx(row.se / row.coef, rel=0.01)
    assert table.loc[["niger_2022_capital", "niger_2022_psychosocial", "niger_2022_full"], "cost"].tolist() == [
        482, 263, 584,
    ]  # fmt: skip


def test_the_figures_of_pakistan_are_those_of_its_records(real_data: Path) -> None:
    rows = pd.read_csv(real_data / "pakistan_graduation" / "graduation.csv")
    treated, control = (rows.loc[rows["treatment"] == arm, "ctotal_pcmonth_end"].dropna() for arm in (1, 0))
    error = np.sqrt(treated.var() / len(treated) + control.var() / len(control))
    entry = FOUND.frame().set_index("id").loc["graduation_pakistan_2015"]
    assert entry["effect_sd"] == pytest.approx(error / control.mean() / (treated.mean() / control.mean()), abs=5e-4)


def test_transport_shrinks_the_effect_and_adds_doubt() -> None:
    table = FOUND.frame().dropna(subset=["effect"])
    np.testing.assert_allclose(table["transported"], table["effect"] * table["discount"])
    squares = (table["effect_sd"] * table["discount"]) ** 2 + table["transport_sd"] ** 2
    np.testing.assert_allclose(table["transported_sd"], np.sqrt(squares))


def test_one_entry_alone_is_assumed_as_it_is_transported() -> None:
    row = FOUND.frame().set_index("id").loc["niger_2022_capital"]
    made = FOUND.assume("niger_2022_capital")
    assert made.effect == pytest.approx(row["transported"], abs=1e-4)
    assert made.effect_sd == pytest.approx(row["transported_sd"], abs=1e-4)
    assert made.source == "estimate: niger_2022_capital (memory), discounted for transport"
    assert FOUND.assume("capital") == made


def test_random_effects_against_the_method_of_paule_and_mandel_by_hand() -> None:
    effects, sds = np.array([0.148, 0.13, 0.044, -0.034]), np.array([0.04, 0.03, 0.02, 0.05])
    pooled = random_effects(effects, sds)
    weights = 1 / (sds**2 + pooled.between_sd**2)
    assert pooled.between_sd > 0
    assert (weights * (effects - pooled.mean) ** 2).sum() == pytest.approx(3, abs=1e-6)
    assert pooled.mean == pytest.approx(np.average(effects, weights=weights))
    assert pooled.standard_error == pytest.approx(weights.sum() ** -0.5)
    alike = random_effects(np.array([0.1, 0.11]), np.array([0.05, 0.1]))
    assert alike.between_sd == 0
    assert alike.mean == pytest.approx((0.1 / 0.05**2 + 0.11 / 0.1**2) / (1 / 0.05**2 + 1 / 0.1**2))


def test_the_doubt_holds_for_a_further_place() -> None:
    """Leave each of the six sites out: the interval assumed from the others holds it, as one of the mean would not."""
    sites = [entry for entry in FOUND.entries if entry.id.startswith("graduation_") and entry.effect is not None]
    held = held_by_mean = 0
    for site in sites:
        others = [one for one in sites if one is not site]
        mean, error, between = random_effects(
            np.array([one.effect for one in others]), np.array([one.effect_sd for one in others])
        )
        held += abs(site.effect - mean) < 1.96 * np.sqrt(error**2 + between**2 + site.effect_sd**2)
        held_by_mean += abs(site.effect - mean) < 1.96 * error
        made = FOUND.assume(*(one.id for one in others))
        assert made.effect_sd > np.sqrt((0.7 * error) ** 2 + (0.7 * between) ** 2)
    assert held >= 5 > held_by_mean


def test_doubt_of_transport_is_shared_and_does_not_average_away(tmp_path: Path) -> None:
    text = "".join((ENTRY + EFFECT).replace("[one]", f"[e{number}]") for number in range(40))
    made = published_effects(catalogue(tmp_path, text)).assume("cash")
    assert made.effect == pytest.approx(0.025)
    assert 0.03 <= made.effect_sd < 0.031


def test_order_and_repetition_change_nothing() -> None:
    assert FOUND.assume("sks_2013", "brac_tup_2017") == FOUND.assume("brac_tup_2017", "sks_2013", "sks_2013")
    assert FOUND.assume("graduation") == FOUND.assume("graduation", "sks_2013")


def test_what_cannot_be_assumed_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'graduations' \(did you mean 'graduation'\?\).*'goats'"):
        FOUND.assume("graduations", "goats")
    with pytest.raises(UsageError, match="none was named"):
        FOUND.assume()
    with pytest.raises(NotEnoughData, match="no effect on log welfare for pena"):
        FOUND.assume("niger_2022_capital", "pena")
    with pytest.raises(NotEnoughData, match="cash"):
        FOUND.assume("cash")


def test_faults_of_a_catalogue_are_told_at_once(tmp_path: Path) -> None:
    firm = ENTRY.replace('"found"', '"memory"') + EFFECT
    half = ENTRY.replace("[one]", "[two]") + "effect = 0.05\n"
    odd = ENTRY.replace("[one]", "[three]").replace('arm = "cash"', 'arm = "goats"') + "colour = 'red'\n"
    nothing_left = (ENTRY + EFFECT).replace("[one]", "[four]").replace("discount = 0.5", "discount = 0")
    percent = (ENTRY + EFFECT).replace("[one]", "[five]").replace("effect = 0.05", "effect = 5")
    with pytest.raises(DataError) as caught:
        published_effects(catalogue(tmp_path, firm + half + odd + nothing_left + percent))
    text = str(caught.value)
    assert "[one] the file: the effect is marked 'computed', firmer than its figure: 'memory'" in text
    assert "[two] the file: an effect needs" in text
    for words in ("[three] arm", "[three] colour", "[four] transport.discount", "[five] effect"):
        assert words in text, text


def test_the_shipped_programme_assumes_what_the_catalogue_gives() -> None:
    programme = load_programme("bekasi_2024")
    from_studies = [arm for arm in programme.interventions if arm.effect_from]
    assert [arm.name for arm in from_studies] == ["capital", "training_capital"]
    for arm in from_studies:
        assert (arm.effect, arm.effect_sd, arm.effect_source) == FOUND.assume(*arm.effect_from)
        assert arm.effect_evidence == "estimate"
    assert programme.arm("capital").effect < programme.arm("training_capital").effect


def test_it_reads_and_draws() -> None:
    table = FOUND.frame()
    ax = FOUND.plot()
    drawn = int(table["effect"].notna().sum())
    assert len(ax.get_yticklabels()) == drawn
    assert f"{len(table)} entries" in FOUND.notes()[0]
    assert "memory" in FOUND.notes()[0]
    assert f"{len(table) - drawn} entries cannot be turned into log welfare" in FOUND.notes()[1]
    assert "graduation_pakistan_2015" not in FOUND.summary()
    assert "Graduation, Pakistan" in FOUND.summary()
