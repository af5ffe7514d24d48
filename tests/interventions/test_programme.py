from __future__ import annotations

from pathlib import Path

import pytest

from graduation.errors import DataError, UsageError
from graduation.interventions import Intervention, Programme, Rule, load_programme

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
    assert programme.names == ["cash", "training", "capital", "training_capital"]
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
    ],
)
def test_a_rule_has_one_condition(rule: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"one condition|one_of is empty|Extra inputs"):
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
