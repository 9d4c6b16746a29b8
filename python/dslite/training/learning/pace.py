"""How long learning will take, measured on a few real steps before it begins."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from dslite.training.learning import checkpoint
from dslite.training.learning.batches import Batches
from dslite.training.network.quiet_tensorflow import keras
from dslite.util.progress import duration
from dslite.util.text import counted

#: The median of so many counts: the first builds the graph, and so does the first batch of another size,
#: which takes as long as dozens of steps.
STEPS = 5
#: A pass without gradients, as a share of a step: forward is a third of forward and backward.
FORWARD = 1 / 3


@dataclass(frozen=True)
class Pace:
    """Seconds of one step: making its batch of pictures, and learning from it."""

    pictures: float
    network: float

    def describe(self, epochs: int, batches: int, unvaried: float) -> str:
        """Say how long ``epochs`` epochs of ``batches`` steps take, and what limits them.

        ``unvaried`` counts the batches that pass through the network without learning, over all epochs.
        """
        step = self.pictures + self.network
        seconds = epochs * batches * step + unvaried * (self.pictures + FORWARD * self.network)
        limit = "the network" if self.network > self.pictures else "making the pictures"
        share = max(self.network, self.pictures) / step
        return (
            f"fine-tuning: {counted(epochs * batches, 'step')} ({counted(epochs, 'epoch')} of {batches}) of "
            f"{step:.2g} s, about "
            f"{duration(seconds)} with features and validation; {limit} takes {share:.0%} of a step"
        )


def measure(model: Any, batches: Batches) -> Pace:
    """Time a few steps of the compiled ``model``, and leave it and its optimizer as they were."""
    model.optimizer.build(model.trainable_variables)
    variables = [*model.variables, *model.optimizer.variables]
    before = checkpoint.values(variables)
    pictures, network = [], []
    for step in range(STEPS):
        began = time.monotonic()
        batch = batches[step % len(batches)]
        made = time.monotonic()
        model.train_on_batch(*batch)
        pictures.append(made - began)
        network.append(time.monotonic() - made)
    for variable, value in zip(variables, before, strict=True):
        variable.assign(value)
    model.reset_metrics()
    return Pace(median(pictures), median(network))


def warming_cosine(rate: float, steps: int, warmup: int) -> Any:
    """Rise to ``rate`` in ``warmup`` steps, the first of which learns already; then fall along a cosine."""
    return keras.optimizers.schedules.CosineDecay(
        rate / warmup, max(1, steps - warmup), warmup_target=rate, warmup_steps=warmup
    )
