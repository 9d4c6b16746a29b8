"""Stages 9, 10 and 11 against matplotlib, tf.image.resize and keras.applications."""

import numpy as np
import pytest
from oracles import default_log_mel, picture
from signals import synthetic_signals

import dslite

SIGNALS = synthetic_signals(64000)
METHODS = ["nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"]


def share_of_equal_values(recipe, chunk):
    """Asserts the bound that holds everywhere; returns the share of values alike once rounded."""
    ours = dslite.FrontEnd(recipe).picture(chunk)
    exact = picture(default_log_mel(recipe, chunk), recipe)
    assert ours.shape == exact.shape
    assert np.abs(ours - exact).max() <= 1
    return (np.rint(ours) == np.rint(exact)).mean()


@pytest.mark.parametrize("colormap", ["viridis", "cividis", "inferno", "magma", "plasma", "gray"])
@pytest.mark.parametrize("name", ["noise", "loud_noise", "fading"])
def test_colours_are_matplotlibs(colormap, name):
    recipe = dslite.Recipe().replace(picture={"colormap": colormap})
    assert share_of_equal_values(recipe, SIGNALS[name]) >= 0.99


def test_on_real_speech(emodb):
    recipe = dslite.Recipe().replace(chunk={"seconds": 2.0})
    front = dslite.FrontEnd(recipe)
    shares = [
        share_of_equal_values(recipe, front.chunks(dslite.read_audio(path, 16000))[0])
        for path in sorted((emodb / "wav").glob("*.wav"))[:40]
    ]
    # Over all values. In one recording of these the quietest band lies 123 dB below the loudest, at the
    # noise of any float32 transform, and shifts the whole scale by a tenth of a colour value.
    assert np.mean(shares) >= 0.99
    assert np.median(shares) >= 0.999


@pytest.mark.parametrize("size", [(224, 224), (61, 128), (33, 300), (300, 33), (7, 5), (1, 1)])
@pytest.mark.parametrize("antialias", [False, True])
@pytest.mark.parametrize("resize", METHODS)
def test_resize_is_tensorflows(resize, antialias, size):
    width, height = size
    recipe = dslite.Recipe().replace(
        picture={"resize": resize, "antialias": antialias, "width": width, "height": height}
    )
    chunk = SIGNALS["noise"]
    exact = picture(dslite.FrontEnd(recipe).log_mel(chunk), recipe)
    np.testing.assert_allclose(dslite.FrontEnd(recipe).picture(chunk), exact, atol=5e-3)


def test_time_runs_right_and_frequency_up():
    chunk = np.zeros(64000, np.float32)
    t = np.arange(16000) / 16000
    chunk[48000:] = np.sin(2 * np.pi * 6000 * t)  # high, in the last quarter
    brightness = dslite.FrontEnd(dslite.Recipe()).picture(chunk).sum(axis=2)
    row, column = np.unravel_index(brightness.argmax(), brightness.shape)
    assert row < 224 / 4
    assert column > 224 * 3 / 4 - 4


@pytest.mark.parametrize("name", ["silence", "subnormal"])
@pytest.mark.parametrize("kind", ["db", "none"])
def test_a_constant_picture_is_the_first_entry(name, kind):
    recipe = dslite.Recipe().replace(scale={"kind": kind})
    drawn = dslite.FrontEnd(recipe).picture(SIGNALS[name])
    assert np.isfinite(drawn).all()
    if name == "silence":
        np.testing.assert_allclose(drawn, np.broadcast_to([68.08602, 1.24287, 84.000825], drawn.shape))


def test_raw_values_have_one_channel_and_no_colours():
    recipe = dslite.Recipe().replace(
        picture={"colormap": "none", "width": 61, "height": 128}, tensor={"scaling": "none"}
    )
    front = dslite.FrontEnd(recipe)
    drawn = front.picture(SIGNALS["noise"])
    assert drawn.shape == (128, 61, 1)
    assert (front.log_mel(SIGNALS["noise"]) == drawn[::-1, :, 0].T).all()
    assert (front.tensor(SIGNALS["noise"]) == drawn).all()


@pytest.mark.parametrize("resize", ["nearest", "bilinear"])
@pytest.mark.parametrize("scaling", ["torch", "tf", "caffe", "none"])
def test_scaling_is_keras_applications(scaling, resize):
    import keras.applications.imagenet_utils as utils

    recipe = dslite.Recipe().replace(tensor={"scaling": scaling}, picture={"resize": resize})
    front = dslite.FrontEnd(recipe)
    drawn = front.picture(SIGNALS["noise"])
    exact = drawn if scaling == "none" else utils.preprocess_input(drawn.astype("float64"), mode=scaling)
    np.testing.assert_allclose(front.tensor(SIGNALS["noise"]), exact, atol=2e-5)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("scaling", ["torch", "tf"])
@pytest.mark.parametrize("resize", ["nearest", "bilinear"])
@pytest.mark.parametrize("colormap", ["viridis", "none"])
def test_integer_tensors_are_the_rounded_float_tensors(dtype, scaling, resize, colormap):
    scaling = "none" if colormap == "none" else scaling
    recipe = dslite.Recipe().replace(
        tensor={"scaling": scaling}, picture={"resize": resize, "colormap": colormap, "width": 99}
    )
    front = dslite.FrontEnd(recipe)
    chunk = SIGNALS["fading"]
    values = front.tensor(chunk)
    limits = np.iinfo(dtype)
    for scale, zero_point in ((0.0186, -14 if dtype == "int8" else 114), (0.5, 3), (1e-3, 0)):
        exact = np.clip(np.rint(values / np.float32(scale)) + zero_point, limits.min, limits.max)
        ours = front.tensor_quantized(chunk, scale, zero_point, dtype)
        assert ours.dtype == dtype
        assert (ours == exact).all()
