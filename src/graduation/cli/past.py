"""Records of a past programme, as they are named on the command line, become effects."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from graduation.cli.loading import key_file_of, own_dictionary, rejected_path, write_rejected
from graduation.errors import UsageError

if TYPE_CHECKING:
    from graduation.cli.console import Progress
    from graduation.interventions import EffectModel, Programme
    from graduation.risk import Model
    from graduation.settings import Settings


@dataclass(frozen=True)
class Past:
    """The file of the records, and how they are to be read; the chance of an arm is a number or a column."""

    path: Path
    after: str
    chances: dict[str, float | str] = field(default_factory=dict)
    cluster: str | None = None
    personal: bool = True


def past_from(
    path: Path | None, after: str, chances: list[str] | None, cluster: str | None, *, average: bool
) -> Past | None:
    """Return what the options --records, --after, --chance, --cluster and --average-effects ask, if anything."""
    if path is None:
        lonely = [name for name, value in (("--chance", chances), ("--cluster", cluster)) if value]
        if lonely:
            raise UsageError(f"{' and '.join(lonely)} is of the records of a past programme; give --records too")
        return None
    return Past(path, after, chances_from(chances), cluster, not average)


def chances_from(texts: list[str] | None) -> dict[str, float | str]:
    """Turn arm=number and arm=column into the chances of arms."""
    found: dict[str, float | str] = {}
    for text in texts or []:
        arm, _, chance = text.partition("=")
        if not (arm and chance) or arm in found:
            raise UsageError(f"--chance '{text}'; expected arm=number or arm=column once for each arm, as in cash=0.2")
        try:
            found[arm] = float(chance)
        except ValueError:
            found[arm] = chance
    return found


def effects_from(
    past: Past | None,
    model: Model,
    programme: Programme,
    settings: Settings,
    tell: Progress,
    *,
    out: Path,
    force: bool,
    seed: int,
) -> EffectModel | None:
    """Estimate effects from programme records, where there are any."""
    if past is None:
        return None
    from graduation.interventions import CHANCE, NO_ARM
    from graduation.io import read_registry
    from graduation.workflows import learn_effects, records_dictionary

    tell("estimating effects from the programme records")
    # The dictionary of a model knows no survey weights, for scoring needs none; that of the records does.
    dictionary = own_dictionary(past.path, settings) or model.dictionary
    columns = [f"{CHANCE}{arm}" for arm in (NO_ARM, *programme.names)]
    columns += [name for name in past.chances.values() if isinstance(name, str)]
    # Welfare before and after is at prices of its own, so the registry's deflators do not apply.
    share, key = settings.registry.max_rejected, key_file_of(settings)
    known = records_dictionary(dictionary, after=past.after, chances=columns, cluster=past.cluster)
    read = read_registry(past.path, schema=known, max_rejected=share, key_file=key)
    write_rejected(read, rejected_path(past.path, out), force=force)
    return learn_effects(read, chances=past.chances, cluster=past.cluster, seed=seed, personal=past.personal)
