"""Losses by name: every one of Keras that suits rows of targets.

The tables stand here without Keras, so that settings are checked before TensorFlow takes its seconds.
"""

from __future__ import annotations

from typing import Any

#: Names, and what ``keras.losses`` calls them. Targets are rows: one-hot, or of values.
LOSSES = {
    "categorical_crossentropy": "CategoricalCrossentropy",
    "categorical_focal_crossentropy": "CategoricalFocalCrossentropy",
    "categorical_hinge": "CategoricalHinge",
    "binary_crossentropy": "BinaryCrossentropy",
    "binary_focal_crossentropy": "BinaryFocalCrossentropy",
    "kl_divergence": "KLDivergence",
    "hinge": "Hinge",
    "squared_hinge": "SquaredHinge",
    "dice": "Dice",
    "tversky": "Tversky",
    "mean_squared_error": "MeanSquaredError",
    "mean_absolute_error": "MeanAbsoluteError",
    "mean_absolute_percentage_error": "MeanAbsolutePercentageError",
    "mean_squared_logarithmic_error": "MeanSquaredLogarithmicError",
    "huber": "Huber",
    "log_cosh": "LogCosh",
    "cosine_similarity": "CosineSimilarity",
    "poisson": "Poisson",
}
#: Keras's short names.
SHORT = {
    "bce": "binary_crossentropy",
    "kld": "kl_divergence",
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}
#: Keras's other losses, and why rows of targets do not suit them.
UNSUITABLE = {
    "sparse_categorical_crossentropy": "it takes class numbers, and targets are one-hot rows; "
    "expected 'categorical_crossentropy', the same loss for rows",
    "categorical_generalized_cross_entropy": "it takes class numbers, and targets are one-hot rows; "
    "expected 'categorical_focal_crossentropy' or another loss for rows",
    "circle": "it compares embeddings by class numbers; expected a loss of the scores, "
    "such as 'categorical_crossentropy'",
    "ctc": "it aligns sequences; expected a loss of the scores, such as 'categorical_crossentropy'",
}
SMOOTHING = (
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
)

#: Losses of the batch as a whole, to which a weight per chunk makes no difference.
UNWEIGHTED = ("dice", "tversky")
#: Losses of values that must be positive; standardised ones are negative about half of the time.
POSITIVE = ("poisson", "mean_squared_logarithmic_error", "mean_absolute_percentage_error")


def check_loss(name: str, label_smoothing: float = 0.0) -> str:
    """Return the long name in ``LOSSES`` of what Keras calls ``name`` (its short and class names too).

    Raises:
        ValueError: unknown, made for other targets than rows, or a smoothing it does not know.
    """
    known = {cls: long for long, cls in LOSSES.items()} | SHORT | {s.upper(): n for s, n in SHORT.items()}
    long = known.get(name, name)
    unsuitable = {key.replace("_", ""): why for key, why in UNSUITABLE.items()}
    if why := unsuitable.get(name.replace("_", "").lower()):
        raise ValueError(f"loss: '{name}' given, but {why}")
    if long not in LOSSES:
        raise ValueError(f"loss: '{name}' given, expected one of {', '.join(LOSSES)}")
    if not 0 <= label_smoothing < 1:
        raise ValueError(f"label_smoothing: {label_smoothing} given, expected 0 up to below 1")
    if label_smoothing and long not in SMOOTHING:
        raise ValueError(
            f"label_smoothing: {label_smoothing} given, but {long} knows none; "
            f"expected 0, or one of {', '.join(SMOOTHING)}"
        )
    return long


def check_weighted(name: str) -> None:
    """Raise ValueError if the loss ``name`` takes no weights of chunks."""
    if name and check_loss(name) in UNWEIGHTED:
        raise ValueError(
            f"loss: '{name}' given with balance = 'weights', but it is one figure for a whole batch and "
            "ignores weights; expected balance = 'upsample', or another loss"
        )


def check_standardised(name: str) -> None:
    """Raise ValueError if the loss ``name`` cannot follow standardised values."""
    if name and check_loss(name) in POSITIVE:
        raise ValueError(
            f"loss: '{name}' given, but it needs positive values, and targets are learnt standardised, "
            "about zero; expected 'mean_squared_error', 'mean_absolute_error', 'huber' or 'log_cosh'"
        )


def make_loss(name: str, label_smoothing: float = 0.0) -> Any:
    """Make the Keras loss ``name`` of rows of targets and rows of outputs, the batch's mean.

    Raises:
        ValueError: as ``check_loss``.
    """
    long = check_loss(name, label_smoothing)
    from dslite.training.network.quiet_tensorflow import keras

    smoothing = {"label_smoothing": label_smoothing} if label_smoothing else {}
    return getattr(keras.losses, LOSSES[long])(**smoothing)
