"""DeepSpectrumLite's own input pipeline, from its package:
``pip install --no-deps --ignore-requires-python deepspectrumlite==1.0.2`` (it asks for Python 3.8)."""

import functools
import importlib
import importlib.util
import sys
import types
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf


def _module(name: str, **contents: object) -> types.ModuleType:
    module = types.ModuleType(name)
    module.__dict__.update(contents)
    sys.modules[name] = module
    return module


@functools.cache
def load():
    """Its class ``DataPipeline``, without the rest of the package, which today's TensorFlow refuses."""
    found = importlib.util.find_spec("deepspectrumlite")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError(__doc__)
    folder = Path(next(iter(found.submodule_search_locations)))
    _module("tensorflow.python.keras", __path__=[])
    _module("tensorflow.python.keras.applications", imagenet_utils=tf.keras.applications.imagenet_utils)
    package = _module("deepspectrumlite", __path__=[str(folder)])
    _module("deepspectrumlite.lib", __path__=[str(folder / "lib")])
    _module("deepspectrumlite.lib.util", __path__=[str(folder / "lib" / "util")])
    util = importlib.import_module("deepspectrumlite.lib.util.audio_utils")
    package.power_to_db, package.amplitude_to_db = util.power_to_db, util.amplitude_to_db
    module = importlib.import_module("deepspectrumlite.lib.data.data_pipeline")
    module.tf = _TensorFlow("tensorflow")
    return module.DataPipeline


class _TensorFlow(types.ModuleType):
    """TensorFlow as it was: it let a palette be a variable within tf.data's functions."""

    def __getattr__(self, name: str) -> object:
        return getattr(tf, name)

    @staticmethod
    def Variable(initial_value: object, name: str) -> tf.Tensor:
        return tf.constant(initial_value, name=name)


SETTINGS = {
    "basemodel_name": "densenet121", "prediction_type": "categorical", "batch_size": 32,
    "sample_rate": 16000, "normalize_audio": True, "chunk_size": 4.0, "chunk_hop_size": 2.0,
    "stft_window_size": 0.128, "stft_hop_size": 0.064, "stft_fft_length": 0.128,
    "lower_edge_hertz": 0.0, "upper_edge_hertz": 8000.0, "num_mel_bins": 128, "num_mfccs": 0,
    "cep_lifter": 0, "db_scale": True, "use_plot_images": True, "color_map": "viridis",
    "image_width": 224, "image_height": 224, "resize_method": "nearest", "anti_alias": False,
}  # fmt: skip


def dataset(paths: list[Path], frames: int, cache: bool) -> tf.data.Dataset:
    """Batches of (pictures, one-hot labels) of WAV files of ``frames`` frames each, as its trainer has them
    on a machine without a GPU; the order is kept, to be compared."""
    pipeline = load()(
        "bench", data_classes={"a": "a"}, hparams=SETTINGS, run_id=0, enable_gpu=False, verbose=False
    )
    names = [str(path) for path in paths]
    pipeline.set_data(pd.DataFrame({"filename": names, "label": "a", "duration_frames": frames}))
    pipeline.preprocess()
    return pipeline.pipeline(shuffle=False, cache=cache, drop_remainder=False)


def one_pass(batches: tf.data.Dataset) -> int:
    """Go through all pictures as a trainer does, and count them."""
    return sum(int(pictures.shape[0]) for pictures, _ in batches)


def first(batches: tf.data.Dataset, count: int) -> np.ndarray:
    """The first ``count`` pictures."""
    return np.concatenate([pictures.numpy() for pictures, _ in batches.take(-(-count // 32))])[:count]
