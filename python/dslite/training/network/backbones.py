"""The networks that look at the pictures: how each is built, and what input it was trained on."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dslite import Error, Recipe

Shape = tuple[int, int, int]  # height, width, channels


def _application(name: str) -> Callable[[Shape, str | None], Any]:
    """Build a network of ``keras.applications``."""

    def build_application(shape: Shape, weights: str | None) -> Any:
        # Imported here, as TensorFlow takes seconds and --help lists this table.
        from dslite.training.network.quiet_tensorflow import keras

        network = getattr(keras.applications, name)
        return network(include_top=False, weights=weights, input_shape=shape)

    return build_application


def _nasnet(name: str, side: int) -> Callable[[Shape, str | None], Any]:
    """Build a NASNet, whose download Keras offers for ``side`` × ``side`` pixels alone.

    The weights are convolutions', which fit pictures of any size.
    """
    construct = _application(name)

    def build_nasnet(shape: Shape, weights: str | None) -> Any:
        network = construct(shape, None)
        if weights is not None:
            network.set_weights(construct((side, side, 3), weights).get_weights())
        return network

    return build_nasnet


def _squeezenet(shape: Shape, weights: str | None) -> Any:
    from dslite.training.network.squeezenet import squeezenet_v1_1

    return squeezenet_v1_1(shape)


def _small_cnn(shape: Shape, weights: str | None) -> Any:
    from dslite.training.network.small_cnn import small_cnn

    return small_cnn(shape)


def _rescale(network: Any) -> None:
    """Divide EfficientNet's input by √σ of ImageNet, as Keras does only where it downloads itself.

    The published file's variances are σ, not σ²; a layer after them makes up for it.
    """
    from dslite.training.network.quiet_tensorflow import keras

    (norm,) = (layer for layer in network.layers if isinstance(layer, keras.layers.Normalization))
    if np.allclose(norm.adapt_mean, (0.485, 0.456, 0.406), atol=1e-3):
        norm.adapt_variance.assign(norm.adapt_variance * (0.229, 0.224, 0.225))
        norm.finalize_state()


@dataclass(frozen=True)
class Backbone:
    """One row of the table of backbones.

    ``construct`` takes the input shape and the weights Keras shall fetch ("imagenet" or None).
    ``scaling`` is the recipe's ``tensor.scaling`` that the ImageNet weights were trained with.
    ``downloads`` says whether Keras offers those weights itself; ``after_loading`` is given the
    network whose weights came from a file.
    """

    name: str
    construct: Callable[[Shape, str | None], Any]
    scaling: str
    downloads: bool = True
    after_loading: Callable[[Any], None] | None = None


BACKBONES = {
    row.name: row
    for row in (
        Backbone("mobilenet_v2", _application("MobileNetV2"), "tf"),
        Backbone("mobilenet", _application("MobileNet"), "tf"),
        Backbone("mobilenet_v3_small", _application("MobileNetV3Small"), "none"),
        Backbone("mobilenet_v3_large", _application("MobileNetV3Large"), "none"),
        Backbone("efficientnet_b0", _application("EfficientNetB0"), "none", after_loading=_rescale),
        Backbone("efficientnet_v2_b0", _application("EfficientNetV2B0"), "none"),
        Backbone("convnext_tiny", _application("ConvNeXtTiny"), "none"),
        Backbone("densenet121", _application("DenseNet121"), "torch"),
        Backbone("densenet169", _application("DenseNet169"), "torch"),
        Backbone("densenet201", _application("DenseNet201"), "torch"),
        Backbone("vgg16", _application("VGG16"), "caffe"),
        Backbone("vgg19", _application("VGG19"), "caffe"),
        Backbone("resnet50", _application("ResNet50"), "caffe"),
        Backbone("xception", _application("Xception"), "tf"),
        Backbone("inception_v3", _application("InceptionV3"), "tf"),
        Backbone("inception_resnet_v2", _application("InceptionResNetV2"), "tf"),
        Backbone("nasnet_mobile", _nasnet("NASNetMobile", 224), "tf"),
        Backbone("nasnet_large", _nasnet("NASNetLarge", 331), "tf"),
        Backbone("squeezenet_v1", _squeezenet, "caffe", downloads=False),
        Backbone("small_cnn", _small_cnn, "tf", downloads=False),
    )
}


def find(name: str) -> Backbone:
    """Look a backbone up.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in BACKBONES:
        raise ValueError(f"backbone: '{name}' given, expected one of {', '.join(BACKBONES)}")
    return BACKBONES[name]


def fit_recipe(recipe: Recipe, backbone: Backbone) -> Recipe:
    """Give ``recipe`` the input scaling that ``backbone`` was trained with."""
    raw = recipe.picture.colormap == "none"  # values, not colours
    return recipe.replace(tensor={"scaling": "none" if raw else backbone.scaling})


def build(backbone: Backbone, recipe: Recipe, weights: str = "imagenet") -> Any:
    """Build the network, without its classifier, for the pictures of ``recipe``.

    ``weights`` is ``"imagenet"`` (Keras's own download), ``"none"`` (random) or a file of weights.

    Raises:
        ValueError: a picture the network cannot take, or no such download.
        Error: the download failed, or the file holds weights of another network.
    """
    shape = (recipe.picture.height, recipe.picture.width, recipe.channels)
    if weights != "none" and recipe.channels != 3:
        raise ValueError(
            'picture.colormap: "none" makes one channel, but pretrained weights expect three; '
            'choose a colormap ("gray" for plain grey) or --weights none'
        )
    if weights == "imagenet" and not backbone.downloads:
        raise ValueError(
            f"weights: there is no ImageNet download for {backbone.name}; expected 'none' or a file"
        )
    model = _construct(backbone, shape, download=weights == "imagenet")
    if weights not in ("imagenet", "none"):
        load_weights(model, backbone, Path(weights))
        if backbone.after_loading:
            backbone.after_loading(model)
    return model


def _construct(backbone: Backbone, shape: Shape, download: bool) -> Any:
    try:
        with redirect_stdout(sys.stderr):  # Keras reports its download on stdout, where results go
            return backbone.construct(shape, "imagenet" if download else None)
    except ValueError as error:
        raise ValueError(
            f"picture: {backbone.name} does not take {shape[1]} × {shape[0]} pixels: {_first_line(error)}"
        ) from error
    except Exception as error:
        # Keras reports a failed download as a bare Exception.
        if not download:
            raise
        raise Error(
            f"ImageNet weights of {backbone.name} could not be downloaded "
            f"({_first_line(error)}); where there is a network, `dslite weights {backbone.name} -o FILE` "
            "saves them for --weights FILE"
        ) from error


def load_weights(model: Any, backbone: Backbone, path: Path) -> None:
    """Load ``path`` (Keras's ``.weights.h5``, or ``.h5`` of Keras 1 and 2) into ``model``.

    Raises:
        Error: not such a file, weights that do not fit the network layer by layer, or one that is not finite.
    """
    if not path.is_file():
        raise Error(f"{path}: no such file of weights")
    if path.suffix != ".h5":
        raise Error(f"{path}: weights in an unknown format; expected .weights.h5 or .h5")
    try:
        with warnings.catch_warnings():
            # Keras warns of containers that hold no weights; of missing weights it raises.
            warnings.simplefilter("ignore", UserWarning)
            model.load_weights(path)
    except (ValueError, OSError, KeyError, IndexError) as error:
        raise Error(
            f"{path}: these weights do not fit {backbone.name} without its top: {_first_line(error)}"
        ) from error
    _check_finite(model, path)


def _check_finite(model: Any, path: Path) -> None:
    for variable in model.variables:
        values = np.asarray(variable)
        if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
            raise Error(f"{path}: the weights of {variable.path} are not all finite; the file is damaged")


def _first_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:157] + "..."
