"""How long, how fast and by what a network learns."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from dslite.training.learning.losses import UNWEIGHTED, check_loss, check_weighted
from dslite.training.learning.optimizers import check_optimizer

#: The two stages.
HEAD, FINE_TUNING = "head", "fine-tuning"
BALANCES = ("auto", "none", "weights", "upsample")
#: Epochs that follow from steps.
BY_STEPS = -1
#: However many steps an epoch has, a stage has this many epochs: large sets are seen more than once.
LEAST_EPOCHS = 3


@dataclass(frozen=True)
class Schedule:
    """Two stages: ``epochs`` of the head alone, then ``fine_tune_epochs`` with the last layers.

    Epochs of −1, the default, are as many as make up ``steps`` and ``fine_tune_steps`` steps of a batch, at
    least 3: a network needs a number of steps, and 100 files give 3 of them an epoch, 100 000 files 3000.
    The learning rates are the optimizer's, at the top of a cosine that ends at zero.
    ``fine_tune_share`` counts the backbone's layers from its end. ``loss`` is any of Keras's by name,
    or "" for cross-entropy of classes and the squared error of values. ``balance`` evens out classes:
    "weights" weighs files by the inverse of their class's share, "upsample" repeats those of the
    smaller classes, "auto" is "weights" where there are classes and the loss takes weights. ``patience``
    epochs without a lower loss on the validation part end a stage early (0: none); with a validation part
    the weights of its lowest loss are kept in any case. ``augment_frozen`` augments while the backbone is
    frozen, too, which costs a pass through the backbone per epoch instead of one in all. The defaults of
    fine-tuning were chosen on speakers within the training parts of EmoDB and on synthetic words
    (benches/RESULTS.md).

    Raises:
        ValueError: a value out of its range.
    """

    epochs: int = BY_STEPS
    steps: int = 600
    fine_tune_epochs: int = BY_STEPS
    fine_tune_steps: int = 260
    batch_size: int = 32
    optimizer: str = "adam"
    learning_rate: float = 2e-3
    fine_learning_rate: float = 1e-3
    fine_tune_share: float = 0.7
    loss: str = ""
    label_smoothing: float = 0.1
    balance: str = "auto"
    patience: int = 0
    augment_frozen: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        least_of = {"epochs": BY_STEPS, "fine_tune_epochs": BY_STEPS, "steps": 1, "fine_tune_steps": 1}
        least_of |= {"batch_size": 1, "patience": 0, "seed": 0}
        for name, least in least_of.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} given, expected {least} or more")
        for name in ("learning_rate", "fine_learning_rate", "fine_tune_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name}: {getattr(self, name)} given, expected above 0, up to 1")
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing: {self.label_smoothing} given, expected 0 up to below 1")
        check_optimizer(self.optimizer)
        if self.loss:
            check_loss(self.loss, self.label_smoothing)
        if self.balance not in BALANCES:
            raise ValueError(f"balance: '{self.balance}' given, expected one of {', '.join(BALANCES)}")
        if self.balance == "weights":
            check_weighted(self.loss)
        if not (self.epochs or self.fine_tune_epochs):
            raise ValueError("epochs: none of either stage; expected at least one")

    @classmethod
    def from_scratch(cls) -> Schedule:
        """The defaults for random weights: no frozen stage, every layer learns."""
        return cls(epochs=0, fine_tune_steps=500, fine_tune_share=1.0)

    def balanced(self, classes: bool) -> Schedule:
        """The same with "auto" settled, for classes or for values."""
        if self.balance != "auto":
            return self
        takes_weights = not self.loss or check_loss(self.loss) not in UNWEIGHTED
        return replace(self, balance="weights" if classes and takes_weights else "none")

    def in_epochs(self, batches: int) -> Schedule:
        """The same with epochs in place of steps, for epochs of ``batches`` steps."""

        def resolved(epochs: int, steps: int) -> int:
            return max(LEAST_EPOCHS, math.ceil(steps / batches)) if epochs == BY_STEPS else epochs

        return replace(
            self,
            epochs=resolved(self.epochs, self.steps),
            fine_tune_epochs=resolved(self.fine_tune_epochs, self.fine_tune_steps),
        )
