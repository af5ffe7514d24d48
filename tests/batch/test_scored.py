"""Files scored chunk by chunk give what `read_registry` and `score` give in memory."""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import graduation
from graduation import ScoringSettings, score_file
from graduation.batch import about_rows, estimate, find_sources, reading, running
from graduation.errors import DataError, Interrupted, ModelError, UsageError
from graduation.risk import Model
from graduation.schema.column import Column

SETTINGS = ScoringSettings(reasons=2, rows_per_chunk=400)


@pytest.fixture(scope="module")
def table(waves: graduation.Waves) -> pd.DataFrame:
    """A wave with rows given twice in different chunks, and one cell that is no number."""
    wave = waves.tables[1].astype(object)
    clash = wave.iloc[[5]].assign(household_size=wave["household_size"].iloc[5] + 1)
    dirty = pd.concat([wave, wave.iloc[[3, 700]], clash], ignore_index=True)
    dirty.loc[11, "household_size"] = "many"
    return dirty


@pytest.fixture(scope="module")
def expected(table: pd.DataFrame, waves: graduation.Waves, model: Model) -> pd.DataFrame:
    registry = graduation.read_registry(table, schema=waves.dictionary)
    return graduation.score(registry, model, reasons=2, language="id").table.sort_index()


def scored(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path).set_index("household_id").sort_index()


def as_files(table: pd.DataFrame, folder: Path, kind: str) -> Path:
    folder.mkdir()
    if kind == "csv":
        table.to_csv(folder / "registry.csv", index=False)
        return folder / "registry.csv"
    for number, start in enumerate((0, 500, 1000)):
        part = table.drop(columns=["household_size"]).iloc[start : start + 500 if number < 2 else None]
        size = table["household_size"].iloc[part.index].astype(str)
        part.assign(household_size=size).convert_dtypes().to_parquet(folder / f"part-{number}.parquet")
    return folder


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_the_same_as_in_memory(
    kind: str, table: pd.DataFrame, expected: pd.DataFrame, model: Model, tmp_path: Path
) -> None:
    source = as_files(table, tmp_path / "source", kind)
    out = tmp_path / "scores.parquet"
    told = score_file(source, model, out, settings=ScoringSettings(reasons=2, language="id", rows_per_chunk=400))
    found = scored(out)
    for name in ("risk", "risk_low", "risk_high", "rank", "pathway", "kecamatan", "reason_1", "reason_2"):
        assert found[name].tolist() == expected[name].tolist(), name
    within = found["risk"].groupby(found["kecamatan"], observed=True).rank(ascending=False, method="min")
    assert (found["rank_in_kecamatan"] >= within).all()
    assert found.groupby("kecamatan", observed=True)["rank_in_kecamatan"].max().sum() == len(found)
    assert told.facts["rows"]["read"] == len(table)
    assert told.table["households"].sum() == len(found)
    rules = {(one["rule"], one["column"]): one["rows"] for one in told.facts["rules"]}
    assert rules[("repeated_row", "household_id")] >= 2
    assert ("not_a_number", "household_size") in rules


def test_stopped_and_resumed(
    table: pd.DataFrame, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = as_files(table, tmp_path / "source", "csv")
    few = ScoringSettings(reasons=2, rows_per_chunk=200, threads=1)
    whole, out = tmp_path / "whole.parquet", tmp_path / "scores.parquet"
    score_file(source, model, whole, settings=few)

    def stop(done: int) -> None:
        if done >= 200:
            raise KeyboardInterrupt

    with pytest.raises(Interrupted, match="--resume"):
        score_file(source, model, out, settings=few, progress=stop)
    assert not out.exists()
    with pytest.raises(UsageError, match="interrupted run"):
        score_file(source, model, out, settings=few)
    calls: list[int] = []
    one = running._one
    monkeypatch.setattr(running, "_one", lambda *args: (calls.append(args[1]), one(*args))[1])
    score_file(source, model, out, settings=few, resume=True)
    assert 0 < len(calls) < 8
    assert out.read_bytes() == whole.read_bytes()


def test_a_text_file_is_read_again_as_a_whole(
    table: pd.DataFrame, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[Path] = []
    text_rows = reading.text_rows
    monkeypatch.setattr(
        reading, "text_rows", lambda path, *args, **more: (read.append(path), text_rows(path, *args, **more))[1]
    )
    source = as_files(pd.concat([table, table]), tmp_path / "source", "csv")
    told = score_file(
        source,
        model,
        tmp_path / "scores.parquet",
        settings=ScoringSettings(reasons=0, rows_per_chunk=200, max_rejected=1.0),
    )
    assert told.facts["parts"] > 10
    # To score, to judge what repeats by id and by each unique column, and to list it.
    assert len(read) <= 3 + sum(column.unique for column in model.dictionary.columns.values())


def test_columns_of_files_whose_values_are_unique(model: Model, waves: graduation.Waves, tmp_path: Path) -> None:
    new = {
        name: Column.model_validate(
            {"name": name, "type": "text", "role": "ignored", "unique": True, "required": False}
        )
        for name in ("meter", "phone")
    }
    known = model.dictionary.model_copy(update={"columns": {**model.dictionary.columns, **new}})
    (tmp_path / "source").mkdir()
    for number, phones in enumerate(([*range(98), "7x", "7x"], ["8x", "7x", *range(1000, 1098)])):
        part = waves.tables[1].iloc[100 * number : 100 * number + 100]
        part.assign(phone=phones).to_csv(tmp_path / "source" / f"{number}.csv", index=False)
    whole = Model(model.risk, known, model.card)
    told = score_file(tmp_path / "source", whole, tmp_path / "scores.csv", settings=SETTINGS)
    rules = {(one["rule"], one["column"]): one["rows"] for one in told.facts["rules"]}
    assert rules == {("duplicate_value", "phone"): 3}
    text = (tmp_path / "source" / "1.csv").read_text().replace(",phone\n", ",telephone\n", 1)
    (tmp_path / "source" / "1.csv").write_text(text)
    with pytest.raises(DataError, match=r"1.csv: refused[\s\S]*other columns than in 0.csv: 'phone' is missing"):
        score_file(tmp_path / "source", whole, tmp_path / "again.csv", settings=SETTINGS)
    with pytest.raises(UsageError, match="is the registry"):
        score_file(tmp_path / "source", whole, tmp_path / "source" / "1.csv", settings=SETTINGS, force=True)


def test_the_highest_only(table: pd.DataFrame, expected: pd.DataFrame, model: Model, tmp_path: Path) -> None:
    source = as_files(table, tmp_path / "source", "csv")
    score_file(source, model, tmp_path / "top.csv", settings=ScoringSettings(reasons=0, top=20, rows_per_chunk=400))
    top = pd.read_csv(tmp_path / "top.csv")
    assert top["household_id"].tolist() == expected.sort_values("rank").index[:20].tolist()
    assert top["rank"].tolist() == list(range(1, 21))


def test_too_many_rows_set_aside(table: pd.DataFrame, model: Model, tmp_path: Path) -> None:
    source = as_files(table.assign(household_size="many"), tmp_path / "source", "csv")
    with pytest.raises(DataError, match="not a number"):
        score_file(source, model, tmp_path / "scores.parquet", settings=SETTINGS)
    assert not (tmp_path / "scores.parquet").exists()


def test_no_numbers_of_identity_are_written(table: pd.DataFrame, model: Model, tmp_path: Path) -> None:
    source = as_files(table, tmp_path / "source", "csv")
    score_file(source, model, tmp_path / "scores.csv", settings=SETTINGS)
    identity = set(table["nik"].dropna().astype(str)) if "nik" in table else {"3216"}
    written = "".join(path.read_text() for path in tmp_path.iterdir() if path.is_file())
    assert not any(number in written for number in identity if len(number) == 16)


def test_a_model_with_histories_is_refused(model: Model, waves: graduation.Waves, tmp_path: Path) -> None:
    column = model.dictionary.columns["household_size"].model_copy(update={"history": True, "name": "earlier_size"})
    columns = {**model.dictionary.columns, "earlier_size": column}
    reads_histories = Model(model.risk, model.dictionary.model_copy(update={"columns": columns}), model.card)
    source = as_files(waves.tables[1].head(50), tmp_path / "source", "csv")
    with pytest.raises(ModelError, match="histories"):
        score_file(source, reads_histories, tmp_path / "scores.parquet")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_estimate_writes_nothing(kind: str, table: pd.DataFrame, model: Model, tmp_path: Path) -> None:
    source = as_files(table, tmp_path / "source", kind)
    before = sorted(tmp_path.rglob("*"))
    told = estimate(source, model, settings=SETTINGS)
    assert abs(told.rows - len(table)) <= (0 if kind == "parquet" else 0.1 * len(table))
    assert about_rows(find_sources(source)) == told.rows
    assert told.seconds > 0
    assert told.memory > 10**7
    assert sorted(tmp_path.rglob("*")) == before


def test_nothing_is_known_of_a_household(model: Model, waves: graduation.Waves, tmp_path: Path) -> None:
    wave = waves.tables[1].head(30)
    optional = [
        name for name in wave if name in model.dictionary.columns and not model.dictionary.columns[name].required
    ]
    source = as_files(wave.assign(**dict.fromkeys(optional, pd.NA)), tmp_path / "source", "csv")
    score_file(source, model, tmp_path / "scores.parquet", settings=SETTINGS)
    assert np.isfinite(scored(tmp_path / "scores.parquet")["risk"]).all()


def test_a_refusal_says_what_becomes_of_the_scores(
    table: pd.DataFrame, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "source").mkdir()
    table.iloc[20:800].to_csv(tmp_path / "source" / "1.csv", index=False)
    table.iloc[800:].assign(household_size="many").to_csv(tmp_path / "source" / "2.csv", index=False)
    out, strict = tmp_path / "scores.csv", ScoringSettings(reasons=0, rows_per_chunk=400, max_rejected=0.2)
    with pytest.raises(DataError, match=r"in 2\.csv: row \d+, column 'household_size': not a number") as told:
        score_file(tmp_path / "source", model, out, settings=strict)
    assert "higher --max-rejected (max_rejected) and --resume" in str(told.value)
    assert "; expected at most 20.0%" in str(told.value)
    monkeypatch.setattr(running, "_one", lambda *_: pytest.fail("scored again"))
    scored_file = score_file(tmp_path / "source", model, out, settings=replace(strict, max_rejected=0.9), resume=True)
    assert scored_file.facts["rows"]["written"] > 700


def test_nothing_stays_of_a_registry_that_must_be_corrected(table: pd.DataFrame, model: Model, tmp_path: Path) -> None:
    known = model.dictionary
    required = known.columns["household_size"].model_copy(update={"required": True})
    needed = known.model_copy(update={"columns": {**known.columns, "household_size": required}})
    table = table.iloc[20:300]
    table.assign(household_size=None).to_csv(tmp_path / "registry.csv", index=False)
    out = tmp_path / "scores.csv"
    with pytest.raises(DataError, match="no usable value in any row"):
        score_file(tmp_path / "registry.csv", Model(model.risk, needed, model.card), out, settings=SETTINGS)
    table.to_csv(tmp_path / "registry.csv", index=False)
    again = score_file(tmp_path / "registry.csv", Model(model.risk, needed, model.card), out, settings=SETTINGS)
    assert again.facts["rows"]["read"] == len(table)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_file_that_vanishes_during_the_run(kind: str, table: pd.DataFrame, model: Model, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    for number in range(2):
        part, path = table.iloc[200 * number : 200 * number + 200], tmp_path / "source" / f"{number}.{kind}"
        part.to_csv(path, index=False) if kind == "csv" else part.astype(str).to_parquet(path)
    away = tmp_path / "away"

    def vanish(_: int) -> None:
        if path.exists():
            path.rename(away)

    few = ScoringSettings(reasons=0, rows_per_chunk=50, max_rejected=1.0)
    with pytest.raises(UsageError, match=rf"1\.{kind}: could be read when the run began.*--resume"):
        score_file(tmp_path / "source", model, tmp_path / "scores.csv", settings=few, progress=vanish)
    away.rename(path)
    told = score_file(tmp_path / "source", model, tmp_path / "scores.csv", settings=few, resume=True)
    assert told.facts["rows"]["read"] == 400


def test_the_run_record_tells_how(table: pd.DataFrame, model: Model, tmp_path: Path) -> None:
    source = as_files(table, tmp_path / "source", "csv")
    settings = ScoringSettings(reasons=1, language="id", both=True, seed=5, top=30, rows_per_chunk=500, threads=1)
    score_file(source, model, tmp_path / "scores.csv", settings=settings)
    record = json.loads((tmp_path / "scores.csv.run.json").read_text())
    assert record["options"] == {name: value for name, value in vars(settings).items() if name != "scheduler"}
    (told,) = record["sources"]
    assert told["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
    assert record["rows"]["read"] == record["rows"]["ranked"] + record["rows"]["set_aside"] == len(table)
    for what in ("output", "rejected"):
        assert record[what]["sha256"] == hashlib.sha256(Path(record[what]["path"]).read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "wrong",
    [
        {"threads": 0}, {"top": 0}, {"rows_per_chunk": 0}, {"reasons": -1}, {"level": 2}, {"language": "xx"},
        {"max_rejected": 5}, {"seed": 1.5}, {"threads": True}, {"level": float("nan")},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    ((name, value),) = wrong.items()
    with pytest.raises(UsageError, match=rf"^{name} is {value!r}, expected .+"):
        ScoringSettings(**wrong)
    with pytest.raises(UsageError, match=r"reasons is -1.*; .*is "):
        ScoringSettings(**{"threads": 0, **wrong, "reasons": -1})


def test_an_estimate_where_the_system_tells_no_memory(
    table: pd.DataFrame, model: Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = as_files(table.head(100), tmp_path / "source", "csv")
    # As on Windows, where there is no such module.
    monkeypatch.setitem(sys.modules, "resource", None)
    told = estimate(source, model, settings=SETTINGS)
    assert np.isnan(told.memory)
    assert "memory that this system does not tell" in told.summary()
