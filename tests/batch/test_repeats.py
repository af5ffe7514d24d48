"""What is set aside over all chunks is what `validate` sets aside in one table."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graduation.batch.journal import open_work
from graduation.batch.repeats import Reread, find_repeats
from graduation.batch.running import run_parts
from graduation.schema import validate
from tests.batch.toy import DICTIONARY, NAMES, Hash, Toy, colliding_hash, make_table, plain_hash


@pytest.mark.parametrize(
    ("seed", "hashing", "limit"), [(1, plain_hash, 1_000_000), (2, plain_hash, 60), (3, colliding_hash, 60)]
)
def test_as_in_one_table(tmp_path: Path, seed: int, hashing: Hash, limit: int) -> None:
    toy = Toy(make_table(300, seed, repeated=0.3), 60, hashing)
    whole = validate(toy.table, DICTIONARY, max_rejected=1)
    assert {"repeated_row", "duplicate_household", "duplicate_value"} <= set(whole.rejected["rule"])
    with open_work(tmp_path / "out.parquet", toy.plan) as work:
        run_parts(enumerate(toy.chunks), toy.score, work)
        repeats = find_repeats(work.parts(), toy.reread, NAMES, limit=limit)
        told = pd.concat([repeats.rejected(place) for place in range(len(toy.chunks))], ignore_index=True)
        dropped = repeats.dropped()
        kept = [
            np.delete(part.scores()["household_id"].to_numpy(), dropped.get(part.number, [])) for part in work.parts()
        ]
    pd.testing.assert_frame_equal(told, whole.rejected, check_dtype=False)
    assert sorted(np.concatenate(kept)) == list(whole.households.index)


def test_nothing_is_read_again_where_nothing_repeats(tmp_path: Path) -> None:
    toy = Toy(make_table(90, repeated=0).drop_duplicates("phone").assign(phone=None))
    asked: list[int] = []

    def reread(number: int, rows: np.ndarray) -> Reread:
        asked.append(number)
        return toy.reread(number, rows)

    with open_work(tmp_path / "out.parquet", toy.plan) as work:
        run_parts(enumerate(toy.chunks), toy.score, work)
        repeats = find_repeats(work.parts(), reread, NAMES)
    assert (asked, len(repeats.marks)) == ([], 0)
