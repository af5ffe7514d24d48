"""Who is at risk of remaining or becoming extreme poor, and what to offer within a budget.

The public face is what `__all__` names. Each name is loaded when it is first used, so that importing the package (and
asking the command line for help) stays quick.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

# Editors and type checkers do not follow __getattr__; they read these.
# ruff: noqa: F401
if TYPE_CHECKING:
    from graduation.allocate import Allocation, Capacity, Frontier, Quota, Share, allocate, frontier
    from graduation.batch import ScoredFile, ScoringSettings, score_file
    from graduation.datasets import Fidelity, Waves, fidelity, make_waves
    from graduation.errors import DataError, GraduationError, ModelError, NotEnoughData, UsageError
    from graduation.evaluate import (
        Budget,
        Comparison,
        Evaluation,
        MissedProfile,
        PathwayEvaluation,
        RangeCoverage,
        Transfer,
        TransferEvaluation,
        compare,
        cross_groups,
        evaluate,
        evaluate_pathways,
        evaluate_transfer,
        range_coverage,
        who_is_missed,
    )
    from graduation.explain import Explanation, explain
    from graduation.interventions import (
        BudgetCurve,
        EffectModel,
        Goal,
        Intervention,
        PilotDesign,
        PilotTarget,
        PolicyValue,
        Programme,
        PublishedEffects,
        Recommendations,
        ValueSettings,
        budget_curve,
        design_pilot,
        load_programme,
        policy_value,
        published_effects,
        recommend,
    )
    from graduation.io import load_model, read_registry, save_model, write_registry
    from graduation.panel import Panel, PoorCount, count_poor, pair_waves, with_history
    from graduation.reports import check_page, evaluation_page, job_page, scorecard_page
    from graduation.risk import Model, RiskClassifier, Scorecard, Scores, TransitionRisk, fit_scorecard
    from graduation.roster import Roster, household_features, with_members
    from graduation.schema import (
        Dictionary,
        Duplicates,
        Harmonised,
        Line,
        Proposal,
        Registry,
        deflate,
        find_duplicates,
        harmonise,
        infer_dictionary,
        load_dictionary,
        load_line,
    )
    from graduation.tracking import track
    from graduation.workflows import (
        Backtest,
        LeakageCheck,
        Plan,
        TrainingRun,
        backtest,
        check_leakage,
        learn_effects,
        plan,
        records_dictionary,
        score,
        train,
    )

_ROOMS = {
    "allocate": ("Allocation", "Capacity", "Frontier", "Quota", "Share", "allocate", "frontier"),
    "batch": ("ScoredFile", "ScoringSettings", "score_file"),
    "datasets": ("Fidelity", "Waves", "fidelity", "make_waves"),
    "errors": ("DataError", "GraduationError", "ModelError", "NotEnoughData", "UsageError"),
    "evaluate": (
        "Budget", "Comparison", "Evaluation", "MissedProfile", "PathwayEvaluation", "RangeCoverage", "Transfer",
        "TransferEvaluation", "compare", "cross_groups", "evaluate", "evaluate_pathways", "evaluate_transfer",
        "range_coverage", "who_is_missed",
    ),
    "explain": ("Explanation", "explain"),
    "interventions": (
        "BudgetCurve", "EffectModel", "Goal", "Intervention", "PilotDesign", "PilotTarget", "PolicyValue", "Programme",
        "PublishedEffects", "Recommendations", "ValueSettings", "budget_curve", "design_pilot",
        "load_programme", "policy_value", "published_effects", "recommend",
    ),
    "io": ("load_model", "read_registry", "save_model", "write_registry"),
    "panel": ("Panel", "PoorCount", "count_poor", "pair_waves", "with_history"),
    "reports": ("check_page", "evaluation_page", "job_page", "scorecard_page"),
    "risk": ("Model", "RiskClassifier", "Scorecard", "Scores", "TransitionRisk", "fit_scorecard"),
    "roster": ("Roster", "household_features", "with_members"),
    "schema": (
        "Dictionary", "Duplicates", "Harmonised", "Line", "Proposal", "Registry", "deflate", "find_duplicates",
        "harmonise", "infer_dictionary", "load_dictionary", "load_line",
    ),
    "tracking": ("track",),
    "workflows": (
        "Backtest", "LeakageCheck", "Plan", "TrainingRun", "backtest", "check_leakage", "learn_effects", "plan",
        "records_dictionary", "score", "train",
    ),
}  # fmt: skip
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = sorted(_ROOM_OF)


def __getattr__(name: str) -> Any:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'graduation' has no attribute '{name}'")
    value = getattr(import_module(f"graduation.{_ROOM_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__


class _Package(ModuleType):
    """Three rooms bear the name of their one function; loading the room must not hide the function."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _ROOM_OF and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
