"""Every backbone: its input scaling, its weights, and the same answers by Keras and natively."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from cpp_builds import REPOSITORY

from dslite import Error, FrontEnd, Model, Recipe
from dslite.training.bundle.convert import to_tflite
from dslite.training.bundle.write import core_entries, write_bundle
from dslite.training.network import backbones
from dslite.training.network.quiet_tensorflow import keras
from dslite.util.recipe_file import with_changes

WEIGHTS = REPOSITORY.parent / "shared" / "weights"
MOBILENET = "mobilenet_v2_1.0_224_imagenet_notop.weights.h5"
SQUEEZENET = "squeezenet_v1.1_imagenet_notop.h5"
#: Sides in pixels where Keras, or the network's pooling, asks for more than 32.
SMALLEST = {"xception": 71, "inception_v3": 75, "inception_resnet_v2": 75}
#: The module of ``keras.applications`` whose ``preprocess_input`` a backbone's weights expect.
PREPROCESSING = {
    "mobilenet": "mobilenet",
    "mobilenet_v2": "mobilenet_v2",
    "mobilenet_v3_small": "mobilenet_v3",
    "mobilenet_v3_large": "mobilenet_v3",
    "efficientnet_b0": "efficientnet",
    "efficientnet_v2_b0": "efficientnet_v2",
    "convnext_tiny": "convnext",
    "densenet121": "densenet",
    "densenet169": "densenet",
    "densenet201": "densenet",
    "vgg16": "vgg16",
    "vgg19": "vgg19",
    "resnet50": "resnet",
    "xception": "xception",
    "inception_v3": "inception_v3",
    "inception_resnet_v2": "inception_resnet_v2",
    "nasnet_mobile": "nasnet",
    "nasnet_large": "nasnet",
}


def weights_file(name: str) -> Path:
    if not (WEIGHTS / name).is_file():
        pytest.skip(f"ImageNet weights not found: {WEIGHTS / name}")
    return WEIGHTS / name


def small(name: str, **picture: object) -> tuple[backbones.Backbone, Recipe]:
    """A backbone with its recipe for small pictures of short chunks."""
    backbone = backbones.find(name)
    chunk = {"seconds": 1.0, "hop_seconds": 1.0}
    recipe = with_changes(Recipe(), {"chunk": chunk, "picture": {"width": 64, "height": 48, **picture}})
    return backbone, backbones.fit_recipe(recipe, backbone)


def noise(count: int, rate_hz: int = 16000) -> np.ndarray:
    rng = np.random.default_rng(5)
    return (0.1 * rng.standard_normal((count, rate_hz))).astype(np.float32)


def classifier(network: object) -> object:
    pooled = keras.layers.GlobalAveragePooling2D()(network.output)
    dropped = keras.layers.Dropout(0.5)(pooled)
    model = keras.Model(network.input, keras.layers.Dense(3, activation="softmax")(dropped))
    model.compile(keras.optimizers.Adam(1e-5), "categorical_crossentropy", run_eagerly=True)
    return model


def train_one_step(model: object, tensors: np.ndarray) -> None:
    """One step on ``tensors``, whose statistics batch norm then goes by.

    With the initial statistics random weights fade to equal answers. With the batch's own they are
    chaotic: an input changed by 1e-6 changes the features by 1e-2. Half as much variance again
    keeps the answers apart and the change below 1e-4, in every backbone.
    """
    norms = [layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for norm in norms:
        norm.momentum = 0.0
    model.train_on_batch(tensors, np.eye(3, dtype=np.float32)[np.arange(len(tensors)) % 3])
    for norm in norms:
        norm.moving_variance.assign(1.5 * norm.moving_variance)


@pytest.mark.parametrize("name", list(backbones.BACKBONES))
def test_a_step_is_trained_and_native_answers_are_those_of_keras(name: str, tmp_path: Path) -> None:
    keras.utils.set_random_seed(1)
    side = SMALLEST.get(name, 32)
    backbone, recipe = small(name, width=side, height=side)
    model = classifier(backbones.build(backbone, recipe, "none"))
    tensors = FrontEnd(recipe).tensors(noise(8))
    before = [weight.numpy() for weight in model.trainable_weights]
    train_one_step(model, tensors)
    moved = [not np.array_equal(a, b) for a, b in zip(before, model.trainable_weights, strict=True)]
    assert all(moved)
    path = tmp_path / "model.tflite"
    write_bundle(path, to_tflite(model), core_entries(recipe, "abc", {"": {"task": "classes"}}))
    native = Model(path)
    answers = np.stack([native.scores_of_tensor(tensor) for tensor in tensors])
    np.testing.assert_allclose(answers, model.predict_on_batch(tensors), atol=1e-4)
    assert np.ptp(answers, axis=0).max() > 1e-3


@pytest.mark.parametrize(("name", "module"), PREPROCESSING.items())
def test_scaling_is_what_keras_preprocesses(name: str, module: str) -> None:
    _, recipe = small(name)
    front = FrontEnd(recipe)
    preprocess = importlib.import_module(f"keras.applications.{module}").preprocess_input
    picture = front.picture(noise(1)[0])
    # Less the mean, 0…255 is as exact as numbers of that size are: their last bit is 1.53e-5.
    atol = 1.6e-5 if recipe.tensor.scaling == "caffe" else 2e-6
    np.testing.assert_allclose(front.tensor(noise(1)[0]), preprocess(picture.copy()), atol=atol)


def test_keras_preprocesses_every_backbone_it_has() -> None:
    assert set(PREPROCESSING) == set(backbones.BACKBONES) - {"squeezenet_v1", "small_cnn"}


def test_every_backbone_starts_from_its_imagenet_weights() -> None:
    backbone, recipe = small("mobilenet_v2")
    network = backbones.build(backbone, recipe, str(weights_file(MOBILENET)))
    kernel = np.asarray(network.get_layer("Conv1").kernel)
    # Colour and edge detectors, not noise: the published kernels of the first layer.
    assert kernel.std() > 0.1
    assert network.output_shape[1:] == (2, 2, 1280)


def test_squeezenet_reads_the_published_layers() -> None:
    import h5py

    path = weights_file(SQUEEZENET)
    backbone, recipe = small("squeezenet_v1")
    network = backbones.build(backbone, recipe, str(path))
    with h5py.File(path) as file:
        names = [name.decode() for name in file.attrs["layer_names"]]
        for name in names:
            group = file[name]
            stored = [np.asarray(group[w.decode()]) for w in group.attrs["weight_names"]]
            if stored:
                layer = network.get_layer(name.replace("/", "_"))
                for ours, theirs in zip(layer.get_weights(), stored, strict=True):
                    np.testing.assert_array_equal(ours, theirs)
    assert len(network.get_weights()) == 50


@pytest.mark.parametrize(("name", "file"), [("squeezenet_v1", MOBILENET), ("mobilenet_v2", SQUEEZENET)])
def test_weights_of_another_network_are_one_clear_line(name: str, file: str) -> None:
    backbone, recipe = small(name)
    with pytest.raises(Error, match=f"do not fit {name}") as raised:
        backbones.build(backbone, recipe, str(weights_file(file)))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


@pytest.mark.parametrize("suffix", ["weights.h5", "h5"])
def test_efficientnet_from_a_file_is_the_one_keras_downloads(
    suffix: str, tmp_path: Path, monkeypatch
) -> None:
    path = tmp_path / f"efficientnet.{suffix}"
    keras.utils.set_random_seed(1)
    published = keras.applications.EfficientNetB0(weights=None, include_top=False, input_shape=(32, 32, 3))
    norm = published.layers[2]
    norm.adapt_mean.assign((0.485, 0.456, 0.406))
    norm.adapt_variance.assign((0.229, 0.224, 0.225))
    published.save(path) if suffix == "h5" else published.save_weights(path)
    # The machine of the tests has no network; Keras loads this file as if it had fetched it.
    keras_module = sys.modules["keras.src.applications.efficientnet"]
    monkeypatch.setattr(keras_module.file_utils, "get_file", lambda *args, **kwargs: str(path))
    downloaded = keras.applications.EfficientNetB0(include_top=False, input_shape=(32, 32, 3))
    backbone, recipe = small("efficientnet_b0", width=32, height=32)
    network = backbones.build(backbone, recipe, str(path))
    tensors = FrontEnd(recipe).tensors(noise(2))
    # Early: random weights fade to nothing at the end.
    ours, theirs = (
        np.asarray(keras.Model(model.input, model.get_layer("stem_conv").output)(tensors))
        for model in (network, downloaded)
    )
    np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    assert np.abs(theirs).max() > 0.1


@pytest.mark.parametrize(
    ("name", "other", "settings"),
    [
        ("mobilenet_v2", "MobileNetV2", {"alpha": 0.5}),  # as many layers, all of other shapes
        ("vgg16", "VGG19", {}),  # the first seven convolutions fit
    ],
)
def test_weights_of_a_relative_are_one_clear_line(
    name: str, other: str, settings: dict[str, float], tmp_path: Path
) -> None:
    relative = getattr(keras.applications, other)
    path = tmp_path / "relative.weights.h5"
    relative(weights=None, include_top=False, input_shape=(32, 32, 3), **settings).save_weights(path)
    backbone, recipe = small(name)
    with pytest.raises(Error, match=f"relative.weights.h5: these weights do not fit {name}") as raised:
        backbones.build(backbone, recipe, str(path))
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_bad_weights(tmp_path: Path) -> None:
    backbone, recipe = small("small_cnn")
    broken = tmp_path / "broken.weights.h5"
    broken.write_bytes(b"not HDF5")
    with pytest.raises(Error, match="do not fit small_cnn"):
        backbones.build(backbone, recipe, str(broken))
    with pytest.raises(Error, match="no such file of weights"):
        backbones.build(backbone, recipe, str(tmp_path / "none.h5"))
    (tmp_path / "weights.bin").touch()
    with pytest.raises(Error, match=r"expected .weights.h5 or .h5"):
        backbones.build(backbone, recipe, str(tmp_path / "weights.bin"))
    with pytest.raises(ValueError, match="no ImageNet download for small_cnn"):
        backbones.build(backbone, recipe, "imagenet")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite_are_refused(tmp_path: Path, value: float) -> None:
    backbone, recipe = small("small_cnn")
    network = backbones.build(backbone, recipe, "none")
    path = tmp_path / "small.weights.h5"
    network.save_weights(path)
    assert backbones.build(backbone, recipe, str(path)).count_params() == network.count_params()
    kernel = network.trainable_variables[0]
    kernel.assign(np.where(np.arange(np.size(kernel)).reshape(kernel.shape) == 3, value, kernel))
    network.save_weights(path)
    with pytest.raises(Error, match=r"small\.weights\.h5: the weights of .* are not all finite"):
        backbones.build(backbone, recipe, str(path))


def test_pictures_a_backbone_cannot_take() -> None:
    backbone, recipe = small("squeezenet_v1", width=16, height=16)
    with pytest.raises(ValueError, match="squeezenet_v1 does not take 16 × 16"):
        backbones.build(backbone, recipe, "none")
    backbone, recipe = small("mobilenet_v2", colormap="none")
    with pytest.raises(ValueError, match='"none" makes one channel'):
        backbones.build(backbone, recipe, "imagenet")
    with pytest.raises(ValueError, match="expected one of mobilenet_v2, mobilenet, "):
        backbones.find("vgg99")
