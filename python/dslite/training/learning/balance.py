"""Classes of unequal size evened out, for training alone."""

from __future__ import annotations

import numpy as np

from dslite.training.learning.batches import Array, Indices


def class_weights(targets: Array) -> Array:
    """Weights (n,) of one-hot rows: n / (classes · files of the class), 1 on average."""
    counts = targets.sum(axis=0)
    weight_of = len(targets) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    weights: Array = weight_of[targets.argmax(axis=1)].astype(np.float32)
    return weights


def upsampled(targets: Array) -> Indices:
    """Rows of one-hot ``targets``, those of smaller classes repeated to as many as the largest has."""
    classes = targets.argmax(axis=1)
    most = int(np.bincount(classes).max())
    return np.concatenate([np.resize(np.flatnonzero(classes == one), most) for one in np.unique(classes)])
