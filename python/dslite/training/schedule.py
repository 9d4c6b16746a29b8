"""How long and how fast a network learns."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """Two stages: ``epochs`` of the head alone, then ``fine_tune_epochs`` with the last layers.

    The learning rates are Adam's, at the top of a cosine that ends at zero. ``fine_tune_share``
    counts the backbone's layers from its end. The defaults are what held on ESC-10.

    Raises:
        ValueError: a value out of its range.
    """

    epochs: int = 60
    fine_tune_epochs: int = 12
    batch_size: int = 32
    learning_rate: float = 2e-3
    fine_learning_rate: float = 1e-3
    fine_tune_share: float = 0.4
    dropout: float = 0.2
    label_smoothing: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("epochs", 0), ("fine_tune_epochs", 0), ("batch_size", 1), ("seed", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name}: {getattr(self, name)} given, expected {least} or more")
        for name in ("learning_rate", "fine_learning_rate", "fine_tune_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name}: {getattr(self, name)} given, expected above 0, up to 1")
        for name in ("dropout", "label_smoothing"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name}: {getattr(self, name)} given, expected 0 up to below 1")
        if not self.epochs + self.fine_tune_epochs:
            raise ValueError("epochs: none of either stage; expected at least one")

    @classmethod
    def from_scratch(cls) -> Schedule:
        """The defaults for random weights: no frozen stage, every layer learns."""
        return cls(epochs=0, fine_tune_epochs=40, fine_tune_share=1.0)
