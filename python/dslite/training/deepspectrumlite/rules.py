"""The keys of DeepSpectrumLite that mean something else in dslite: each rule says what it made of them."""

from __future__ import annotations

from dslite import Recipe
from dslite.training.deepspectrumlite.config import Config, Imported, Value


def _one(checked: Config, key: str, why: str) -> Value:
    """The only value of a key that others hang on.

    Raises:
        ValueError: it has several.
    """
    values = set(checked[key])
    if len(values) > 1:
        raise ValueError(f"{key}: {len(values)} values given, expected one, as {why}; import two files")
    return values.pop()


def _labels(made: Imported, checked: Config, config: Config) -> None:
    parsers = checked.get("label_parser", [])
    if any(str(parser).endswith(":ComParEParser") for parser in parsers):
        made.put("data", "by_prefix", True)
        made.notes.append(
            "label_parser: ComParEParser's table is read as it is (filename,label,duration_frames; the parts "
            "are the names' prefixes train, devel, test); give it as data.labels. No code is run."
        )
    elif parsers:
        made.notes.append(
            f"label_parser: {parsers[0]} is code, and no code named in a configuration is run; give the "
            "labels as a CSV (columns filename, label) in data.labels, and the split (data.split and "
            "test, cv or by_prefix)"
        )
    if any(name != "TransferBaseModel" for name in checked["model_name"]):
        made.notes.append("model_name: only TransferBaseModel is known; taken for it")
    if named := [key for key in ("tb_experiment", "tb_run_id") if key in checked]:
        made.notes.append(f"{' and '.join(named)}: left out; `dslite train` names the folder of a run")


def _task(made: Imported, checked: Config, config: Config) -> None:
    kind = _one(checked, "prediction_type", "the task decides what the labels are")
    if kind not in ("categorical", "regression"):
        raise ValueError(f"prediction_type: '{kind}' given, expected categorical or regression")
    expected = "softmax" if kind == "categorical" else "linear"
    if kind == "regression":
        made.put("data", "targets", "label")
    else:
        made.put("training", "balance", "upsample")
    if set(checked["output_activation"]) != {expected}:
        given = "softmax, there the default," if "output_activation" not in config else "the given one"
        made.notes.append(f"output_activation: {expected} here for {kind}, not {given}")
    losses = set(made.get("training", "loss")) - {"categorical_crossentropy"}
    if losses and checked["weights"] != [""]:
        made.notes.append("loss: there fine-tuning used categorical_crossentropy whatever loss said")


def _stages(made: Imported, checked: Config, config: Config) -> None:
    first, second = checked["pre_epochs"], checked["epochs"]
    rates = checked.get("fine_learning_rate", made.get("training", "learning_rate"))
    weights = _one(checked, "weights", "it decides about the stages")
    if weights not in ("", "imagenet"):
        raise ValueError(f"weights: '{weights}' given, expected 'imagenet' or ''")
    together = [int(a) + int(b) for a in first for b in second]
    made.put("model", "weights", weights or "none")
    if weights:
        first, second = _finetuned(made, checked, together)
    else:
        first, second = [0], [*together]
        made.put("training", "fine_tune_share", 1.0)
        # Of a stage that is empty no rate is read, and several would multiply the grid.
        rates = made.settings["training"].pop("learning_rate", [])
        made.notes.append(
            "weights: random ones learn whole from the start there, for pre_epochs + epochs at "
            "learning_rate; here that is the second stage (fine_tune_epochs, fine_learning_rate)"
        )
    made.put("training", "epochs", *first)
    made.put("training", "fine_tune_epochs", *second)
    if rates:
        made.put("training", "fine_learning_rate", *rates)
    made.notes.append("learning rates: constant there, here the top of a cosine that falls to zero")


def _finetuned(made: Imported, checked: Config, together: list[int]) -> tuple[list[Value], list[Value]]:
    """Of pretrained weights the epochs of the frozen stage and of fine-tuning."""
    first, second = checked["pre_epochs"], checked["epochs"]
    shares = [float(share) for share in checked["finetune_layer"]]
    if all(0 < share < 1 for share in shares):
        made.put("training", "fine_tune_share", *(round(1 - share, 9) for share in shares))
        made.notes += [
            "finetune_layer: there the share of the first layers, which stay frozen; fine_tune_share, of the "
            "last, which learn, is 1 − finetune_layer",
            "epochs: there fine-tuning ran one epoch more",
            "fine-tuning: batch norm kept the photographs' statistics there, here it learns",
        ]
        return first, second
    share = float(_one(checked, "finetune_layer", "with 0, or 1 and more, the backbone stays frozen"))
    if share == 0:
        made.notes.append("finetune_layer: 0 stood for no fine-tuning; fine_tune_epochs is 0")
        return first, [0]
    made.notes.append(
        f"finetune_layer: {share:g} kept the whole backbone frozen for epochs more, at fine_learning_rate; "
        "here these are epochs of the first stage, at learning_rate"
    )
    return [*together], [0]


def _sound(made: Imported, checked: Config, config: Config) -> None:
    made.notes.append(
        "sound: files of another rate were taken as if they had sample_rate, here they are resampled; the "
        "first channel is taken, as there; a file's number of chunks is its own, not duration_frames'"
    )
    if {"vgg16", "vgg19"} & set(made.get("model", "backbone")):
        made.notes.append("vgg: was given BGR with its mean in it; here the mean is taken off")
    if "mel_scale" in checked:
        off = "; false in this file, but pictures were mel there too" if False in checked["mel_scale"] else ""
        made.notes.append(f"mel_scale: was never read{off}")


def _scale(made: Imported, checked: Config, config: Config) -> None:
    counts = {bool(count) for count in made.get("recipe.mfcc", "count") or [0]}
    in_db = set(checked["db_scale"])
    if (True in counts and len(in_db) > 1) or (len(counts) > 1 and False in in_db):
        raise ValueError("db_scale and num_mfccs: the scale hangs on both; import a file for each")
    if True not in counts:
        made.put("recipe.scale", "kind", *("db" if on else "none" for on in checked["db_scale"]))
    elif True in in_db:
        made.put("recipe.scale", "kind", "db")
        made.put("recipe.scale", "reference", "max")
        made.notes.append(
            "num_mfccs: MFCC's dB were relative to the whole batch's maximum there, so a picture hung on its "
            "neighbours; here to the chunk's. They were 20·log10 of a power, twice the values here"
        )
    else:
        made.put("recipe.scale", "kind", "log")
        made.put("recipe.scale", "amin", 1e-6)


def _picture(made: Imported, checked: Config, config: Config) -> None:
    maps = []
    for name in checked["color_map"]:
        if name not in COLORMAPS:
            made.notes.append(f"color_map: '{name}' was unknown there too, and viridis taken")
        maps.append(name if name in COLORMAPS else "viridis")
    plots = set(checked["use_plot_images"])
    made.put(
        "recipe.picture", "colormap", *(maps if True in plots else []), *(["none"] if False in plots else [])
    )
    if False in plots:
        _raw_picture(made, alone=True not in plots)
    for key, name in (("resize_method", "bilinear"), ("anti_alias", "true")):
        if key not in config:
            made.notes.append(f"{key}: not given, {name} as there")


def _raw_picture(made: Imported, alone: bool) -> None:
    """Without a colour map: as many pixels as there are values, where all pictures are such."""
    note = (
        "use_plot_images: false fed (frames, num_mfccs) as they were, time running down; here one channel of "
    )
    needed = [("recipe.audio", "sample_rate_hz"), ("recipe.chunk", "seconds")]
    needed += [("recipe.stft", "window_seconds"), ("recipe.stft", "hop_seconds"), ("recipe.mel", "bands")]
    known = [made.get(*key) for key in needed]
    counts = made.get("recipe.mfcc", "count") or [0]
    if alone and all(len(values) == 1 for values in [*known, counts]) and known[1] != [0]:
        rate, chunk, window, hop, bands = (float(values[0]) for values in known)
        at_rate = Recipe().replace(audio={"sample_rate_hz": int(rate)}, mel={"bands": 0})
        frames = 1 + (at_rate.samples(chunk) - at_rate.samples(window)) // at_rate.samples(hop)
        made.put("recipe.picture", "width", frames)
        made.put("recipe.picture", "height", int(counts[0]) or int(bands))
        note += f"{frames} × {int(counts[0]) or int(bands)}, time running right"
    else:
        note += "image_width × image_height, time running right"
    made.notes.append(f"{note}; pretrained weights expect three channels")


def _augmentation(made: Imported, checked: Config, config: Config) -> None:
    asked = True in made.get("augmentation", "specaugment") + made.get("augmentation", "cutmix")
    if asked:
        made.put("training", "augment_frozen", True)
    if not {"da_prob_min", "da_prob_max"} & set(config):
        return
    low, high = checked["da_prob_min"], checked["da_prob_max"]
    made.put("augmentation", "probability_min", *low)
    if len(set(low)) > 1:
        made.put("augmentation", "probability_max", *high)
        made.notes.append("da_prob_max: there the probability rose to da_prob_min + da_prob_max, here to it")
        return
    made.put("augmentation", "probability_max", *(min(1.0, round(float(low[0]) + float(p), 9)) for p in high))
    made.notes.append(
        "da_prob_max: there the probability rose to da_prob_min + da_prob_max; probability_max is that sum"
    )


COLORMAPS = ("viridis", "cividis", "inferno", "magma", "plasma")
#: Each reads ``checked`` (the keys that mean something else, with defaults) and the file's own ``config``.
RULES = (_labels, _task, _stages, _sound, _scale, _picture, _augmentation)
