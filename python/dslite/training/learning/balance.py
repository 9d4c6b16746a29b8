"""Files of unequal length and classes of unequal size evened out.

Where chunks counted alike, a recording of an hour would count as much as a thousand of seconds. What is
asked of a model, and measured, is the answer to a file: in every loss each file has the same weight.
"""

from __future__ import annotations

import numpy as np

from dslite.training.learning.batches import Array, Indices


def file_weights(file_of: Indices) -> Array:
    """Weights (n,) of chunks by their files: n / (files · chunks of the file), 1 on average."""
    _, place, counts = np.unique(file_of, return_inverse=True, return_counts=True)
    weights: Array = (len(file_of) / (len(counts) * counts[place])).astype(np.float32)
    return weights


def class_weights(targets: Array, file_of: Indices) -> Array:
    """Weights (n,) of one-hot rows: files / (classes · files of the class), 1 on average over files."""
    files = _first_chunks(file_of)
    counts = targets[files].sum(axis=0)
    weight_of = len(files) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    weights: Array = weight_of[targets.argmax(axis=1)].astype(np.float32)
    return weights


def upsampled(targets: Array, file_of: Indices) -> Indices:
    """Chunks of an epoch: the files of smaller classes repeated to as many as the largest has."""
    files = _first_chunks(file_of)
    classes = targets[files].argmax(axis=1)
    most = int(np.bincount(classes).max())
    repeated = np.concatenate([np.resize(files[classes == one], most) for one in np.unique(classes)])
    return np.concatenate([np.flatnonzero(file_of == file_of[first]) for first in repeated])


def _first_chunks(file_of: Indices) -> Indices:
    """A chunk of each file, the first."""
    return np.unique(file_of, return_index=True)[1]
