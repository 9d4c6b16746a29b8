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

    @property
    def step(self) -> float:
        """Both together."""
        return self.pictures + self.network

    @property
    def forward(self) -> float:
        """Seconds of a batch that passes through without learning."""
        return self.pictures + FORWARD * self.network

    def describe(self, stage: str, epochs: int, batches: int, beside: float) -> str:
        """Say how long ``epochs`` epochs of ``batches`` steps take, and what limits them.

        ``beside`` are the seconds that pass beside these steps: features, validation, another stage.
        """
        learning = epochs * batches * self.step
        limit = "the network" if self.network > self.pictures else "making the pictures"
        limited = f"{limit} takes {max(self.network, self.pictures) / self.step:.0%} of a step"
        if beside > learning:
            limited = f"features and validation take {beside / (learning + beside):.0%} of it"
        return (
            f"{stage}: {counted(epochs * batches, 'step')} ({counted(epochs, 'epoch')} of {batches}) of "
            f"{self.step:.2g} s, about {duration(learning + beside)} with features and validation; {limited}"
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


def measure_pass(network: Any, batches: Batches) -> Pace:
    """Time a few batches that pass through ``network`` without learning, as those of features do."""
    pictures, passing = [], []
    for step in range(STEPS):
        began = time.monotonic()
        inputs, *_ = batches[step % len(batches)]
        made = time.monotonic()
        network.predict_on_batch(inputs)
        pictures.append(made - began)
        passing.append(time.monotonic() - made)
    return Pace(median(pictures), median(passing))


def warming_cosine(rate: float, steps: int, warmup: int) -> Any:
    """Rise to ``rate`` in ``warmup`` steps, the first of which learns already; then fall along a cosine."""
    return keras.optimizers.schedules.CosineDecay(
        rate / warmup, max(1, steps - warmup), warmup_target=rate, warmup_steps=warmup
    )
