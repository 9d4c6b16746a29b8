"""Keras models as flatbuffers, wherever temporary files are."""

from pathlib import Path

import pytest

from dslite import Error
from dslite.training.bundle.convert import to_tflite


def test_a_temporary_folder_may_have_any_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TensorFlow takes brackets in the path of what it saved for a pattern, and finds nothing."""
    import keras

    folder = tmp_path / "a[b]*c"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    model = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Flatten(), keras.layers.Dense(2)])
    assert to_tflite(model)[4:8] == b"TFL3"
    assert not list(folder.glob("dslite-*"))


def test_an_operator_that_stands_in_the_way_is_named() -> None:
    import keras
    import tensorflow as tf

    image = keras.Input((8, 8, 3))
    odd = keras.layers.Lambda(lambda x: tf.math.igamma(tf.abs(x) + 1, tf.abs(x)), output_shape=(8, 8, 3))
    with pytest.raises(Error, match="converted to float32: TensorFlow Lite has no operator for Igamma"):
        to_tflite(keras.Model(image, odd(keras.layers.Conv2D(3, 3, padding="same")(image))))
