"""What each metric is a share of, and what a planner calls it."""

OF = {
    "n": "households, not weighted",
    "n_positive": "households observed extreme poor, not weighted",
    "prevalence": "share of the weighted population who are extreme poor",
    "poverty_rate_error": "mean risk minus prevalence; above 0 = too many expected",
    "roc_auc": "chance that an extreme poor household ranks above another; ties count 1/2",
    "average_precision": "precision averaged over the extreme poor; a random order gives the prevalence",
    "list_share": "share of the weighted population on the list",
    "exclusion_error": "share of the extreme poor who are missed",
    "inclusion_error": "share of the list who are not extreme poor",
    "false_positive_rate": "share of those not extreme poor who are on the list",
    "targeting_differential": "share of the extreme poor listed minus share of the others; 0 = random, 1 = perfect",
    "precision": "share of the list who are extreme poor, expected when ties at the cut are broken at random",
    "precision_worst": "share of the list who are extreme poor, unluckiest tie-break",
    "precision_best": "share of the list who are extreme poor, luckiest tie-break",
    "recall": "share of the extreme poor on the list, expected when ties at the cut are broken at random",
    "recall_worst": "share of the extreme poor on the list, unluckiest tie-break",
    "recall_best": "share of the extreme poor on the list, luckiest tie-break",
    "brier": "mean squared distance between risk and outcome",
    "log_loss": "mean surprise, natural logarithm; risk clipped at 1e-6",
    "ece": "mean distance between risk and observed share, bins of equal weight; noise alone makes it positive",
    "ece_by_chance": "what `ece` would be by noise alone if every risk were right and households independent",
    "calibration_intercept": "logistic line of outcome on logit risk; 0 with slope 1 = calibrated",
    "calibration_slope": "logistic line of outcome on logit risk; under 1 = risks too extreme",
    # by group
    "share_listed": "share of the group on the list",
    "share_of_list": "share of the list who belong to the group",
    "coverage_ratio": "share of the group's extreme poor on the list / the same of all",
    "calibration_gap": "mean risk of the group minus its share of extreme poor; above 0 = expected poorer than it is",
}
NO_INTERVAL = ("n", "n_positive", "ece_by_chance")
# What a planner reads first, in this order; every figure is in the frame.
PLAIN = {
    "n": "households",
    "n_positive": "extreme poor among them",
    "prevalence": "share extreme poor",
    "poverty_rate_error": "expected minus observed share",
    "list_share": "length of the list",
    "exclusion_error": "missed (exclusion error)",
    "inclusion_error": "wrongly listed (inclusion error)",
    "false_positive_rate": "others on the list (false positive rate)",
    "targeting_differential": "targeting differential",
    "roc_auc": "ranking (ROC AUC)",
    "average_precision": "ranking (average precision)",
    "brier": "risks (Brier score)",
    "log_loss": "risks (log loss)",
    "ece": "risks (calibration error)",
    "calibration_slope": "risks (calibration slope)",
}


def first_words(metric: str) -> str:
    """Return what a metric is, without what is to be added beside it."""
    return OF[metric].partition(";")[0]
