from __future__ import annotations

from pathlib import Path

import pytest

from graduation.errors import DataError, UsageError
from graduation.interventions import Intervention, Programme, Rule, load_programme, published_effects

VALID = """
[programme]
name = "demo"
version = "1"
welfare_residual_sd = 0.46
welfare_residual_sd_source = "estimate"

[arms.cash]
cost_idr = 1_500_000
effect = 0.01
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "programme.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_shipped_programme_says_where_every_figure_comes_from() -> None:
    programme = load_programme("bekasi_2024")
    assert programme.names == ["cash", "training", "capital", "training_capital", "referral"]
    for arm in programme.interventions:
        assert arm.basis == "assumed"
        assert arm.cost_source.startswith(arm.cost_evidence)
        assert arm.effect_source.startswith(arm.effect_evidence)
        assert arm.label.en
        assert arm.label.id
        assert arm.label.en != arm.label.id


def test_shipped_cash_is_open_to_all() -> None:
    assert load_programme("bekasi_2024").arm("cash").rules == ()


def test_a_file_is_read(tmp_path: Path) -> None:
    programme = load_programme(write(tmp_path, VALID))
    assert programme.arm("cash").cost_idr == 1_500_000
    assert load_programme(programme) is programme


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = VALID.replace("cost_idr = 1_500_000", "cost_idr = -1\ncolour = 'red'").replace('version = "1"\n', "")
    with pytest.raises(DataError) as caught:
        load_programme(write(tmp_path, text + "\n[bonus]\n"))
    message = str(caught.value)
    for word in ("cost_idr", "colour", "version", "[bonus]"):
        assert word in message


def test_unknown_names_are_helped() -> None:
    with pytest.raises(UsageError, match="bekasi_2024"):
        load_programme("bekasi_2023")
    with pytest.raises(UsageError, match="did you mean 'training'"):
        load_programme("bekasi_2024").arm("trainings")


@pytest.mark.parametrize(
    "rule",
    [
        {"column": "age", "reason": "x"},
        {"column": "age", "at_most": 5, "equals": 3, "reason": "x"},
        {"column": "age", "one_of": [], "reason": "x"},
        {"column": "age", "between": [1, 2], "reason": "x"},
        {"at_least": 1, "reason": "x"},
        {"column": "age", "equals": 3, "equals_column": "size", "reason": "x"},
        {"any_of": [{"column": "age"}], "reason": "x"},
        {"any_of": [{"column": "age", "equals": 3}], "optional": True, "reason": "x"},
        {"any_of": [{"column": "age", "equals": 3}], "column": "size", "at_least": 1, "reason": "x"},
    ],
)
def test_a_rule_has_one_condition(rule: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"one condition|one_of is empty|Extra inputs|any_of stands alone"):
        Rule.model_validate(rule)


@pytest.mark.parametrize("when", [{"column": "age"}, {"column": "age", "at_least": 3}, {"equals": True}])
def test_whom_a_rule_is_about_is_one_column_and_value(when: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"when\.(column|equals)"):
        Rule.model_validate({"column": "size", "at_least": 1, "when": when, "reason": "x"})


def test_a_fingerprint_is_that_of_the_content(tmp_path: Path) -> None:
    first = load_programme(write(tmp_path, VALID)).fingerprint
    head, arms = VALID.split("[arms.cash]\n")
    reordered = head + "[arms.cash]\n" + "\n".join(reversed(arms.split("\n")))
    assert load_programme(write(tmp_path, "# a comment\n" + reordered)).fingerprint == first
    assert load_programme(write(tmp_path, VALID.replace("0.01", "0.02"))).fingerprint != first
    assert len(first) == 16
    assert set(first) <= set("0123456789abcdef")


def test_arms_are_defined_once_and_none_is_reserved() -> None:
    cash = Intervention(name="cash", cost_idr=1, effect=0)
    with pytest.raises(ValueError, match="twice"):
        Programme(
            name="x", version="1", welfare_residual_sd=1, welfare_residual_sd_source="s", interventions=(cash, cash)
        )
    with pytest.raises(ValueError, match="always there"):
        Intervention(name="none", cost_idr=1, effect=0)


def test_a_found_figure_needs_its_source() -> None:
    with pytest.raises(ValueError, match="needs a cost_source"):
        Intervention(name="cash", cost_idr=1, effect=0, cost_evidence="found")


def test_a_programme_is_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_programme("bekasi_2024").arm("cash").effect = 1.0  # type: ignore[misc]


def test_published_effects_stand_in_for_numbers(tmp_path: Path) -> None:
    named = VALID.replace("effect = 0.01", 'effect_from = ["sks_2013", "graduation_india_2015"]')
    arm = load_programme(write(tmp_path, named)).arm("cash")
    assert (arm.effect, arm.effect_sd, arm.effect_source) == published_effects().assume(*arm.effect_from)
    assert arm.basis == "assumed"
    assert "sks_2013 (estimate)" in arm.effect_source
    assert Intervention.model_validate(arm.model_dump()) == arm


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("effect = 0.5", "either effect_from or effect"),
        ("effect_sd = 0.5", "either effect_from or effect_sd"),
        ('effect_evidence = "found"\neffect_source = "x"', "effect_source"),
        ('effect_evidence = "computed"', "is an estimate"),
    ],
)
def test_numbers_beside_published_effects_are_refused(tmp_path: Path, line: str, told: str) -> None:
    text = VALID.replace("effect = 0.01", f'effect_from = ["sks_2013"]\n{line}')
    with pytest.raises(DataError, match=told):
        load_programme(write(tmp_path, text))


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ('["sks_2031"]', "did you mean 'sks_2013'"),
        ('["pena"]', "no effect on log welfare for pena"),
        ('"sks"', "a list"),
    ],
)
def test_published_effects_that_are_not_there_are_refused(tmp_path: Path, given: str, told: str) -> None:
    with pytest.raises(DataError, match=told) as caught:
        load_programme(write(tmp_path, VALID.replace("effect = 0.01", f"effect_from = {given}")))
    assert "arms.cash" in str(caught.value)


@pytest.mark.parametrize("effect", [6, -5.5, 1_500_000])
def test_percent_and_rupiah_are_no_log_welfare(tmp_path: Path, effect: float) -> None:
    with pytest.raises(DataError, match=rf"'cash' {effect:g}.*percent".replace("+", r"\+")) as caught:
        load_programme(write(tmp_path, VALID.replace("effect = 0.01", f"effect = {effect}")))
    assert "0.06 is about 6 %" in str(caught.value)
    other = VALID.replace("effect = 0.01", f"effect = {effect}").replace('"1"', '"1"\neffect_unit = "percent"')
    assert load_programme(write(tmp_path, other)).arm("cash").effect == effect


def test_a_cost_that_is_missing_names_its_arm(tmp_path: Path) -> None:
    two = VALID + "\n[arms.seeds]\neffect = 0.02\n"
    with pytest.raises(DataError, match=r"arms\.seeds\.cost_idr: Field required"):
        load_programme(write(tmp_path, two))
    for bad in ("0", "-5", "nan", "inf"):
        with pytest.raises(DataError, match=r"arms\.seeds\.cost_idr"):
            load_programme(write(tmp_path, two + f"cost_idr = {bad}\n"))
        by = (
            f'cost_idr = 5\n[arms.seeds.cost_by]\ncolumn = "kecamatan"\nsource = "x"\nvalues = {{ "321605" = {bad} }}\n'
        )
        with pytest.raises(DataError, match=r"arms\.seeds\.cost_by: .*above 0.*321605"):
            load_programme(write(tmp_path, two + by))


def test_rules_of_arms_say_why_and_referrals_say_whom(tmp_path: Path) -> None:
    rule = '\n[[arms.cash.rules]]\ncolumn = "size"\nat_least = 2\n'
    with pytest.raises(DataError, match=r"arms\.cash: rules on size have no reason"):
        load_programme(write(tmp_path, VALID + rule))
    with pytest.raises(DataError, match=r"referrals\.aid: referral 'aid' has no rules"):
        load_programme(write(tmp_path, VALID + '\n[referrals.aid]\ntext = "x"\n'))


def test_a_mistyped_key_is_answered_by_the_nearest(tmp_path: Path) -> None:
    rule = '\n[[arms.cash.rules]]\ncolumn = "size"\nat_lest = 2\nreason = "x"\n'
    with pytest.raises(DataError, match=r"arms\.cash\.rules\.0\.at_lest.*[Dd]id you mean 'at_least'"):
        load_programme(write(tmp_path, VALID + rule))


def test_a_capacity_says_who_can_serve_so_many(tmp_path: Path) -> None:
    referral = load_programme("bekasi_2024").arm("referral")
    assert referral.capacity == 23 * 24
    assert "23 TKSK" in referral.capacity_source
    assert "24 claims" in referral.capacity_source
    assert referral.capacity_evidence == "estimate"
    for more, message in (("capacity = 5", "needs a capacity_source"), ("capacity = -1", "greater than or equal to 0")):
        with pytest.raises(DataError, match=message):
            load_programme(write(tmp_path, VALID.replace("cost_idr", f"{more}\ncost_idr", 1)))
