"""The recipe that suits a data set, with the reason for every key that is not the paper's."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping

import numpy as np

from dslite import Recipe
from dslite.training.inspection.statistics import Statistics, empty_bands, padded_share

Value = bool | int | float | str
#: ``TABLE.KEY`` → why.
Reasons = dict[str, str]
#: Takes a key, its value and the reason.
Choose = Callable[[str, Value, str], None]

#: Rates that networks are fed, from which the lowest that holds the sound is taken.
RATES_HZ = (8000, 16000, 22050, 32000)
#: The longest chunk, in seconds; longer recordings give several of the other length.
MOST_SECONDS, SEVERAL_SECONDS = 6.0, 4.0
#: A chunk holds nine recordings in ten whole, unless the median one would fill less of it than this.
LEAST_FILLED = 0.5
#: Width and height of the picture, in pixels: ImageNet weights are to be had for it, and 224 took seven times
#: as long on EmoDB and was no better.
PICTURE_PIXELS = 96
#: A picture shows no more than this below its maximum.
TOP_DB = 80.0


def propose(statistics: Statistics) -> tuple[Recipe, Reasons]:
    """Choose a recipe by the figures of a data set.

    Returns:
        The recipe, and for every key that was chosen (``"chunk.seconds"``) a reason in a sentence.
    """
    tables: dict[str, dict[str, Value]] = {}
    reasons: Reasons = {}

    def choose(key: str, value: Value, reason: str) -> None:
        table, _, name = key.partition(".")
        tables.setdefault(table, {})[name] = value
        reasons[key] = reason

    rate_hz, reason = _rate(statistics)
    choose("audio.sample_rate_hz", rate_hz, reason)
    seconds, reason = _chunk_seconds(statistics)
    choose("chunk.seconds", seconds, reason)
    choose("chunk.hop_seconds", seconds / 2, "Half a chunk: what one chunk cuts, the next one holds.")
    _choose_picture(choose, rate_hz, seconds)
    if share := padded_share(statistics, Recipe().replace(**tables)):
        choose(
            "chunk.tail",
            "pad",
            f"{share:.0%} of the pictures is padding, which scale.top_db keeps from darkening.",
        )
    return _without_empty_bands(Recipe().replace(**tables), reasons)


def proposal_toml(recipe: Recipe, reasons: Mapping[str, str]) -> str:
    """The keys that were chosen as TOML, the reason for each above it; the others are the paper's."""
    values = recipe.to_dict()
    lines = ["version = 1"]
    last = ""
    for key in sorted(reasons, key=lambda key: list(values).index(key.partition(".")[0])):
        table, _, name = key.partition(".")
        lines += ["", f"[{table}]"] if table != last else []
        lines += [f"# {reasons[key]}", f"{name} = {json.dumps(values[table][name])}"]
        last = table
    return "\n".join(lines) + "\n"


def _rate(statistics: Statistics) -> tuple[int, str]:
    """The lowest rate that holds the bandwidth of nine recordings in ten, and is not above their own."""
    own = int(np.median(statistics.of("rate_hz")))
    bandwidth = float(np.percentile(statistics.of("bandwidth_hz"), 90))
    rate_hz = next((rate for rate in RATES_HZ if rate >= 2 * bandwidth), RATES_HZ[-1])
    if own <= rate_hz:
        return own, f"The recordings' own rate (the median); nine in ten hold sound up to {bandwidth:.0f} Hz."
    return rate_hz, f"Nine recordings in ten hold 99.9 % of their sound below {bandwidth:.0f} Hz."


def _chunk_seconds(statistics: Statistics) -> tuple[float, str]:
    """The shortest length that holds nine recordings in ten whole, if it is not mostly padding."""
    median, most = (float(np.percentile(statistics.of("seconds"), share)) for share in (50, 90))
    if median > MOST_SECONDS:
        return SEVERAL_SECONDS, f"Recordings last {median:.1f} s (the median) and give several chunks each."
    too_long = most > min(MOST_SECONDS, median / LEAST_FILLED)
    held, whole = ("half", median) if too_long else ("nine in ten", most)
    seconds = max(0.2, math.ceil(whole * 20 - 1e-6) / 20)
    return seconds, f"Of the recordings {held} last {whole:.2f} s or less, and fit into one chunk."


def _choose_picture(choose: Choose, rate_hz: int, seconds: float) -> None:
    """Frames as many as the picture is wide, and bands as many as it is high."""
    hop = max(0.004, seconds / PICTURE_PIXELS)
    window = max(0.025, 2 * hop)
    fft = max(window, 1024 / rate_hz)
    choose("stft.hop_seconds", round(hop, 4), f"About one frame for each of {PICTURE_PIXELS} columns.")
    choose(
        "stft.window_seconds", round(window, 4), "Twice the hop, and 25 ms or more: no sound between frames."
    )
    choose(
        "stft.fft_seconds", round(fft, 4), "1024 samples or more, so that low bands hold bins of their own."
    )
    choose("mel.bands", PICTURE_PIXELS, "A band for each row of the picture.")
    choose("mel.high_hz", rate_hz / 2, "Half the rate: all that the samples hold.")
    choose("scale.top_db", TOP_DB, f"Digital silence and padding show as {TOP_DB:.0f} dB below the loudest.")
    choose(
        "picture.colormap",
        "magma",
        "First on frozen features of EmoDB and ESC-10, though hardly ahead of viridis.",
    )
    choose("picture.resize", "bilinear", "No frame is left out or doubled.")
    choose("picture.width", PICTURE_PIXELS, "A seventh of the time that 224 pixels take, and as good.")
    choose("picture.height", PICTURE_PIXELS, "As the width.")


def _without_empty_bands(recipe: Recipe, reasons: Reasons) -> tuple[Recipe, Reasons]:
    while bands := empty_bands(recipe):
        fewer = max(8, recipe.mel.bands - max(4, len(bands)))
        if fewer == recipe.mel.bands:
            break
        recipe = recipe.replace(mel={"bands": fewer})
        reasons["mel.bands"] = "As many as there are without an empty one."
    return recipe, reasons
