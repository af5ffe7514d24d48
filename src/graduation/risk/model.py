"""A trained model with the dictionary it reads by and the card that says what it is."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Self

import pandas as pd

from graduation.errors import ModelError, nearest
from graduation.features import feature_frame, feature_title
from graduation.panel import extreme_poor
from graduation.results import jsonable
from graduation.risk.classifier import RiskClassifier
from graduation.risk.reference import Reference
from graduation.risk.transition import POOLED, STATE_FEATURE, Mixture, TransitionRisk
from graduation.schema import Dictionary, Label, Language, Registry, dictionary_from_json, validate

REFERENCE = "reference.json"
STATE_LABEL = Label(en="Extreme poor now", id="Miskin ekstrem saat ini")


@dataclass(frozen=True)
class Model:
    """What `save_model` writes and `load_model` reads.

    Attributes
    ----------
    risk : TransitionRisk
    dictionary : Dictionary
        The columns needed to score; read a registry with it.
    card : dict
        What a person needs to know before trusting the model: lines, training data, figures, versions.
    reference : Reference, optional
        Where the households of training stand on each feature; without it, reasons compare with nobody.
    """

    risk: TransitionRisk
    dictionary: Dictionary
    card: dict[str, Any] = field(default_factory=dict)
    reference: Reference | None = field(default=None, repr=False)

    @cached_property
    def model_id(self) -> str:
        """Return the first 12 hex digits of the SHA-256 of all that was learned and the dictionary."""
        parts = {name: content for name, content in self.to_parts().items() if name != "card.json"}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    def households_of(self, registry: Registry | pd.DataFrame) -> pd.DataFrame:
        """Return the households of a registry, after checking that this model can read them.

        A table is taken for households that a registry has accepted (`Registry.households`), and checked again.

        Raises
        ------
        ModelError
            When the registry was read with another dictionary, or lacks columns.
        DataError
            When a table holds values that its dictionary does not allow, such as raw codes.
        """
        if isinstance(registry, Registry):
            self.check_dictionary(registry.dictionary)
            return registry.households
        self._check_columns(registry)
        flat = registry.reset_index()
        yes_no = list(flat.select_dtypes("boolean"))
        # What a registry has accepted passes again; raw codes, which would be read as if they were decoded, do not.
        again = validate(
            flat.astype(dict.fromkeys(yes_no, "float64")),
            self.dictionary.plain(),
            source="households",
            max_rejected=0.0,
        )
        return again.households.loc[registry.index]

    def check_dictionary(self, dictionary: Dictionary, *, without_history: bool = False) -> None:
        """Raise ModelError, saying where they differ, when a dictionary is not the one of this model.

        With `without_history`, that of a file is checked, to which histories are yet to be added.
        """
        theirs = dictionary.at_scoring()
        bare = self.dictionary.without_history().at_scoring()
        ours = bare if without_history else self.dictionary
        if theirs.fingerprint == ours.fingerprint:
            return
        if theirs.without_history().at_scoring().fingerprint == bare.fingerprint:
            raise ModelError(self._other_history(theirs))
        raise ModelError(self._mismatch(theirs, ours))

    def _other_history(self, theirs: Dictionary) -> str:
        if not self.dictionary.history:
            return (
                f"model {self.model_id} was trained without histories and the registry has them "
                f"({', '.join(theirs.history)}); score it as it was read, before with_history"
            )
        return (
            f"model {self.model_id} was trained with histories of the households, which the registry lacks: "
            f"{', '.join(self.dictionary.history)}. Give the earlier waves: with_history(registry, earlier), or "
            "--history EARLIER on the command line."
        )

    def _check_columns(self, households: pd.DataFrame) -> None:
        if list(households.index.names) != self.dictionary.key:
            raise ModelError(
                f"households are indexed by {list(households.index.names)}; expected {self.dictionary.key}, "
                "as read_registry gives them"
            )
        lacking = [name for name in self.dictionary.features if name not in households.reset_index()]
        if lacking and set(lacking) <= set(self.dictionary.history):
            raise ModelError(self._other_history(self.dictionary))
        if lacking:
            hints = [f"'{name}' {nearest(name, map(str, households.columns))}".strip() for name in lacking]
            raise ModelError(f"model {self.model_id} needs columns that the households lack: {', '.join(hints)}")

    def _mismatch(self, theirs: Dictionary, ours: Dictionary) -> str:
        names = ours.columns.keys() | theirs.columns.keys()
        differing = sorted(name for name in names if ours.columns.get(name) != theirs.columns.get(name))
        columns = f"columns that differ: {', '.join(differing)}" if differing else ""
        line, prices = _other_line(theirs, ours), _other_prices(theirs, ours)
        what = "; ".join(filter(None, (line[0], prices[0], columns))) or "their names, versions or keys differ"
        remedies = "" if columns else " ".join(filter(None, (line[1], prices[1])))
        remedy = remedies or "Read it with the model's dictionary, or train a model for it."
        return (
            f"model {self.model_id} belongs to dictionary {ours.name} {ours.version}, the registry was read with "
            f"{theirs.name} {theirs.version}; {what}. {remedy}"
        )

    def inputs(self, households: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
        """Return the features and the state now of each household."""
        return feature_frame(households, self.dictionary), extreme_poor(households, self.dictionary)

    def predict_risk(self, households: pd.DataFrame) -> pd.Series:
        """Return the risk of each household at the next wave, 0 to 1."""
        X, state = self.inputs(households)
        return pd.Series(self.risk.predict_risk(X, state), index=households.index, name="risk")

    def predict_interval(self, households: pd.DataFrame, *, level: float = 0.9) -> pd.DataFrame:
        """Return the lower and upper end of the range of each household's risk: columns `low` and `high`."""
        X, state = self.inputs(households)
        ends = self.risk.predict_interval(X, state, level=level)
        return pd.DataFrame(ends, index=households.index, columns=["low", "high"])

    def unseen(self, households: pd.DataFrame) -> dict[str, int]:
        """Count, per categorical feature, the cells with a level that training did not see; they score as missing."""
        X, _ = self.inputs(households)
        return self.risk.classifiers_[POOLED].encoder_.unseen(X)

    @property
    def features(self) -> list[str]:
        """Return all features that any part of the model may read, the state now the last."""
        read = self.risk.classifiers_[POOLED].encoder_.columns_
        return [*(name for name in read if name != STATE_FEATURE), STATE_FEATURE]

    def title(self, feature: str, language: Language = "en") -> str:
        """Return the plain name of a feature of this model."""
        if feature == STATE_FEATURE:
            return STATE_LABEL.text(language)
        return feature_title(feature, self.dictionary, language)

    def to_parts(self) -> dict[str, str]:
        """Return the files of a model folder by name: JSON and LightGBM text."""
        files = {"dictionary.json": self.dictionary.to_json(), "card.json": dump_json(self.card)}
        if self.reference is not None:
            files[REFERENCE] = dump_json(self.reference.to_json())
        for name, classifier in self.risk.classifiers_.items():
            learned, booster = classifier.to_parts()
            files[f"{name}.json"] = dump_json(learned)
            if booster:
                files[f"{name}.lightgbm.txt"] = booster
        mixtures = {pathway: asdict(mixture) for pathway, mixture in self.risk.mixtures_.items()}
        return {
            **files,
            "pathways.json": dump_json({"classifiers": list(self.risk.classifiers_), "mixtures": mixtures}),
        }

    @classmethod
    def from_parts(cls, files: dict[str, str]) -> Self:
        """Return the model that `to_parts` wrote."""
        pathways = json.loads(files["pathways.json"])
        dictionary = dictionary_from_json(files["dictionary.json"])
        risk = TransitionRisk(tells_state=dictionary.tells_state)
        risk.classifiers_ = {
            name: RiskClassifier.from_parts(json.loads(files[f"{name}.json"]), files.get(f"{name}.lightgbm.txt", ""))
            for name in pathways["classifiers"]
        }
        risk.mixtures_ = {name: Mixture(**mixture) for name, mixture in pathways["mixtures"].items()}
        reference = Reference.from_json(json.loads(files[REFERENCE])) if REFERENCE in files else None
        return cls(risk, dictionary, json.loads(files["card.json"]), reference)


def _other_line(theirs: Dictionary, ours: Dictionary) -> tuple[str, str]:
    """Return how the line of a registry differs from a model's, and what to do; nothing where it does not."""
    if theirs.line == ours.line:
        return "", ""
    named = f"--line {ours.line.line_id}" if ours.line else "a dictionary without a line"
    return (
        f"its line is {ours.line}, the registry's {theirs.line}",
        f"Read it by the model's line ({named}), or train a model for the other.",
    )


def _other_prices(theirs: Dictionary, ours: Dictionary) -> tuple[str, str]:
    """Return how the prices of a registry differ from a model's, and what to do; nothing where they do not."""
    if theirs.deflated == ours.deflated:
        return "", ""
    if ours.deflated:
        return (
            "it was trained on deflated welfare, the registry's is not deflated",
            "Give the deflators too: --deflators TABLE, or graduation.deflate(registry, table).",
        )
    return (
        "it was trained on welfare that is not deflated, the registry's is",
        "Leave the deflators out, or train a model with them.",
    )


def dump_json(content: Any) -> str:
    """Write plain data as JSON that is the same for the same content."""
    return json.dumps(jsonable(content), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"
