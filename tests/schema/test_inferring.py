"""A dictionary proposed for an unknown survey: what it says, what it holds back, and that it reads its own file."""

from __future__ import annotations

import time
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graduation
from graduation.features import feature_frame
from graduation.io import read_table
from graduation.schema import infer_dictionary, load_dictionary
from tests.conftest import REAL_DATA, ROOT

N = 400
EPH = REAL_DATA / "argentina_eph" / "eph_pairs_2003_2014.parquet"
needs_data = pytest.mark.skipif(not EPH.is_file(), reason="set GRADUATION_REAL_DATA to the folder of real data")


def survey(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"hhid": [f"h{i:04d}" for i in range(N)], **columns})


def drawn(values: list[object], shares: list[float] | None = None) -> list[object]:
    """Return N cells with each value in its share of the rows, in no order."""
    rng = np.random.default_rng(5)
    return [values[place] for place in rng.choice(len(values), N, p=shares)]


def one(**columns: object) -> pd.Series:
    """Return what is proposed for the only column beside the id."""
    return infer_dictionary(survey(**columns)).frame().iloc[1]


def read_back(table: pd.DataFrame, toml: str, folder: Path) -> graduation.Registry:
    path = folder / "proposed.toml"
    path.write_text(toml, encoding="utf-8")
    return graduation.read_registry(table, schema=path)


@pytest.mark.parametrize(
    ("values", "shares", "missing"),
    [
        ([0, 1], None, ""),
        ([1, 2], None, ""),
        ([1, 5, 8, 9], [0.5, 0.44, 0.03, 0.03], "8, 9"),
        ([1, 3], None, ""),
        ([0, 1, 2, 9], [0.02, 0.5, 0.46, 0.02], "0, 9"),
        ([0, 1, -9], [0.5, 0.45, 0.05], "-9"),
        ([1, 2, 99], [0.5, 0.45, 0.05], "99"),
        (["ya", "tidak"], None, ""),
        (["Yes", "No", "NA"], [0.5, 0.45, 0.05], "NA"),
        (["sí", "no", "no sabe"], [0.5, 0.45, 0.05], "no sabe"),
        ([True, False], None, ""),
        (["1.0", "0.0"], None, ""),
    ],
)
def test_yes_or_no(values: list[object], shares: list[float] | None, missing: str) -> None:
    found = one(has_tv=drawn(values, shares))
    assert (found["type"], found["role"], found["missing"]) == ("boolean", "feature", missing)


@pytest.mark.parametrize(
    ("name", "values", "shares", "kind", "missing"),
    [
        ("floor", [1, 2, 3, 4, 9], [0.5, 0.3, 0.1, 0.05, 0.05], "category", "9"),
        ("floor", [1, 2, 3, 98, 99], [0.5, 0.3, 0.1, 0.05, 0.05], "category", "98, 99"),
        ("floor", [0, 1, 2, 3], [0.01, 0.5, 0.3, 0.19], "category", "0"),
        ("work", [0, 1, 4, 8, 11], [0.2] * 5, "category", ""),
        ("tenure", list(range(1, 10)), [0.5, 0.05, 0.2, 0.05, 0.05, 0.05, 0.02, 0.05, 0.03], "category", ""),
        ("rank", list(range(10)), [0.1] * 10, "category", ""),
        ("rooms", [0, 1, 2, 3, 4], [0.6, 0.2, 0.1, 0.08, 0.02], "integer", ""),
        ("rooms", [1, 2, 3, 4, 5, 6, 7, 99], [0.1, 0.25, 0.3, 0.2, 0.08, 0.04, 0.01, 0.02], "integer", "99"),
        ("rooms", [0, 1, 2, 3, -9], [0.6, 0.2, 0.12, 0.05, 0.03], "integer", "-9"),
        ("sex", [1, 2], None, "category", ""),
        ("water", ["well", "tap", "none"], None, "category", ""),
        ("age", list(range(18, 90)), None, "integer", ""),
        ("area", [10.5, 20.25, 31.0, 42.125], None, "number", ""),
        ("born", ["1990-01-31", "2001-12-05"], None, "date", ""),
        ("seen", [20200131, 20211205, 20190604], None, "date", ""),
    ],
)
def test_codes_counts_amounts_dates(
    name: str, values: list[object], shares: list[float] | None, kind: str, missing: str
) -> None:
    found = one(**{name: drawn(values, shares)})
    assert (found["type"], found["missing"]) == (kind, missing)


def test_a_nine_that_ends_a_count_is_an_answer() -> None:
    found = one(persons=drawn([0, 1, 2, 3, 4, 5, 6, 9], [0.4, 0.25, 0.15, 0.1, 0.05, 0.03, 0.015, 0.005]))
    assert (found["type"], found["missing"]) == ("integer", "")


def test_an_age_of_ninety_nine_is_no_mark_where_others_are_nearly_as_old() -> None:
    assert one(age=drawn([*range(15, 96), 99]))["missing"] == ""


def test_roles_by_value_and_name() -> None:
    rng = np.random.default_rng(1)
    table = survey(
        provinsi=drawn([31, 32, 33]), penimbang=rng.uniform(10, 900, N).round(2),
        pengeluaran_per_kapita=rng.lognormal(13, 0.6, N).round(), birth_weight_kg=rng.normal(3, 0.4, N).round(2),
        tahun=[2023] * N, receives_cash=drawn([1, 2]), nothing=[None] * N, same=[7] * N,
    )  # fmt: skip
    roles = infer_dictionary(table).frame().set_index("name")["role"].to_dict()
    assert roles == {
        "hhid": "id", "provinsi": "place", "penimbang": "weight", "pengeluaran_per_kapita": "welfare",
        "birth_weight_kg": "feature", "tahun": "time", "receives_cash": "programme", "nothing": "ignored",
        "same": "ignored",
    }  # fmt: skip


def test_what_names_a_person_is_never_written_out(tmp_path: Path) -> None:
    secrets = {
        "nama": drawn(["Siti Aminah", "Budi Santoso"]), "alamat": drawn(["Jalan Mawar", "Jalan Melati"]),
        "telepon": [8_120_000_000 + i for i in range(N)], "latitude": np.linspace(-6.123, -6.456, N),
        "nik": [f"3216{i:012d}" for i in range(N)], "enumerator": drawn(["Agus", "Dewi"]),
        "remarks": [f"the house of family {i}" for i in range(N)], "rare": ["Pak Hasan", *["none there"] * (N - 1)],
    }  # fmt: skip
    table = survey(**secrets)
    proposal = infer_dictionary(table)
    roles = proposal.frame().set_index("name")["role"]
    assert set(roles.drop(["hhid", "remarks", "rare"])) == {"identity"}
    assert roles["remarks"] == "ignored"
    said = proposal.toml + proposal.frame().to_csv() + proposal.summary()
    assert [
        str(cell) for cells in secrets.values() for cell in set(cells) if str(cell) in said and cell != "none there"
    ] == []
    households = read_back(table, proposal.toml, tmp_path).households
    assert not set(secrets) & set(households) - {"remarks", "rare"}


def test_what_is_asked_again_later_is_no_feature(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    now, later = rng.integers(0, 2, N), rng.integers(0, 2, N)
    table = survey(
        extreme_poor=now, extreme_poor_1=later, food=rng.normal(size=N), food_1=rng.normal(size=N),
        work=drawn([1, 2, 9], [0.5, 0.4, 0.1]), work_1=drawn([0, 1, 2, 3], [0.7, 0.2, 0.08, 0.02]),
        copy_of_it=later * 3 + rng.uniform(0, 0.1, N), q_1=drawn([1, 2]), q_2=drawn([1, 2]), q=drawn([1, 2]),
    )  # fmt: skip
    frame = infer_dictionary(table).frame().set_index("name")
    assert frame.loc[["extreme_poor", "extreme_poor_1"], "role"].tolist() == ["state", "outcome"]
    assert set(frame.index[frame["known"] == "later"]) == {"extreme_poor_1", "food_1"}
    assert "later" in frame.loc["work_1", "check"]
    assert frame.loc["copy_of_it", "role"] == "ignored"
    assert frame.loc["q_1", "check"] == ""
    dictionary = read_back(table, infer_dictionary(table).toml, tmp_path).dictionary
    assert set(dictionary.features) == {"food", "work", "work_1", "q", "q_1", "q_2"}


def test_an_id_may_need_a_time() -> None:
    table = pd.concat([survey(tahun=2020, x=1.5), survey(tahun=2021, x=2.5)])
    proposal = infer_dictionary(table)
    assert (proposal.keys.id, proposal.keys.time, proposal.keys.repeats) == ("hhid", "tahun", True)
    assert "repeats = true" in proposal.toml


def test_a_file_without_an_id_is_told_what_to_do(tmp_path: Path) -> None:
    table = pd.DataFrame({"has_tv": drawn([1, 2]), "floor": drawn([1, 2, 3])})
    proposal = infer_dictionary(table)
    assert proposal.keys.id is None
    assert "NO ID" in proposal.toml
    table["household_id"] = range(N)
    filled = proposal.toml.replace("# [columns.household_id]", "[columns.household_id]")
    filled = filled.replace('# type = "text"', 'type = "text"').replace('# role = "id"', 'role = "id"')
    # The lines taken out of comments stand before the head, where TOML allows them.
    assert len(read_back(table, filled, tmp_path).households) == N


def test_a_family_card_as_the_only_id_asks_for_pseudonyms() -> None:
    proposal = infer_dictionary(pd.DataFrame({"no_kk": [f"3216{i:012d}" for i in range(N)], "x": drawn([1, 2])}))
    assert proposal.keys.id == "no_kk"
    assert "GRADUATION_PSEUDONYM_KEY" in proposal.toml
    assert 'privacy = "identifier"' in proposal.toml


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (pd.DataFrame(), "no columns"),
        (survey().head(0), "no rows"),
        (survey().head(1), "one row"),
        (pd.concat([survey(), survey()], axis=1), "'hhid': a column name used twice"),
        (survey(**{"": 1}), "no name for the column at place 2"),
    ],
)
def test_what_cannot_be_described_is_refused(table: pd.DataFrame, words: str) -> None:
    with pytest.raises(graduation.DataError, match=words):
        infer_dictionary(table)


def test_nasty_cells_and_names_are_read_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    table = survey(
        raw=[b"\x00\xff"] * N, lists=[[1, 2]] * N, when=pd.date_range("2020", periods=N),
        flag=pd.array(rng.random(N) < 0.5, dtype="boolean"), kind=pd.Categorical(drawn(["u", "v"])),
        words=drawn(['a"b', "c\\d", "e\nf", "\x7f", "ü"]), endless=drawn([1.5, 2.5, np.inf], [0.5, 0.49, 0.01]),
        **{'a b "q" \n x': drawn([1, 2]), "pendapatan (Rp)": rng.lognormal(13, 1, N), "x.y": drawn([1, 2, 3]),
           "ünï": rng.normal(size=N), "pendapatan_rp": rng.normal(size=N)},
    )  # fmt: skip
    proposal = infer_dictionary(table)
    registry = read_back(table, proposal.toml, tmp_path)
    assert set(registry.unused) == {"raw", "lists"}
    assert registry.n_rejected == table["endless"].isin([np.inf]).sum()
    assert {"pendapatan_rp", "pendapatan_rp_2"} <= set(registry.dictionary.columns)


@given(
    st.lists(
        st.one_of(st.none(), st.integers(-99, 9999), st.floats(-5, 5), st.text(max_size=5), st.booleans()),
        min_size=2, max_size=40,
    )
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_any_cells_give_a_dictionary_that_loads(cells: list[object]) -> None:
    table = pd.DataFrame({"hhid": [f"h{i}" for i in range(len(cells))], "x": pd.Series(cells, dtype=object)})
    content = tomllib.loads(infer_dictionary(table).toml)
    columns = {name: {"name": name, **column} for name, column in content["columns"].items()}
    built = graduation.Dictionary.model_validate({**content["dictionary"], "columns": columns})
    assert built.id == "hhid"


def test_a_comma_before_decimals_and_days_of_all_kinds(tmp_path: Path) -> None:
    table = survey(
        income=[f"{1 + i % 9}.{i % 1000:03d},{i % 100:02d}" for i in range(N)],
        people=[f"{1 + i % 9},{i % 1000:03d}" for i in range(N)],
        born=[f"{i % 28 + 1}/{i % 12 + 1}/2020" for i in range(N)],
        us=[f"{i % 12 + 1}/{i % 28 + 1}/2020" for i in range(N)],
    )  # fmt: skip
    table.to_csv(tmp_path / "survey.csv", index=False, sep=";")
    proposal = infer_dictionary(read_table(tmp_path / "survey.csv"))
    frame = proposal.frame().set_index("name")
    assert frame["type"].to_dict() == {
        "hhid": "text",
        "income": "number",
        "people": "text",
        "born": "date",
        "us": "date",
    }
    (tmp_path / "survey.toml").write_text(proposal.toml)
    households = graduation.read_registry(tmp_path / "survey.csv", schema=tmp_path / "survey.toml").households
    assert households.loc["h0001", "income"] == 2001.01
    assert households.loc["h0020", ["born", "us"]].astype(str).tolist() == ["2020-09-21", "2020-09-21"]


def test_welfare_without_a_state_brings_a_line_to_replace(tmp_path: Path) -> None:
    table = survey(gasto_per_capita=np.random.default_rng(6).lognormal(5, 0.7, N))
    proposal = infer_dictionary(table)
    dictionary = read_back(table, proposal.toml, tmp_path).dictionary
    assert dictionary.one("welfare") == "gasto_per_capita"
    assert dictionary.line is not None
    assert (table["gasto_per_capita"] < dictionary.line.monthly).mean() == pytest.approx(0.1, abs=0.01)
    assert "not a poverty line" in proposal.toml


def test_the_order_of_rows_changes_nothing_but_the_order_of_words() -> None:
    table = survey(floor=drawn([1, 2, 3, 9]), rooms=drawn(list(range(8))), tap=drawn(["well", "tap"]))
    first, second = (infer_dictionary(rows).frame() for rows in (table, table.sample(frac=1, random_state=1)))
    pd.testing.assert_frame_equal(first, second)


def test_the_synthetic_registry(waves: graduation.Waves, tmp_path: Path) -> None:
    table = waves.tables[0]
    proposal = infer_dictionary(table)
    frame = proposal.frame().set_index("name")
    shipped = waves.dictionary
    for role in ("id", "identity", "time", "weight", "welfare"):
        assert frame.index[frame["role"] == role].tolist() == shipped.role(role), role
    assert {"kecamatan", "village"} <= set(frame.index[frame["role"] == "place"])
    booleans = {name for name, column in shipped.columns.items() if column.type == "boolean"}
    assert set(frame.index[frame["type"] == "boolean"]) == booleans
    registry = read_back(table, proposal.toml, tmp_path)
    # Rows given twice and slips of the pen, which the shipped dictionary sets aside as well.
    assert registry.n_rejected <= graduation.read_registry(table, schema=shipped).n_rejected


def test_thousands_of_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    wide = pd.DataFrame(rng.integers(1, 5, (60, 1_000)), columns=[f"q{i}" for i in range(1_000)])
    table = pd.concat([survey().head(60), wide], axis=1)
    start = time.monotonic()
    proposal = infer_dictionary(table)
    assert time.monotonic() - start < 20
    assert len(read_back(table, proposal.toml, tmp_path).households) == 60


PERSONS = {
    "kepala": ["BUDI", "SITI A"], "krt": ["BUDI", "SITI A"], "kepala_keluarga": ["BUDI", "SITI A"],
    "nm_krt": ["BUDI", "SITI A"], "istri": ["BUDI", "SITI A"], "petugas": ["Rina Sari", "Tono"],
    "ketua_rt": ["PAK JONO", "PAK DEDI"], "kontak": ["0812-330-111", "0813-440-222"],
    "tmt": ["Jl. Mawar 0", "Jl. Mawar 1"], "kk": ["3216.0101.0101.0001", "3216.0101.0101.0002"],
    "kode_a": ["0812 3301 1100", "+62 813 4402 220"], "hp": list(range(812_330_111, 812_330_141)),
    "wa": list(range(81_233_011_100, 81_233_011_130)), "no_hp": list(range(8_123_301, 8_123_331)),
    "bpjs": list(range(1_234_567_890_123, 1_234_567_890_153)), "norek": list(range(40_012, 40_052)),
    "nama_kepala_desa": ["Hj. Tuti", "H. Karno"], "alamat_desa": ["Kp. Baru 3", "Kp. Lama 4"],
}  # fmt: skip


@pytest.mark.parametrize("name", PERSONS)
def test_values_of_persons_that_many_rows_share_are_not_written(name: str) -> None:
    proposal = infer_dictionary(survey(**{name: drawn(PERSONS[name])}))
    found = proposal.frame().iloc[1]
    assert (found["role"], found["codes"]) == ("identity", "")
    assert 'privacy = "identifier"' in proposal.toml
    said = (proposal.toml + proposal.frame().to_csv() + proposal.summary()).replace(",", "")
    assert [value for value in PERSONS[name] if str(value) in said] == []


@pytest.mark.parametrize("values", [["Zubaidah", "Hartono"], ["BUDI", "ANI"], ["mawar 12", "melati_3"], ["Eko", "Adi"]])
def test_words_that_are_no_usual_answers_are_counted_and_not_written(values: list[str]) -> None:
    proposal = infer_dictionary(survey(q17=drawn(values)))
    found = proposal.frame().iloc[1]
    assert (found["type"], found["role"], found["codes"]) == ("text", "ignored", "")
    assert "2 distinct words" in found["check"]
    assert [value for value in values if value in proposal.toml] == []


def test_a_name_among_usual_answers_is_not_written() -> None:
    found = one(lantai=drawn(["Keramik", "Tanah", "Semen", "Zubaidah"]))
    assert (found["type"], found["role"], found["codes"]) == ("category", "feature", "")
    assert "none is listed" in found["check"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("lantai", ["Keramik", "Tanah", "Semen/bata merah"]),
        ("piso", ["Cerámica", "Tierra", "Cemento o ladrillo"]),
        ("parede", ["Tijolo", "Madeira", "Taipa"]),
        ("sol", ["Terre", "Carrelage", "Ciment"]),
        ("pekerjaan_ibu", ["Petani", "Buruh tani", "Tidak bekerja"]),
        ("sex_of_head", ["male", "female"]),
        ("ijazah", ["SD", "SMP", "S1"]),
        ("q3", ["A1", "B2", "C_3"]),
        ("floor", ["earth", "cement", "tiles"]),
    ],
)
def test_usual_answers_and_short_codes_are_written(name: str, values: list[str]) -> None:
    found = one(**{name: drawn(values)})
    assert (found["type"], found["role"], found["codes"]) == ("category", "feature", ", ".join(sorted(values)))


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("punya_hp", [1, 2]), ("jumlah_hp", [0, 1, 2, 3]), ("biaya_hp", list(range(0, 900_000, 10_000))),
        ("umur_kepala", list(range(20, 80))), ("jumlah_kk", [1, 2, 3]), ("x", [1.5, 2.5, 3.25]), ("y", [1, 2, 3]),
        ("iuran_bpjs", [42_000, 100_000, 150_000]), ("assets", [1_500_000_000, 250_000, 3_000_000]),
    ],
)  # fmt: skip
def test_numbers_that_count_stay_features(name: str, values: list[object]) -> None:
    assert one(**{name: drawn(values)})["role"] == "feature"


def test_coordinates_under_any_name_of_an_axis_are_identity() -> None:
    where = np.linspace(0.123456, 0.654321, N)
    table = survey(x=106 + where, y=-6 - where, long=106 + where[::-1], easting=np.arange(700_000, 700_000 + N))
    assert set(infer_dictionary(table).frame()["role"][1:]) == {"identity"}


def test_a_long_number_as_the_id_is_an_identifier() -> None:
    table = pd.DataFrame({"id": [f"{3_216_010_101 + i}" for i in range(N)], "has_tv": drawn([1, 2])})
    proposal = infer_dictionary(table)
    assert proposal.keys.id == "id"
    assert 'role = "id"\nprivacy = "identifier"' in proposal.toml


def test_ten_digits_of_a_village_are_a_place() -> None:
    assert one(village=drawn([str(3_216_050_001 + i) for i in range(20)]))["role"] == "place"


@pytest.mark.parametrize(
    "row",
    [
        ["3216010101010001", "SITI AMINAH", "3"],
        ["3216.0101.0101.0001", "x", "q"],
        ["h0007", "SITI AMINAH", "3"],
        ["h0007", "Keramik", "3"],
        ["SITI AMINAH", "34", "2"],
        ["SITI AMINAH", "1980-01-31", "a"],
    ],
)
def test_a_file_without_a_header_is_refused_and_not_shown(row: list[str]) -> None:
    cells = {
        "3": drawn([1, 2, 3]),
        "2": drawn([1, 2, 3]),
        "34": drawn([33, 34]),
        "Keramik": drawn(["Keramik", "Tanah"]),
    }
    cells |= {"h0007": [f"h{i:04d}" for i in range(N)], "SITI AMINAH": drawn(["BUDI SANTOSO", "RINA SARI"])}
    table = pd.DataFrame({name: cells.get(name, drawn(["u", "v"])) for name in row})
    with pytest.raises(graduation.DataError, match="a row of values where the names") as refused:
        infer_dictionary(table)
    assert [name for name in row if len(name) > 2 and name in str(refused.value)] == []


def test_numbers_that_count_on_may_be_names() -> None:
    table = pd.DataFrame({**{str(year): drawn([1, 2]) for year in range(2019, 2024)}, "hhid": range(N)})
    assert len(infer_dictionary(table).frame()) == 6


def test_money_with_points_is_told_by_the_mark_that_is_proposed(tmp_path: Path) -> None:
    money = [f"{200 + i * 2 % 799}.000" for i in range(N)]
    for table in (survey(pendapatan=money), survey(pendapatan=money, luas=drawn(["45,5", "36,25"]))):
        proposal = infer_dictionary(table)
        assert 'decimal = ","  # check' in proposal.toml
        assert "whole numbers from 200,000 to 998,000" in proposal.toml
        registry = read_back(table, proposal.toml, tmp_path)
        assert registry.households["pendapatan"].min() == 200_000
        assert registry.dictionary.line is not None
        assert 200_000 < registry.dictionary.line.value < 400_000


def test_points_before_decimals_stay_where_no_comma_says_otherwise() -> None:
    assert one(kgs=[f"{1 + i % 9}.{i % 1000:03d}" for i in range(N)])["why"] == "numbers from 1 to 9.395"


@pytest.mark.parametrize(
    "name", ["graduasi", "status_akhir", "naik_kelas", "lulus", "keluar", "miskin_tahun_depan", "desil", "skor"]
)
def test_what_tells_of_later_or_ranks_is_no_feature(name: str) -> None:
    found = one(**{name: drawn([1, 2, 3, 4])})
    assert found["role"] == "ignored"
    assert found["check"]


@pytest.mark.parametrize("name", ["pendidikan_terakhir", "jenis_keluarga", "perpindahan"])
def test_words_within_words_do_not_hint_at_later(name: str) -> None:
    assert one(**{name: drawn([1, 2, 3, 4])})["role"] == "feature"


def test_a_ranking_of_many_numbers_is_no_feature() -> None:
    found = one(peringkat=list(range(1, N + 1)), skor=np.linspace(0, 1, N))
    assert found["role"] != "feature"
    assert one(skor=np.linspace(0, 1, N))["check"].startswith("a ranking")


@pytest.mark.parametrize(
    ("values", "shares", "told"),
    [
        ([1, 2, 3, 4, 9], [0.4, 0.3, 0.15, 0.11, 0.04], True),
        ([1, 2, 3, 4, 9], [0.4, 0.3, 0.15, 0.145, 0.005], False),
        ([0, 1, 8], [0.5, 0.4, 0.1], True),
        ([1, 2, 3, 4, 5, 6, 7, 9], [0.142] * 7 + [0.006], True),
        ([*range(20, 60), 999], [0.024] * 40 + [0.04], True),
    ],
)
def test_a_mark_that_many_rows_bear_or_that_is_near_an_answer_is_doubted(
    values: list[object], shares: list[float], told: bool
) -> None:
    found = one(art=drawn(values, shares))
    assert found["missing"] == str(values[-1])
    assert ("no answer, or a code of its own?" in found["check"]) == told


def test_a_telephone_that_some_lack_is_identity_as_a_decimal_number_too() -> None:
    numbers = [None if i % 9 == 0 else 81_233_011_100.0 + i % 50 for i in range(N)]
    assert one(card=[f"{3_216_010_101_010_001 + i % 50}.0" for i in range(N)])["role"] == "identity"
    for name in ("wa", "q9"):
        assert one(**{name: pd.array(numbers, dtype="Float64")})["role"] == "identity"
        assert one(**{name: [float("nan") if n is None else n for n in numbers]})["role"] == "identity"
        assert one(**{name: ["" if n is None else f"{n:.1f}" for n in numbers]})["role"] == "identity"


def test_help_names_every_kind_of_file_that_is_read() -> None:
    from graduation.cli.dictionaries import KINDS
    from graduation.io.tables import READERS

    page = (ROOT / "docs" / "how-to" / "bring-your-own-registry.md").read_text(encoding="utf-8")
    assert [kind for kind in READERS if kind not in KINDS or f"`{kind}`" not in page] == []


def test_a_stata_file_is_described(tmp_path: Path) -> None:
    survey(floor=drawn([1, 2, 3])).to_stata(tmp_path / "survey.dta", write_index=False)
    found = infer_dictionary(read_table(tmp_path / "survey.dta")).frame().iloc[1]
    assert (found["type"], found["codes"]) == ("category", "1, 2, 3")


# What a person decides on the EPH file: everything else stands as proposed.
EPH_ROLES = {
    "hid": "id", "t": "time", "REGION": "place", "AGLOMERADO": "place", "PONDERA": "weight", "indig": "state",
    "indig_1": "outcome",
    **dict.fromkeys(
        ["CODUSU", "ANO4", "TRIMESTRE", "NRO_HOGAR", "REALIZADA", "IX_MAYEQ10", "ITF", "IPCF", "DECCFR", "PONDIH",
         "MAS_500", "CBA_ARScorr", "CBT_ARScorr", "AE", "W", "poor", "inc_ratio", "W_1", "poor_1", "l_inc"],
        "ignored",
    ),
}  # fmt: skip


def with_roles(toml: str, roles: dict[str, str]) -> str:
    """Return the text with the role lines of some columns changed, as a person would in an editor."""
    lines, column = [], ""
    for line in toml.splitlines():
        if line.startswith("[columns."):
            column = line.removeprefix("[columns.").split("]")[0].split(".")[0]
        changed = line.startswith("role = ") and column in roles
        lines.append(f'role = "{roles[column]}"' if changed else line)
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def eph() -> pd.DataFrame:
    return pd.read_parquet(EPH)


@pytest.fixture(scope="module")
def eph_proposal(eph: pd.DataFrame) -> graduation.Proposal:
    return infer_dictionary(eph, name="eph")


@needs_data
def test_types_and_missing_codes_are_those_of_the_dictionary_written_by_hand(
    eph: pd.DataFrame, eph_proposal: graduation.Proposal
) -> None:
    hand = load_dictionary(ROOT / "examples" / "argentina_eph" / "with_income.toml")
    found = {guess.name: guess for guess in eph_proposal.columns}
    differ = {}
    for name, column in hand.columns.items():
        guess = found[(*column.source, name)[0]]
        assert guess.type == column.type, name
        # A code that the file does not hold, or that the hand-written one forgot, in fewer than 40 of 255,107 rows.
        odd = set(guess.missing) ^ set(column.missing)
        rows = int(eph[guess.name].isin([float(code) for code in odd]).sum())
        assert rows < 40, (name, odd, rows)
        if odd:
            differ[name] = odd
    assert differ == {"IV1": {"9"}, "IV4": {"99"}, "II7": {"99"}}


@needs_data
def test_roles_of_the_survey_are_found_but_for_what_a_registry_lacks(eph_proposal: graduation.Proposal) -> None:
    roles = eph_proposal.frame().set_index("name")["role"]
    wrong = {name for name, role in EPH_ROLES.items() if roles[name] != role}
    assert wrong == {
        "IX_MAYEQ10", "ITF", "IPCF", "DECCFR", "MAS_500", "CBA_ARScorr", "CBT_ARScorr", "AE", "inc_ratio", "l_inc"
    }  # fmt: skip


@needs_data
def test_with_roles_set_by_hand_all_rows_are_read_and_the_risk_is_as_good(
    eph: pd.DataFrame, eph_proposal: graduation.Proposal, tmp_path: Path
) -> None:
    toml = with_roles(eph_proposal.toml, EPH_ROLES)
    registry = read_back(eph, toml, tmp_path)
    assert (len(registry.households), registry.n_rejected) == (255_107, 0)
    train = eph[eph["t"].between(8040, 8049)].sample(5_000, random_state=0)
    test = eph[eph["t"].between(8053, 8057)]
    by_hand = ROOT / "examples" / "argentina_eph" / "dictionary.toml"
    areas = {str(schema): auc(train, test, schema) for schema in (tmp_path / "proposed.toml", by_hand)}
    ours, theirs = areas.values()
    assert abs(ours - theirs) < 0.01, areas
    assert ours > 0.79


def auc(train: pd.DataFrame, test: pd.DataFrame, schema: Path) -> float:
    """Return the area under the ROC curve on the test rows, after learning from the others."""
    learn, held = (graduation.pair_waves(graduation.read_registry(rows, schema=schema)) for rows in (train, test))
    features = [feature_frame(part.households, part.dictionary) for part in (learn, held)]
    model = graduation.RiskClassifier().fit(features[0], learn.outcome, learn.weight, learn.groups["household"])
    risk = pd.Series(model.predict_proba(features[1])[:, 1], index=held.outcome.index)
    return graduation.evaluate(held.outcome, risk).metrics()["roc_auc"]


@needs_data
def test_the_file_is_described_quickly(eph: pd.DataFrame) -> None:
    start = time.monotonic()
    infer_dictionary(eph)
    assert time.monotonic() - start < 30  # 5 s alone; other work runs beside the tests


@needs_data
@pytest.mark.parametrize(
    ("file", "id", "later"),
    [
        ("pakistan_graduation/graduation.csv", "id_hh", "ctotal_pcmonth_end ctotal_pcmonth_fup asset_hh_value_fup"),
        ("liberia_skills_cash/liberia_round5.csv", None, "fam_asb_lt stealnb_ltav"),
        ("jobcorps/jobcorps.csv", None, "health12 health30 health48"),
        ("lalonde/nsw_dw.csv", None, ""),
    ],
)
def test_other_real_files(file: str, id: str | None, later: str, tmp_path: Path) -> None:
    table = read_table(REAL_DATA / file)
    proposal = infer_dictionary(table)
    roles = proposal.frame().set_index("name")["role"]
    assert proposal.keys.id == id
    assert set(roles[later.split()]) <= {"ignored"}
    if id is None:
        table = table.assign(household_id=range(len(table)))
        toml = infer_dictionary(table).toml
    else:
        toml = proposal.toml
    assert read_back(table, toml, tmp_path).n_rejected == 0


@needs_data
def test_amounts_of_several_years_are_doubted() -> None:
    checks = infer_dictionary(read_table(REAL_DATA / "lalonde" / "nsw_dw.csv")).frame().set_index("name")["check"]
    assert all("known when households are scored" in checks[name] for name in ("re74", "re75", "re78"))
