"""DeepSpectrumLite's configuration: how it is read, and which key of dslite each of its keys is.

Its ``hp_config.json`` gives a list of values for each key. Facts about DeepSpectrumLite are of its
version 1.0.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dslite import Error
from dslite.training.augment.settings import Augmentation

Value = str | int | float | bool
Config = dict[str, list[Value]]
#: Table → key → its values.
Settings = dict[str, dict[str, list[Value]]]


def _number(value: Value) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("a number")
    return float(value)


def _whole(value: Value) -> int:
    if _number(value) != int(value):
        raise ValueError("a whole number")
    return int(value)


def _flag(value: Value) -> bool:
    if value not in (0, 1):
        raise ValueError("true or false")
    return bool(value)


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise ValueError("text")
    return value


#: Keys that mean here what they mean there.
SAME: dict[str, tuple[str, str, Callable[[Value], Value]]] = {
    "basemodel_name": ("model", "backbone", _text),
    "num_units": ("model", "units", _whole),
    "activation": ("model", "activation", _text),
    "dropout": ("model", "dropout", _number),
    "optimizer": ("training", "optimizer", _text),
    "learning_rate": ("training", "learning_rate", _number),
    "loss": ("training", "loss", _text),
    "batch_size": ("training", "batch_size", _whole),
    "sample_rate": ("recipe.audio", "sample_rate_hz", _whole),
    "normalize_audio": ("recipe.audio", "normalize", lambda value: "peak" if _flag(value) else "none"),
    "chunk_size": ("recipe.chunk", "seconds", lambda value: max(0.0, _number(value))),
    "chunk_hop_size": ("recipe.chunk", "hop_seconds", _number),
    "stft_window_size": ("recipe.stft", "window_seconds", _number),
    "stft_hop_size": ("recipe.stft", "hop_seconds", _number),
    "stft_fft_length": ("recipe.stft", "fft_seconds", _number),
    "num_mel_bins": ("recipe.mel", "bands", _whole),
    "lower_edge_hertz": ("recipe.mel", "low_hz", _number),
    "upper_edge_hertz": ("recipe.mel", "high_hz", _number),
    "num_mfccs": ("recipe.mfcc", "count", _whole),
    "cep_lifter": ("recipe.mfcc", "lifter", _number),
    "image_width": ("recipe.picture", "width", _whole),
    "image_height": ("recipe.picture", "height", _whole),
    "resize_method": ("recipe.picture", "resize", _text),
    "anti_alias": ("recipe.picture", "antialias", _flag),
    "augment_specaug": ("augmentation", "specaugment", _flag),
    "augment_cutmix": ("augmentation", "cutmix", _flag),
    "sap_aug_a": ("augmentation", "sap_a", _number),
    "sap_aug_s": ("augmentation", "sap_s", _number),
    "cutmix_min": ("augmentation", "cutmix_min", _number),
    "cutmix_max": ("augmentation", "cutmix_max", _number),
    "specaug_freq_min": ("augmentation", "frequency_mask_min", _number),
    "specaug_freq_max": ("augmentation", "frequency_mask_max", _number),
    "specaug_time_min": ("augmentation", "time_mask_min", _number),
    "specaug_time_max": ("augmentation", "time_mask_max", _number),
    "specaug_freq_mask_num": ("augmentation", "frequency_masks", _whole),
    "specaug_time_mask_num": ("augmentation", "time_masks", _whole),
}
#: Keys that mean something else here, or nothing, and what a missing one stood for.
OTHERS: dict[str, tuple[Callable[[Value], Value], Value | None]] = {
    "label_parser": (_text, None),
    "model_name": (_text, "TransferBaseModel"),
    "tb_experiment": (_text, None),
    "tb_run_id": (_text, None),
    "prediction_type": (_text, "categorical"),
    "output_activation": (_text, "softmax"),
    "weights": (_text, "imagenet"),
    "pre_epochs": (_whole, 0),
    "epochs": (_whole, 0),
    "finetune_layer": (_number, 0.0),
    "fine_learning_rate": (_number, None),
    "mel_scale": (_flag, None),
    "db_scale": (_flag, False),
    "use_plot_images": (_flag, True),
    "color_map": (_text, "viridis"),
    "da_prob_min": (_number, Augmentation.probability_min),
    "da_prob_max": (_number, Augmentation.probability_max),
}
#: The order in which they are written.
TABLES = (
    *("data", "model", "training", "augmentation"),
    *(f"recipe.{table}" for table in ("audio", "chunk", "stft", "mel", "scale", "mfcc", "picture")),
)
#: What DeepSpectrumLite does whatever its configuration says, where dslite's default is another.
ALWAYS: Settings = {
    "training": {"label_smoothing": [0.0]},
    "recipe.audio": {"channel": [0]},
    "recipe.chunk": {"tail": ["drop"]},
    "recipe.picture": {"resize": ["bilinear"], "antialias": [True]},
}


@dataclass
class Imported:
    """An experiment's tables, and in words what changed its meaning."""

    settings: Settings = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def put(self, table: str, key: str, *values: Value) -> None:
        """Set the values of a key, those that repeat once."""
        self.settings.setdefault(table, {})[key] = list(dict.fromkeys(values))

    def get(self, table: str, key: str) -> list[Value]:
        """The values of a key, none where it has none."""
        return self.settings.get(table, {}).get(key, [])


def read_config(path: Path) -> Config:
    """Read an ``hp_config.json``: for every key a list of values, or one value.

    Raises:
        Error: not JSON, or something else than values in it.
    """
    config: Config = {}
    for key, values in read_object(path).items():
        listed = values if isinstance(values, list) else [values]
        if not listed or not all(isinstance(value, (str, int, float, bool)) for value in listed):
            raise Error(f"{path}: {key} = {json.dumps(values)}: expected a list of one value or more")
        config[key] = listed
    return config


def read_object(path: Path) -> dict[str, Any]:
    """Read a JSON object. Raises Error where there is none."""

    def refuse(text: str) -> None:
        raise ValueError(f"{text} is no number")

    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"), parse_constant=refuse)
    except ValueError as error:  # UnicodeDecodeError and JSONDecodeError are some
        raise Error(f"{path}: not JSON: {error}") from error
    if not isinstance(value, dict):
        raise Error(f"{path}: expected a JSON object of keys and values")
    return value
