"""Recipes as text and as values."""

import pickle
import pprint
import re
import tomllib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dslite

DESIGN_DEFAULTS = {
    "audio": {"sample_rate_hz": 16000, "channel": "mix", "normalize": "none"},
    "chunk": {"seconds": 4.0, "hop_seconds": 2.0, "tail": "pad"},
    "stft": {
        "window_seconds": 0.128,
        "hop_seconds": 0.064,
        "fft_seconds": 0.128,
        "window": "hann",
        "center": "none",
        "power": 2.0,
        "preemphasis": 0.0,
        "remove_dc": False,
    },
    "mel": {
        "bands": 128,
        "low_hz": 0.0,
        "high_hz": 8000.0,
        "scale": "htk",
        "triangles": "mel",
        "norm": "none",
    },
    "scale": {"kind": "db", "amin": 1e-16, "reference": 1.0, "top_db": 0.0},
    "mfcc": {"count": 0, "lifter": 0},
    "picture": {
        "colormap": "viridis",
        "width": 224,
        "height": 224,
        "resize": "nearest",
        "antialias": False,
    },
    "tensor": {"scaling": "torch"},
    "decision": {
        "smoothing": "none",
        "smoothing_chunks": 3,
        "smoothing_factor": 0.5,
        "threshold": 0.0,
        "class_thresholds": "",
        "minimum_seconds": 0.0,
        "refractory_seconds": 0.0,
    },
}


def test_defaults_are_the_designs():
    assert dslite.Recipe().to_dict() == DESIGN_DEFAULTS


def test_the_text_is_toml_that_python_reads_alike():
    text = tomllib.loads(dslite.Recipe().to_toml())
    assert text.pop("version") == 1
    assert text == DESIGN_DEFAULTS


def test_attributes_are_the_keys():
    recipe = dslite.Recipe()
    for table, keys in DESIGN_DEFAULTS.items():
        for key, value in keys.items():
            assert getattr(getattr(recipe, table), key) == value
    with pytest.raises(AttributeError, match="hopp"):
        _ = recipe.stft.hopp


def test_replace_leaves_the_original_alone():
    recipe = dslite.Recipe()
    other = recipe.replace(chunk={"seconds": 2}, audio={"channel": 1}, scale={"reference": "max"})
    assert (other.chunk.seconds, other.audio.channel, other.scale.reference) == (2.0, 1, "max")
    assert recipe.chunk.seconds == 4.0
    assert recipe != other
    assert recipe == other.replace(chunk={"seconds": 4}, audio={"channel": "mix"}, scale={"reference": 1})


def test_equal_recipes_hash_and_pickle_alike():
    recipe = dslite.Recipe.from_toml("[mel]\nbands = 64 # fewer\n")
    assert hash(recipe) == hash(dslite.Recipe().replace(mel={"bands": 64}))
    assert pickle.loads(pickle.dumps(recipe)) == recipe


@given(
    seconds=st.floats(0.2, 100, allow_nan=False),
    amin=st.floats(1e-30, 1.0),
    reference=st.floats(1e-20, 1e20),
    bands=st.integers(0, 300),
    colormap=st.sampled_from(["viridis", "cividis", "inferno", "magma", "plasma", "gray", "none"]),
)
def test_every_value_survives_the_round_trip(seconds, amin, reference, bands, colormap):
    recipe = dslite.Recipe().replace(
        chunk={"seconds": seconds},
        scale={"amin": amin, "reference": reference},
        mel={"bands": bands},
        picture={"colormap": colormap},
        tensor={"scaling": "none"},
    )
    again = dslite.Recipe.from_toml(recipe.to_toml())
    assert again == recipe
    assert again.scale.amin == amin
    assert again.chunk.seconds == seconds


@pytest.mark.parametrize(
    ("text", "line", "mentions"),
    [
        ("[stft]\nhop_seconds = 0\n", 2, ["stft.hop_seconds", "0", "above 0"]),
        ("[stft]\nhopp_seconds = 1\n", 2, ["hopp_seconds", "hop_seconds"]),
        ("\n\n[sftf]\nx = 1\n", 4, ["sftf", "stft"]),
        ("colour = 1\n", 1, ["colour"]),
        ("[chunk]\nseconds = 0.1\n", 2, ["chunk.seconds", "2048 samples"]),
        ("[mel]\nhigh_hz = 9000\n", 2, ["mel.high_hz", "9000", "8000"]),
        ("[mel]\nlow_hz = 8000\n", 2, ["mel.low_hz", "less than"]),
        ("[picture]\ncolormap = 'jet'\n", 2, ["picture.colormap", "jet", "viridis"]),
        ("[picture]\nwidth = 224.0\n", 2, ["picture.width", "whole number"]),
        ("[picture]\nantialias = 1\n", 2, ["picture.antialias", "true or false"]),
        ("[audio]\nsample_rate_hz = 0\n", 2, ["audio.sample_rate_hz", "100"]),
        ("[audio]\nsample_rate_hz = -16000\n", 2, ["audio.sample_rate_hz"]),
        ("[audio]\nchannel = 'left'\n", 2, ["audio.channel", "mix"]),
        ("[stft]\nwindow_seconds = 1e-6\n", 2, ["stft.window_seconds", "one sample"]),
        ("[stft]\nfft_seconds = 0.064\n", 2, ["stft.fft_seconds", "2048"]),
        ("[mfcc]\ncount = 200\n", 2, ["mfcc.count", "128"]),
        ("[scale]\nreference = 0\n", 2, ["scale.reference", "max"]),
        ("[decision]\nsmoothing = 'median'\n", 2, ["decision.smoothing", "median", "exponential"]),
        ("[decision]\nsmoothing_chunks = 0\n", 2, ["decision.smoothing_chunks", "from 1"]),
        ("[decision]\nsmoothing_factor = 0\n", 2, ["decision.smoothing_factor", "above 0"]),
        ("[decision]\nthreshold = 'high'\n", 2, ["decision.threshold", "high", "a score"]),
        ("[decision]\nclass_thresholds = 'dog'\n", 2, ["decision.class_thresholds", "LABEL = NUMBER"]),
        ("[decision]\nclass_thresholds = 'a = 1; a = 2'\n", 2, ["each label once"]),
        ("[decision]\nclass_thresholds = 'a = high'\n", 2, ["a = high", "LABEL = off"]),
        ("[decision]\nclass_thresholds = 0.5\n", 2, ["decision.class_thresholds", "text"]),
        ("[decision]\nminimum_seconds = -1\n", 2, ["decision.minimum_seconds", "from 0 (off)"]),
        ("version = 2\n", 1, ["version", "expected 1"]),
        ("[mel]\nbands = 64\nbands = 32\n", 3, ["bands", "line 2"]),
        ("[mel\nbands = 64\n", 1, ["]"]),
        ("[mel]\nbands = \n", 2, ["expected"]),
        ("[mel]\nbands = 1e999\n", 2, ["too large"]),
        ("[mel]\nbands = nan\n", 2, ["nan"]),
        ('[mel]\nscale = "htk\n', 2, ["does not end"]),
        ("[mel]\n[mel]\n", 2, ["twice"]),
    ],
)
def test_errors_name_key_line_and_expectation(text, line, mentions):
    with pytest.raises(ValueError, match=f"^line {line}: ") as error:
        dslite.Recipe.from_toml(text)
    for word in mentions:
        assert word in str(error.value)
    assert "\n" not in str(error.value)


@given(st.text(max_size=200))
def test_any_text_is_a_recipe_or_a_value_error(text):
    try:
        recipe = dslite.Recipe.from_toml(text)
    except ValueError:
        return
    assert dslite.Recipe.from_toml(recipe.to_toml()) == recipe


def test_pprint_shows_it_as_repr_does():
    recipe = dslite.Recipe().replace(mel={"bands": 64})
    assert pprint.pformat(recipe) == repr(recipe)
    assert eval(repr(recipe), {"Recipe": dslite.Recipe}) == recipe


def test_numpy_scalars_are_values():
    recipe = dslite.Recipe().replace(
        mel={"bands": np.int64(64), "high_hz": np.float32(4000)}, picture={"antialias": np.bool_(True)}
    )
    assert (recipe.mel.bands, recipe.mel.high_hz, recipe.picture.antialias) == (64, 4000.0, True)
    with pytest.raises(TypeError, match=r"^mel\.bands: expected a bool, int, float or str, got ndarray$"):
        dslite.Recipe().replace(mel={"bands": np.array([1, 2])})


def test_raw_values_take_no_scaling_of_colours():
    with pytest.raises(ValueError, match=r'tensor\.scaling = "torch": expected "none" with picture.colormap'):
        dslite.Recipe().replace(picture={"colormap": "none"})
    with pytest.raises(ValueError, match=r'^line 4: tensor\.scaling = "tf"'):
        dslite.Recipe.from_toml('[picture]\ncolormap = "none"\n[tensor]\nscaling = "tf"\n')


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[mel]\nbands\0 = 3 # three\n", "line 2: expected '=' after 'bands'"),
        ("[mel]\nbands = 3\0x\n", "line 2: unexpected '\\u0000x'"),
        ("[mel]\nbands = \0x\n", "line 2: expected a \"string\", a number, true or false, got '\\u0000x'"),
        ('[mel]\nscale = "\\\0x"\n', "line 2: unknown escape '\\\\u0000'"),
        ("[mel]\nscale = 'a\0b'\n", 'line 2: mel.scale = "a\\u0000b": expected one of "htk", "slaney"'),
        ("[mel]\nbands = 3 \r \x7f\n", "line 2: unexpected '\\u000D \\u007F'"),
    ],
)
def test_control_characters_are_shown_and_end_no_message(text, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dslite.Recipe.from_toml(text)


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"mel": {"bands": -1}}, "mel.bands = -1: expected a whole number from 0 (no mel) to 4096"),
        ({"mel": {"high_hz": 9000.0}}, "mel.high_hz = 9000.0: expected at most 8000.0, half of audio."),
        ({"mel": {"bandz": 1}}, "unknown key 'bandz' in [mel]: expected one of bands, low_hz,"),
        ({"mell": {"bands": 1}}, "unknown table [mell]: expected one of audio, chunk, stft, mel,"),
        ({"stft": {"hop_seconds": float("nan")}}, "stft.hop_seconds = nan: expected seconds above 0"),
        ({"mel": {"scale": "a\nb"}}, 'mel.scale = "a\\u000Ab": expected one of "htk"'),
    ],
)
def test_replace_names_key_and_value_and_no_line(tables, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}"):
        dslite.Recipe().replace(**tables)
    with pytest.raises(TypeError, match=r"^mel: expected a dict of keys and values, got 64$"):
        dslite.Recipe().replace(mel=64)
