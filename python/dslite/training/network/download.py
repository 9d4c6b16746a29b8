"""Keras's ImageNet weights as a file, for machines without network: where from, its checksum, its licence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dslite import Error, Recipe
from dslite.training.network.backbones import Backbone, build, load_weights
from dslite.util.atomic import check_writable, replacing

APACHE, MIT, BSD = "Apache-2.0", "MIT", "BSD-3-Clause"
#: What the weights of a family were released under by those who trained them, as Keras's documentation and
#: their repositories say: by the beginning of the backbone's name.
LICENCES = {
    "mobilenet": (APACHE, "Google, tensorflow/models"),
    "efficientnet": (APACHE, "Google, tensorflow/tpu and google/automl"),
    "convnext": (MIT, "Meta, facebookresearch/ConvNeXt"),
    "densenet": (BSD, "Huang, Liu et al., liuzhuang13/DenseNet"),
    "vgg": ("CC-BY-4.0", "VGG, University of Oxford"),
    "resnet": (MIT, "He et al., KaimingHe/deep-residual-networks"),
    "xception": (MIT, "Chollet, fchollet/deep-learning-models"),
    "inception": (APACHE, "Google, tensorflow/models"),
    "nasnet": (APACHE, "Google, tensorflow/models"),
}


@dataclass(frozen=True)
class Download:
    """A file of weights that was written: where it came from, its SHA-256, its licence and who gave it."""

    url: str
    sha256: str
    licence: str
    holder: str


def download_weights(backbone: Backbone, path: Path) -> Download:
    """Have Keras download a backbone's ImageNet weights, or take them from its cache, and write them.

    What is written is the published file to the byte; that it fits the network, and that its numbers are
    finite, is checked before.

    Raises:
        ValueError: Keras offers none for this backbone, or ``path`` does not end in ``.h5``.
        Error: the download failed, the file does not fit, or ``path`` cannot be written.
    """
    if path.suffix != ".h5":
        raise ValueError(f"{path}: expected a name that ends in .h5, as Keras knows files of weights by it")
    check_writable(path)
    recipe = Recipe()
    with _fetched() as files:
        build(backbone, recipe, "imagenet")
    if len(files) != 1:
        raise Error(f"{backbone.name}: Keras fetched {len(files)} files of weights, expected one")
    url, source = files[0]
    load_weights(build(backbone, recipe, "none"), backbone, source)
    content = source.read_bytes()
    with replacing(path) as file:
        file.write(content)
    licence, holder = next(row for start, row in LICENCES.items() if backbone.name.startswith(start))
    return Download(url, hashlib.sha256(content).hexdigest(), licence, holder)


@contextmanager
def _fetched() -> Iterator[list[tuple[str, Path]]]:
    """Within it the files that Keras fetches are listed, as (address, where it put them)."""
    from keras.src.utils import file_utils  # where every application looks the function up

    found: list[tuple[str, Path]] = []
    original = file_utils.get_file

    def recording(fname: Any = None, origin: Any = None, **more: Any) -> Any:
        place = original(fname, origin, **more)
        found.append((str(origin), Path(place)))
        return place

    file_utils.get_file = recording
    try:
        yield found
    finally:
        file_utils.get_file = original
