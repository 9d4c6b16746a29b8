"""What varies the recordings while a network learns; nothing here needs TensorFlow."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

#: Least and largest value of each number.
RANGES: dict[str, tuple[float, float]] = {
    "sap_a": (0, 1),
    "sap_s": (0.01, 1000),
    "probability_min": (0, 1),
    "probability_max": (0, 1),
    "frequency_mask_min": (0, 1),
    "frequency_mask_max": (0, 1),
    "time_mask_min": (0, 1),
    "time_mask_max": (0, 1),
    "frequency_masks": (0, 100),
    "time_masks": (0, 100),
    "cutmix_min": (0, 1),
    "cutmix_max": (0, 1),
    "mixup": (0, 100),
    "time_shift": (0, 1),
    "gain_db": (0, 60),
    "noise_snr_db_min": (-60, 120),
    "noise_snr_db_max": (-60, 120),
    "noise_probability": (0, 1),
}


@dataclass(frozen=True)
class Augmentation:
    """All that may be varied, off unless asked for; docs/augmentation.md says what each key does.

    The names and values are those of an experiment's table ``[augmentation]``. The defaults of SapAugment,
    SpecAugment and CutMix are those of DeepSpectrumLite's own configuration.

    Raises:
        ValueError: a value of another type or out of its range, or a least value above its largest.
    """

    specaugment: bool = False
    cutmix: bool = False
    sapaugment: bool = True  # False: sizes and probability are drawn, not led by the losses
    sap_a: float = 0.5
    sap_s: float = 10.0
    probability_min: float = 0.1
    probability_max: float = 0.5
    frequency_mask_min: float = 0.1  # share of the height, of all masks together
    frequency_mask_max: float = 0.3
    time_mask_min: float = 0.1  # share of the width, of all masks together
    time_mask_max: float = 0.3
    frequency_masks: int = 1
    time_masks: int = 1
    cutmix_min: float = 0.075  # share of each side
    cutmix_max: float = 0.25
    mixup: float = 0.0  # alpha of the Beta distribution
    time_shift: float = 0.0  # share of the chunk
    gain_db: float = 0.0
    noise: str = ""  # folder of background recordings
    noise_snr_db_min: float = 5.0
    noise_snr_db_max: float = 20.0
    noise_probability: float = 0.5

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name), str(field.type))
        for name in (field.name for field in fields(self) if field.name.endswith("_min")):
            low, high = getattr(self, name), getattr(self, largest := f"{name[:-4]}_max")
            if low > high:
                raise ValueError(f"{name}: {low} given, expected at most {largest}, which is {high}")
        if self.specaugment and not self.frequency_masks + self.time_masks:
            raise ValueError("frequency_masks: 0 given and time_masks too, expected a mask for specaugment")

    @property
    def of_pictures(self) -> bool:
        """Whether the network's inputs are varied."""
        return self.specaugment or self.cutmix or self.mixup > 0

    @property
    def of_signals(self) -> bool:
        """Whether the sound is varied before its picture is made."""
        return self.time_shift > 0 or self.gain_db > 0 or self.noise != ""

    @property
    def any(self) -> bool:
        """Whether anything is varied: if not, a frozen backbone's features can be computed once."""
        return self.of_pictures or self.of_signals

    @property
    def by_losses(self) -> bool:
        """Whether each step needs the losses of the unvaried batch, which costs a pass more."""
        return self.sapaugment and (self.specaugment or self.cutmix)


_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "bool": ((bool,), "true or false"),
    "int": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "str": ((str,), "text"),
}


def _check(name: str, value: Any, kind: str) -> None:
    types, expected = _KINDS[kind]
    # To Python a bool is an int, to a configuration it is a mistake.
    if type(value) not in types:
        raise ValueError(f"{name}: {value!r} given, expected {expected}")
    if name not in RANGES:
        return
    low, high = RANGES[name]
    if not low <= value <= high:  # as NaN is not
        raise ValueError(f"{name}: {value} given, expected {low:g} to {high:g}")
