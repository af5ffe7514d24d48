"""Spoil small registries in every way that offices and programs do, and remember which rows are still true."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
import openpyxl
import pandas as pd
import xlsxwriter

from graduation.schema import Dictionary

ROWS = 14
PLACES = ("Désa Pérez", "Ngémplak", "Kapanéwon")
AREAS = ("321601", "321606", "321623")
FLOORS = ("11", "12", "13")
COLUMNS: dict[str, dict[str, object]] = {
    "household_id": {"type": "text", "role": "id"},
    "area": {"type": "text", "area": "kemendagri", "role": "place"},
    "place": {"type": "category", "codes": {name: name for name in PLACES}},
    "welfare": {"type": "number", "minimum": 100, "maximum": 1e9, "required": False},
    "weight": {"type": "number", "role": "weight", "maximum": 100},
    "size": {"type": "integer", "minimum": 1, "maximum": 10},
    "has_tv": {"type": "boolean", "yes": ["ya"], "no": ["tidak"]},
    "floor": {"type": "category", "codes": {code: f"Lantai {code}" for code in FLOORS}},
    "visited": {"type": "date"},
    # Last, so that a row that is cut short lacks what no row may lack.
    "year": {"type": "integer", "role": "time", "minimum": 2000, "maximum": 2100},
}
# What no reader may take for a value of the column.
BAD: dict[str, tuple[str, ...]] = {
    "household_id": ("", "=A1", "#REF!", "3.21601E+15", "3,21601E+15", "#N/A", "b\ufffd1"),
    "area": ("3216060", "32160", "x", "#VALUE!", "=B2&C2", "62803.5"),
    "place": ("Desa P\ufffdrez", "Pérez", "7", "#N/A", "=VLOOKUP(A1,B:C,2)", "Désa"),
    "welfare": ("Rp 500000", "12 000 000", "1e400", "9" * 400, "-1e308", "inf", "NaN", "5 juta", "=D1*2", "#DIV/0!"),
    "weight": ("", "-1", "1e309", "Infinity", "1.2.3", "=1/3", "#NUM!", "1O.5", "--1"),
    "size": ("3.5", "0", "99", "tiga", "1e3", "2024-01-01", "'4", "=SUM(F1:F3)", "#NAME?", "5 orang"),
    "has_tv": ("mungkin", "3", "#N/A", "=TRUE()", "yes/no"),
    "floor": ("14", "Lantai", "1.1e1x", "#REF!", "=H1", "110", "Lantai 99"),
    "visited": ("2024-02-30", "31/02/2024", "1/2/24", "kemarin", "2024-13-01", "0/0/2024", "450x", "#N/A", "=TODAY()"),
    "year": ("", "202", "20244", "2024.5", "dua ribu", "=YEAR(I1)", "-2024"),
}  # fmt: skip


def dictionary(**options: object) -> Dictionary:
    """Return the dictionary that every spoilt file is read with."""
    columns = {name: {"name": name, **column} for name, column in COLUMNS.items()}
    return Dictionary.model_validate({"name": "true", "version": "1", "columns": columns, **options})


@dataclass(frozen=True)
class Case:
    """One spoilt file.

    `spoilt` are the ids that may not be accepted, `rows` the numbers of rows that must be set aside when the file is
    read at all; where it `reads`, every household that is not spoilt must be accepted. So many rows as `total` must be
    accepted or set aside when it is read.
    """

    kind: str
    suffix: str
    content: bytes
    truth: pd.DataFrame
    spoilt: frozenset[str] = frozenset()
    rows: frozenset[int] = frozenset()
    reads: bool = False
    options: dict[str, str] = field(default_factory=dict)
    total: int = 0


@dataclass(frozen=True)
class Table:
    """The households before they are written: what they are, and the text of their cells."""

    header: list[str]
    cells: list[list[str]]
    truth: pd.DataFrame
    spoilt: frozenset[str] = frozenset()
    rows: frozenset[int] = frozenset()

    def case(self, kind: str, suffix: str, content: bytes, *, reads: bool, **options: str) -> Case:
        return Case(kind, suffix, content, self.truth, self.spoilt, self.rows, reads, options)


def true_table(rng: np.random.Generator) -> Table:
    """Return households, and their cells as a tidy CSV file would have them."""
    days = pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, ROWS), unit="D")
    ids = [f"0{number}" for number in rng.choice(10**6, ROWS, replace=False) + 321_601_010_000_000]
    truth = pd.DataFrame(
        {
            "area": pd.array(rng.choice(AREAS, ROWS), dtype="string"),
            "place": pd.array(rng.choice(PLACES, ROWS), dtype="string"),
            "welfare": rng.integers(20_000, 3_000_000, ROWS) + rng.choice([0.25, 0.5], ROWS),
            "weight": rng.integers(1, 9, ROWS) + rng.choice([0.0625, 0.25, 0.5], ROWS),
            "size": rng.integers(1, 11, ROWS).astype(float),
            "has_tv": pd.array(rng.random(ROWS) < 0.5, dtype="boolean"),
            "floor": pd.array(rng.choice(FLOORS, ROWS), dtype="string"),
            "visited": days.astype("datetime64[ns]"),
            "year": rng.integers(2020, 2025, ROWS),
        },
        index=pd.Index(pd.array(ids, dtype="string"), name="household_id"),
    )
    truth.loc[truth.index[rng.integers(ROWS)], "welfare"] = np.nan
    cells = truth.reset_index().assign(
        welfare=[("" if np.isnan(value) else f"{value}") for value in truth["welfare"]],
        size=truth["size"].astype(int).to_numpy(),
        has_tv=np.where(truth["has_tv"].to_numpy(dtype=bool), "ya", "tidak"),
        visited=truth["visited"].dt.strftime("%Y-%m-%d").to_numpy(),
    )
    return Table(list(COLUMNS), cells[list(COLUMNS)].astype(str).to_numpy().tolist(), truth)


def spoil_cells(table: Table, rng: np.random.Generator, values: dict[str, tuple[str, ...]] = BAD) -> Table:
    """Put a value that is none into one to three rows."""
    cells = [list(row) for row in table.cells]
    chosen = rng.choice(ROWS, rng.integers(1, 4), replace=False)
    for row in chosen:
        column = str(rng.choice(list(values)))
        cells[row][table.header.index(column)] = str(rng.choice(list(values[column])))
    ids = frozenset(table.cells[row][table.header.index("household_id")] for row in chosen)
    return replace(table, cells=cells, spoilt=ids, rows=frozenset(int(row) + 1 for row in chosen))


def as_csv(table: Table, separator: str = ",", end: str = "\n") -> str:
    """Return the table as the text of a CSV file."""
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=end).writerows([table.header, *table.cells])
    return text.getvalue()


def shuffled_columns(table: Table, rng: np.random.Generator) -> Table:
    order = rng.permutation(len(table.header))
    return replace(
        table, header=[table.header[at] for at in order], cells=[[row[at] for at in order] for row in table.cells]
    )


# --- text files -------------------------------------------------------------------------------------------------------


def csv_cells(table: Table, rng: np.random.Generator) -> Case:
    spoilt = spoil_cells(shuffled_columns(table, rng), rng)
    return spoilt.case("cells", ".csv", as_csv(spoilt, str(rng.choice([",", ";", "\t"]))).encode(), reads=True)


def csv_shuffled_header(table: Table, rng: np.random.Generator) -> Case:
    """Names that stand above the values of other columns: no row is true."""
    order = rng.permutation(len(table.header))
    while (order == np.arange(len(order))).all():
        order = rng.permutation(len(order))
    spoilt = replace(table, header=[table.header[at] for at in order], spoilt=frozenset(table.truth.index))
    return spoilt.case("shuffled_header", ".csv", as_csv(spoilt).encode(), reads=False)


def csv_swapped_names(table: Table, rng: np.random.Generator) -> Case:
    one, other = rng.choice(len(table.header), 2, replace=False)
    header = list(table.header)
    header[one], header[other] = header[other], header[one]
    spoilt = replace(table, header=header, spoilt=frozenset(table.truth.index))
    return spoilt.case("swapped_names", ".csv", as_csv(spoilt).encode(), reads=False)


def csv_encoding(table: Table, rng: np.random.Generator) -> Case:
    """Another encoding: recognised, stated, or neither."""
    kinds = ["utf-8-sig", "utf-16", "cp1252", "cp850", "mac-roman", "utf-16-le", "utf-16-be"]
    encoding, text = str(rng.choice(kinds)), as_csv(table)
    stated = bool(rng.random() < 0.5) and not encoding.startswith("utf")
    options = {"encoding": encoding} if stated else {}
    seen = encoding in ("utf-8-sig", "utf-16") or stated
    spoilt = table if seen else replace(table, spoilt=frozenset(table.truth.index))
    return spoilt.case(f"encoding_{encoding}", ".csv", text.encode(encoding), reads=seen, **options)


def csv_wrong_encoding_stated(table: Table, rng: np.random.Generator) -> Case:
    stated = str(rng.choice(["cp1252", "latin-1", "cp850", "utf-16-le", "ascii"]))
    spoilt = replace(table, spoilt=frozenset(table.truth.index))
    return spoilt.case("wrong_encoding", ".csv", as_csv(table).encode(), reads=False, encoding=stated)


def csv_truncated_rows(table: Table, rng: np.random.Generator) -> Case:
    lines = as_csv(table).splitlines()
    chosen = rng.choice(ROWS, rng.integers(1, 4), replace=False)
    for row in chosen:
        lines[row + 1] = lines[row + 1][: rng.integers(1, len(lines[row + 1]))]
    ids = frozenset(table.cells[row][0] for row in chosen)
    spoilt = replace(table, spoilt=ids, rows=frozenset(int(row) + 1 for row in chosen))
    return spoilt.case("truncated_rows", ".csv", "\n".join(lines).encode(), reads=True)


def csv_truncated_file(table: Table, rng: np.random.Generator) -> Case:
    """A file whose end is lost, be it in the middle of a character."""
    data = as_csv(table).encode()
    cut = int(rng.integers(1, len(data)))
    whole = data[:cut].count(b"\n") - 1
    # What is lost cannot be told, but half a row must not be read.
    half = whole + (data[cut : cut + 1] == b"\n")
    spoilt = frozenset(row[0] for row in table.cells[max(half, 0) :])
    return replace(table, spoilt=spoilt).case("truncated_file", ".csv", data[:cut], reads=False)


def csv_headings(table: Table, rng: np.random.Generator) -> Case:
    """Title lines, a header of three lines, numbers under the names."""
    width, separator = len(table.header), str(rng.choice([",", ";"]))
    top: list[list[str]] = []
    if rng.random() < 0.7:
        top.append(["Data keluarga, tahun 2024; sementara"])
    if rng.random() < 0.5:
        top += [[], ["Identitas", *[""] * 3, "Rumah", *[""] * (width - 5)]]
    if rng.random() < 0.5:
        top.append([f"Kolom {letter}" for letter in "ABCDEFGHIJ"])
    style = str(rng.choice(["", "{}", "({})"]))
    numbers = [[style.format(at + 1) for at in range(width)]] if style else []
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows([*top, table.header, *numbers, *table.cells])
    return table.case("headings", ".csv", text.getvalue().encode(), reads=True)


def csv_header_again(table: Table, rng: np.random.Generator) -> Case:
    """Files put one after the other, each with its header, some with a byte order mark."""
    lines = as_csv(table).splitlines()
    at = int(rng.integers(2, ROWS))
    mark = "\ufeff" if rng.random() < 0.5 else ""
    data = "\n".join([mark + lines[0], *lines[1:at], mark + lines[0], *lines[at:], ""]).encode()
    return replace(table, rows=frozenset({at})).case("header_again", ".csv", data, reads=True)


def csv_line_ends(table: Table, rng: np.random.Generator) -> Case:
    lines = as_csv(table).splitlines()
    ends = rng.choice(["\n", "\r\n", "\r"], len(lines))
    return table.case("line_ends", ".csv", "".join(map("".join, zip(lines, ends, strict=True))).encode(), reads=True)


def csv_marks(table: Table, rng: np.random.Generator) -> Case:
    """Byte order marks in the middle of the file, where an editor joined pieces."""
    lines = as_csv(table).splitlines()
    for at in rng.choice(len(lines), 3, replace=False):
        lines[at] = "\ufeff" + lines[at]
    return table.case("marks", ".csv", "\n".join(lines).encode(), reads=True)


def csv_nul(table: Table, rng: np.random.Generator) -> Case:
    data = bytearray(as_csv(table).encode())
    for at in rng.integers(0, len(data), 3):
        data[int(at)] = 0
    spoilt = replace(table, spoilt=frozenset(table.truth.index))
    return spoilt.case("nul", ".csv", bytes(data), reads=False)


def csv_names_twice(table: Table, rng: np.random.Generator) -> Case:
    header = list(table.header)
    one, other = rng.choice(len(header), 2, replace=False)
    header[one] = header[other]
    spoilt = replace(table, header=header, spoilt=frozenset(table.truth.index))
    return spoilt.case("names_twice", ".csv", as_csv(spoilt).encode(), reads=False)


def csv_blank_columns(table: Table, rng: np.random.Generator) -> Case:
    header, cells = list(table.header), [list(row) for row in table.cells]
    for at in sorted(rng.integers(0, len(header), 2), reverse=True):
        header.insert(at, "")
        filled = rng.random() < 0.3
        for row in cells:
            row.insert(at, "x" if filled else "")
    spoilt = replace(table, header=header, cells=cells)
    return table.case("blank_columns", ".csv", as_csv(spoilt).encode(), reads=True)


def csv_other_separator(table: Table, rng: np.random.Generator) -> Case:
    separator = str(rng.choice(["|", " ", "~"]))
    spoilt = replace(table, spoilt=frozenset(table.truth.index))
    return spoilt.case("other_separator", ".csv", as_csv(table, separator).encode(), reads=False)


def csv_mixed_separators(table: Table, rng: np.random.Generator) -> Case:
    one, two = as_csv(table).splitlines(), as_csv(table, ";").splitlines()
    chosen = rng.choice(ROWS, 3, replace=False)
    for row in chosen:
        one[row + 1] = two[row + 1]
    ids = frozenset(table.cells[row][0] for row in chosen)
    spoilt = replace(table, spoilt=ids, rows=frozenset(int(row) + 1 for row in chosen))
    return spoilt.case("mixed_separators", ".csv", "\n".join(one).encode(), reads=True)


def csv_quotes(table: Table, rng: np.random.Generator) -> Case:
    """One or two quotation marks too many, at the start of a cell: they swallow what stands between them."""
    cells = [list(row) for row in table.cells]
    rows = sorted(rng.choice(ROWS, rng.integers(1, 3), replace=False))
    column = int(rng.integers(len(table.header)))
    for row in rows:
        cells[row][column] = '"' + cells[row][column]
    swallowed = table.cells[rows[0] :] if len(rows) == 1 else table.cells[rows[0] : rows[1] + 1]
    lines = [",".join(row) for row in [table.header, *cells]]
    spoilt = replace(table, spoilt=frozenset(row[0] for row in swallowed))
    return spoilt.case(
        "quotes", ".csv", "\n".join([*lines, ""]).encode(), reads=len(rows) == 2 and len(swallowed) < ROWS
    )


def csv_decimal_comma(table: Table, rng: np.random.Generator) -> Case:
    """Numbers as an Indonesian spreadsheet writes them, all of them."""
    cells = [list(row) for row in table.cells]
    for row in cells:
        for name in ("welfare", "weight"):
            at = table.header.index(name)
            value = f"{float(row[at]):,}" if rng.random() < 0.5 and row[at] else row[at]
            row[at] = value.translate(str.maketrans(".,", ",."))
    changed = replace(table, cells=cells)
    return table.case("decimal_comma", ".csv", as_csv(changed, ";").encode(), reads=True)


def csv_thousands(table: Table, rng: np.random.Generator) -> Case:
    """Thousands apart by commas in some cells."""
    cells = [list(row) for row in table.cells]
    at = table.header.index("welfare")
    for row in cells:
        row[at] = f"{float(row[at]):,}" if row[at] and rng.random() < 0.5 else row[at]
    return table.case("thousands", ".csv", as_csv(replace(table, cells=cells)).encode(), reads=True)


def csv_both_marks(table: Table, rng: np.random.Generator) -> Case:
    """Some cells with a decimal comma among others with a decimal point: none can be trusted."""
    cells = [list(row) for row in table.cells]
    at = table.header.index("welfare")
    filled = [row for row in cells if row[at]]
    for row in filled[: int(rng.integers(1, 4))]:
        row[at] = row[at].replace(".", ",")
    spoilt = replace(table, cells=cells, spoilt=frozenset(table.truth.index))
    return spoilt.case("both_marks", ".csv", as_csv(spoilt).encode(), reads=False)


def csv_unclear_marks(table: Table, rng: np.random.Generator) -> Case:
    """Weights of three decimals and nothing that tells whether the mark parts thousands."""
    cells = [list(row) for row in table.cells]
    mark = str(rng.choice([".", ","]))
    for row in cells:
        row[table.header.index("weight")] = f"{rng.integers(1, 90)}{mark}{rng.integers(100, 999)}"
        row[table.header.index("welfare")] = str(rng.integers(20_000, 90_000))
    spoilt = replace(table, cells=cells, spoilt=frozenset(table.truth.index))
    return spoilt.case("unclear_marks", ".csv", as_csv(spoilt).encode(), reads=False)


def csv_copies(table: Table, rng: np.random.Generator) -> Case:
    """Rows given twice: as they are, or with another value."""
    one, other = (int(row) for row in rng.choice(ROWS, 2, replace=False))
    changed = list(table.cells[other])
    changed[table.header.index("size")] = "1" if changed[table.header.index("size")] != "1" else "2"
    spoilt = replace(
        table, cells=[*table.cells, table.cells[one], changed], spoilt=frozenset({changed[0]}),
        rows=frozenset({other + 1, ROWS + 1, ROWS + 2}),
    )  # fmt: skip
    return spoilt.case("copies", ".csv", as_csv(spoilt).encode(), reads=True)


def csv_dates(table: Table, rng: np.random.Generator) -> Case:
    """Dates day first, as Indonesia writes them."""
    cells, at = [list(row) for row in table.cells], table.header.index("visited")
    mark = str(rng.choice(["/", "-"]))
    for row in cells:
        row[at] = mark.join(reversed(row[at].split("-")))
    return table.case("dates", ".csv", as_csv(replace(table, cells=cells)).encode(), reads=True)


def csv_month_first(table: Table, rng: np.random.Generator) -> Case:
    """Dates month first: none that could be another day may be read."""
    cells, at = [list(row) for row in table.cells], table.header.index("visited")
    same = set()
    for row in cells:
        year, month, day = row[at].split("-")
        row[at] = f"{month}/{day}/{year}"
        same |= {row[0]} if month == day else set()
    truth = table.truth.copy()
    any_day = any(int(row[at][3:5]) > 12 for row in cells)
    spoilt = frozenset(truth.index) - same if any_day else frozenset()
    changed = replace(table, cells=cells, spoilt=spoilt)
    return changed.case(
        "month_first", ".csv", as_csv(changed).encode() if any_day else as_csv(table).encode(), reads=False
    )


def csv_spellings(table: Table, rng: np.random.Generator) -> Case:
    """Codes and labels as people write them: 11.0, a label in capitals, areas with dots, names in capitals."""
    cells = [list(row) for row in table.cells]
    floor, area, size = (table.header.index(name) for name in ("floor", "area", "size"))
    for row in cells:
        row[floor] = str(rng.choice([row[floor], f"0{row[floor]}", f"{row[floor]}.0", f" LANTAI {row[floor]} "]))
        row[area] = str(rng.choice([row[area], f"{row[area][:2]}.{row[area][2:4]}.{row[area][4:]}"]))
        row[size] = str(rng.choice([row[size], f" {row[size]}", f"{row[size]}.0"]))
    header = [str(rng.choice([name, name.upper(), f" {name} "])) for name in table.header]
    return table.case("spellings", ".csv", as_csv(replace(table, header=header, cells=cells)).encode(), reads=True)


def not_a_table(table: Table, rng: np.random.Generator) -> Case:
    """Bytes of something else under the name of a table."""
    contents = {
        "zip": b"PK\x03\x04" + rng.bytes(300), "noise": rng.bytes(400), "empty": b"", "blank": b"\n \n\n",
        "header": ",".join(table.header).encode(), "html": b"<html><table><tr><td>1</td></tr></table></html>",
        "pdf": b"%PDF-1.7\n" + rng.bytes(50), "json": b'[{"household_id": "1", "size": 3}]',
    }  # fmt: skip
    kind = str(rng.choice(list(contents)))
    suffix = str(rng.choice([".csv", ".xlsx", ".parquet", ".txt", ".dta"]))
    spoilt = replace(table, spoilt=frozenset(table.truth.index))
    return spoilt.case(f"{kind}_as_{suffix}", suffix, contents[kind], reads=False)


def whole_welfare(table: Table, rng: np.random.Generator) -> Table:
    """Return the table with a welfare below a million and without decimals, as people give it."""
    values = rng.integers(100_000, 999_999, ROWS).astype(float)
    at, cells = table.header.index("welfare"), [list(row) for row in table.cells]
    for row, value in zip(cells, values, strict=True):
        row[at] = f"{value:.0f}"
    return replace(table, cells=cells, truth=table.truth.assign(welfare=values))


def dotted(table: Table, rows: list[int], mark: str) -> Table:
    """Return the table with thousands apart in some cells of the welfare."""
    at, cells = table.header.index("welfare"), [list(row) for row in table.cells]
    for row in rows:
        cells[row][at] = f"{int(cells[row][at]):,}".replace(",", mark)
    return replace(table, cells=cells)


def csv_dotted(table: Table, rng: np.random.Generator) -> Case:
    """Money of 850.000 beside weights of 1.25 or 3.0: read as 850, everybody is poor."""
    whole, mark = whole_welfare(table, rng), str(rng.choice([".", ","]))
    at, cells = table.header.index("weight"), [list(row) for row in whole.cells]
    truth = whole.truth
    if rng.random() < 0.5:
        truth = truth.assign(weight=np.ceil(truth["weight"]))
    for row, weight in zip(cells, truth["weight"], strict=True):
        row[at] = f"{weight}".replace(".", mark)
    spoilt = dotted(replace(whole, cells=cells, truth=truth), list(range(ROWS)), mark)
    return spoilt.case("dotted", ".csv", as_csv(spoilt, ";").encode(), reads=False)


def csv_feet(table: Table, rng: np.random.Generator) -> Case:
    """Totals amid the rows, notes and signatures under them."""
    cells = [list(row) for row in table.cells]
    words = ["Jumlah", "TOTAL", "Rata-rata:", "sub total 2", "Keterangan"]
    for _ in range(int(rng.integers(1, 3))):
        copy = list(cells[int(rng.integers(len(cells)))])
        cells.insert(int(rng.integers(1, len(cells))), [str(rng.choice(words)), *copy[1:]])
    feet = [["Sumber: Dinsos"], [], ["Bekasi, 12 Juni 2024"], ["SITI AMINAH NIP 197001011990031001"]]
    cells += [[*foot, *[""] * (len(table.header) - len(foot))] for foot in feet[int(rng.integers(4)) :]]
    known = set(table.truth.index)
    rows = {row + 1 for row, one in enumerate(cells) if one[0] and one[0] not in known}
    spoilt = replace(table, cells=cells, rows=frozenset(rows))
    return spoilt.case("feet", ".csv", as_csv(spoilt).encode(), reads=True)


def csv_two_tables(table: Table, rng: np.random.Generator) -> Case:
    """Two tables one under the other: the header of one of them says less, or says it in another order."""
    at = int(rng.integers(1, ROWS))
    other = shuffled_columns(replace(table, cells=table.cells[at:]), rng)
    if rng.random() < 0.5:
        other = replace(table, cells=table.cells[at:])
        table = replace(
            table, header=[name if name in ("household_id", "size") else f"{name}_" for name in table.header]
        )
    text = as_csv(replace(table, cells=table.cells[:at])) + as_csv(other)
    return replace(table.case("two_tables", ".csv", text.encode(), reads=False), total=ROWS)


# --- Excel ------------------------------------------------------------------------------------------------------------


def _typed(name: str, text: str) -> object:
    """Return a cell as a spreadsheet holds it."""
    if name in ("welfare", "weight", "size", "year", "floor"):
        try:
            number = float(text)
        except ValueError:
            return text
        return number if np.isfinite(number) and abs(number) < 1e300 else text
    return text


def as_excel(table: Table, rng: np.random.Generator, *, top: int = 0) -> bytes:
    """Return a workbook with typed cells, `top` rows above the header."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False})
    sheet, day = book.add_worksheet("data"), book.add_format({"num_format": "dd/mm/yyyy"})
    dated = rng.random() < 0.7
    for at, name in enumerate(table.header):
        sheet.write_string(top, at, name)
        for row, cells in enumerate(table.cells):
            place = (row + top + 1, at)
            if name == "visited" and dated and len(cells[at]) == 10 and cells[at][:2] == "20" and _is_day(cells[at]):
                sheet.write_datetime(*place, pd.Timestamp(cells[at]).to_pydatetime(), day)
            elif cells[at] != "":
                value = _typed(name, cells[at])
                (sheet.write_string if isinstance(value, str) else sheet.write_number)(*place, value)
    if top:
        sheet.merge_range(0, 0, 0, 4, "Data keluarga")
    book.close()
    return file.getvalue()


def _is_day(text: str) -> bool:
    return pd.notna(pd.to_datetime(text, format="%Y-%m-%d", errors="coerce"))


def excel_cells(table: Table, rng: np.random.Generator) -> Case:
    values = {name: cells for name, cells in BAD.items() if name != "visited"}
    spoilt = spoil_cells(shuffled_columns(table, rng), rng, values)
    return spoilt.case("cells", ".xlsx", as_excel(spoilt, rng, top=int(rng.choice([0, 2]))), reads=True)


def excel_with(table: Table, kind: str, change: Callable[[object], None], **spoilt: frozenset[object]) -> Case:
    """Return a workbook that openpyxl has changed."""
    book = openpyxl.load_workbook(io.BytesIO(as_excel(table, np.random.default_rng(0))))
    change(book)
    file = io.BytesIO()
    book.save(file)
    return replace(table, **spoilt).case(kind, ".xlsx", file.getvalue(), reads=True)  # type: ignore[arg-type]


def _marked(table: Table, rows: list[int]) -> dict[str, frozenset[object]]:
    return {
        "spoilt": frozenset(table.cells[row][table.header.index("household_id")] for row in rows),
        "rows": frozenset(row + 1 for row in rows),
    }


def excel_formulas(table: Table, rng: np.random.Generator) -> Case:
    """Formulas that nobody has counted: they read as blank where the reader does not look."""
    rows = [int(row) for row in rng.choice(ROWS, 2, replace=False)]
    column = int(rng.integers(len(table.header)))

    def change(book: object) -> None:
        for row in rows:
            book["data"].cell(row + 2, column + 1).value = str(rng.choice(["=A1", "=SUM(D2:D4)", "=1+1"]))  # type: ignore[index]

    return excel_with(table, "formulas", change, **_marked(table, rows))


def excel_merged(table: Table, rng: np.random.Generator) -> Case:
    """Cells merged over rows or columns: only the first holds a value."""
    row, column = int(rng.integers(0, ROWS - 2)), int(rng.integers(0, len(table.header) - 1))
    wide = bool(rng.random() < 0.4)
    rows = [row] if wide else [row + 1]

    def change(book: object) -> None:
        end = (row + 2, column + 2) if wide else (row + 3, column + 1)
        book["data"].merge_cells(None, row + 2, column + 1, *end)  # type: ignore[index]

    return excel_with(table, "merged", change, **_marked(table, rows))


def excel_beside(table: Table, rng: np.random.Generator) -> Case:
    """A cell beside the table, as when a row has slipped to the right."""
    row = int(rng.integers(ROWS))

    def change(book: object) -> None:
        sheet = book["data"]  # type: ignore[index]
        for at, value in enumerate(table.cells[row]):
            sheet.cell(row + 2, at + 2).value = value
        sheet.cell(row + 2, 1).value = "x"

    return excel_with(table, "slipped", change, **_marked(table, [row]))


def excel_numeric_ids(table: Table, rng: np.random.Generator) -> Case:
    """Ids that a spreadsheet has turned into numbers, of which it keeps 15 digits."""
    row = int(rng.integers(ROWS))

    def change(book: object) -> None:
        book["data"].cell(row + 2, 1).value = float(f"3{table.cells[row][0][1:]}")  # type: ignore[index]

    return excel_with(table, "numeric_ids", change, **_marked(table, [row]))


def excel_dotted(table: Table, rng: np.random.Generator) -> Case:
    """Texts of 850.000 among typed numbers, beside weights that are texts."""
    whole, rows = whole_welfare(table, rng), [int(row) for row in rng.choice(ROWS, 3, replace=False)]
    mark = str(rng.choice([".", ","]))
    texts = dotted(whole, rows, mark)
    at, weight = table.header.index("welfare"), table.header.index("weight")

    def change(book: object) -> None:
        for row in rows:
            book["data"].cell(row + 2, at + 1).value = texts.cells[row][at]  # type: ignore[index]
        for row in range(ROWS):
            text = texts.cells[row][weight].replace(".", mark)
            book["data"].cell(row + 2, weight + 1).value = text  # type: ignore[index]

    return excel_with(whole, "dotted", change, **_marked(whole, rows))


def excel_sheets(table: Table, rng: np.random.Generator) -> Case:
    """Other sheets before the one with the table."""

    def change(book: object) -> None:
        for number in range(int(rng.integers(1, 3))):
            sheet = book.create_sheet(f"catatan {number}", 0)  # type: ignore[attr-defined]
            sheet.append(["Kode", "Arti"])
            sheet.append(["household_id", "Nomor keluarga"])

    return excel_with(table, "sheets", change)


def excel_truncated(table: Table, rng: np.random.Generator) -> Case:
    data = as_excel(table, rng)
    spoilt = replace(table, spoilt=frozenset(table.truth.index))
    return spoilt.case("truncated", ".xlsx", data[: int(rng.integers(10, len(data) - 30))], reads=False)


def excel_flipped(table: Table, rng: np.random.Generator) -> Case:
    """Bytes changed somewhere: checksums of the zip tell, or the change was where nothing stands."""
    data = bytearray(as_excel(table, rng))
    for at in rng.integers(0, len(data), 20):
        data[int(at)] ^= int(rng.integers(1, 256))
    return table.case("flipped", ".xlsx", bytes(data), reads=False)


# --- Parquet ----------------------------------------------------------------------------------------------------------


def _frame(table: Table) -> pd.DataFrame:
    frame = table.truth.reset_index()[table.header]
    return frame.assign(has_tv=np.where(frame["has_tv"], "ya", "tidak"))


def _parquet(frame: pd.DataFrame, **options: object) -> bytes:
    file = io.BytesIO()
    frame.to_parquet(file, **options)  # type: ignore[arg-type]
    return file.getvalue()


def parquet_cells(table: Table, rng: np.random.Generator) -> Case:
    spoilt = spoil_cells(shuffled_columns(table, rng), rng)
    frame = pd.DataFrame(spoilt.cells, columns=spoilt.header)
    return spoilt.case("cells", ".parquet", _parquet(frame, index=False), reads=True)


def parquet_types(table: Table, rng: np.random.Generator) -> Case:
    """The same values in other types; the id as the table's index."""
    frame = _frame(shuffled_columns(table, rng))
    choices: dict[str, tuple[str, ...]] = {
        "size": ("int8", "float32", "str", "Int64"), "year": ("int16", "float64", "str"), "welfare": ("float64", "str"),
        "floor": ("int64", "category", "float64", "str"), "area": ("int64", "category", "str"),
        "visited": ("datetime64[us]", "datetime64[ms]", "str"), "place": ("category", "str"),
    }  # fmt: skip
    for name, kinds in choices.items():
        frame[name] = frame[name].astype(str(rng.choice(list(kinds))))
    if rng.random() < 0.3:
        frame = frame.set_index("household_id")
    return table.case("types", ".parquet", _parquet(frame), reads=True)


def parquet_odd(table: Table, rng: np.random.Generator) -> Case:
    """Lists in cells, columns that are lost, raw bytes."""
    frame = _frame(table)
    kind = str(rng.choice(["lists", "lost", "bytes"]))
    if kind == "lists":
        frame["size"] = pd.Series([[1, 2]] * ROWS)
    elif kind == "lost":
        frame = frame.drop(columns=str(rng.choice([name for name in table.header if name != "welfare"])))
    else:
        frame["place"] = [name.encode("cp1252") for name in frame["place"]]
    spoilt = replace(table, spoilt=frozenset(table.truth.index))
    return spoilt.case(kind, ".parquet", _parquet(frame, index=False), reads=False)


def parquet_damaged(table: Table, rng: np.random.Generator) -> Case:
    """Cut short, or with bytes changed where checksums stand guard."""
    data = bytearray(_parquet(_frame(table), index=False, write_page_checksum=True))
    if rng.random() < 0.5:
        data = data[: int(rng.integers(4, len(data) - 1))]
        spoilt = frozenset(table.truth.index)
    else:
        data[int(rng.integers(4, len(data) // 3))] ^= int(rng.integers(1, 256))
        spoilt = frozenset()
    return replace(table, spoilt=spoilt).case("damaged", ".parquet", bytes(data), reads=False)


KINDS: tuple[Callable[[Table, np.random.Generator], Case], ...] = (
    csv_cells, csv_cells, csv_cells, csv_shuffled_header, csv_swapped_names, csv_encoding,
    csv_wrong_encoding_stated, csv_truncated_rows, csv_truncated_file, csv_headings, csv_header_again,
    csv_line_ends, csv_marks, csv_nul, csv_names_twice, csv_blank_columns, csv_other_separator,
    csv_mixed_separators, csv_quotes, csv_decimal_comma, csv_thousands, csv_both_marks, csv_unclear_marks,
    csv_copies, csv_dates, csv_month_first, csv_spellings, csv_dotted, csv_feet, csv_two_tables, excel_dotted,
    not_a_table, excel_cells, excel_formulas, excel_merged, excel_beside, excel_numeric_ids, excel_sheets,
    excel_truncated, excel_flipped, parquet_cells, parquet_types, parquet_odd, parquet_damaged,
)  # fmt: skip


def corrupted(seed: int) -> Case:
    """Return the spoilt file of a seed; kinds take turns."""
    rng = np.random.default_rng(seed)
    return KINDS[seed % len(KINDS)](true_table(rng), rng)
