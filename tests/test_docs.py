"""Pages whose examples run; `policy-value.md` and `programmes.md` run in `tests/interventions`."""

import doctest
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "page", ["docs/metrics.md", "docs/registries.md", "docs/interventions.md", "docs/explanations.md"]
)
def test_examples_give_what_the_page_says(page: str) -> None:
    found = doctest.testfile(str(ROOT / page), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert found.attempted > 10
    assert found.failed == 0
