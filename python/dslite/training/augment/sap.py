"""SapAugment: what the network finds easy is varied more (Hu et al. 2020, arXiv:2011.01156)."""

from __future__ import annotations

from typing import Any

from dslite.training.network.quiet_tensorflow import tf


def loss_ranks(losses: Any) -> Any:
    """Where each loss stands in its batch: (n,) float32 between 0 (least) and 1 (largest), neither reached.

    The k-th of n losses in rising order gets (k − ½) / n, equal ones the mean of theirs. So a batch of one,
    and one whose losses are all equal, stand in the middle, and the mean is ½ whatever n.
    """
    below = tf.cast(losses[None, :] < losses[:, None], tf.float32)
    equal = tf.cast(losses[None, :] == losses[:, None], tf.float32)
    return tf.reduce_mean(below + equal / 2, axis=1)


def strengths(losses: Any, a: float, s: float) -> Any:
    """λ = 1 − I(r; s(1 − a), s·a) for the loss ranks r: (n,) float32, 1 for the easiest, 0 for the hardest.

    I is the regularised incomplete beta function. λ falls with the rank, about r = 1 − a, the steeper the
    larger ``s``; ``a`` = 0 varies all samples fully and 1 none, the limits of the formula.
    """
    ranks = loss_ranks(losses)
    if a in (0, 1):
        return tf.fill(tf.shape(ranks), float(1 - a))
    return 1 - tf.math.betainc(s * (1 - a), s * a, ranks)
