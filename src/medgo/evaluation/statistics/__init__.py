"""Numbers and how sure they are. Pure functions on numbers; knows no benchmark, model or file."""

from medgo.evaluation.statistics.agreement import balanced_f1, bias_points, cohen_kappa, krippendorff_alpha
from medgo.evaluation.statistics.calibration import (
    Bin,
    brier,
    expected_calibration_error,
    label_probabilities,
    reliability,
)
from medgo.evaluation.statistics.epochs import majority, pass_at_k
from medgo.evaluation.statistics.intervals import (
    RESAMPLES,
    Estimate,
    Sample,
    average_interval,
    mean_interval,
    percentile_interval,
    resampled_totals,
    wilson,
)
from medgo.evaluation.statistics.paired import (
    Discordance,
    detectable_difference,
    detectable_mean_difference,
    discordance,
    holm,
    mcnemar_exact,
    mcnemar_power,
    paired_bootstrap,
)

__all__ = [
    "RESAMPLES",
    "Bin",
    "Discordance",
    "Estimate",
    "Sample",
    "average_interval",
    "balanced_f1",
    "bias_points",
    "brier",
    "cohen_kappa",
    "detectable_difference",
    "detectable_mean_difference",
    "discordance",
    "expected_calibration_error",
    "holm",
    "krippendorff_alpha",
    "label_probabilities",
    "majority",
    "mcnemar_exact",
    "mcnemar_power",
    "mean_interval",
    "paired_bootstrap",
    "pass_at_k",
    "percentile_interval",
    "reliability",
    "resampled_totals",
    "wilson",
]
