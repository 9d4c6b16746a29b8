"""``dslite weights``: the file of Keras to the byte, from its cache; one line where there is none."""

import hashlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from command_line import complaint, dslite

from dslite import Recipe
from dslite.training.network.backbones import BACKBONES, build, find, fit_recipe
from dslite.training.network.download import LICENCES

#: What Keras calls its file, in its cache and on its server.
NAME = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"


@pytest.fixture
def keras_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of Keras's own, which is empty; nothing answers where it would download from."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    models = tmp_path / "keras" / "models"
    models.mkdir(parents=True)
    return models


def test_what_keras_has_is_written_and_trained_from(keras_home: Path, tmp_path: Path) -> None:
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    row = find("mobilenet_v2")
    recipe = fit_recipe(Recipe().replace(picture={"width": 96, "height": 96}), row)
    published = build(row, recipe, "none")
    with h5py.File(keras_home / NAME, "w") as file:  # the format of the files on Keras's server
        save_weights_to_hdf5_group(file, published)
    written = tmp_path / "weights.h5"
    done = dslite("weights", "mobilenet_v2", "-o", written)
    assert done.returncode == 0, done.stderr
    content = (keras_home / NAME).read_bytes()
    assert written.read_bytes() == content
    assert done.stdout == f"{hashlib.sha256(content).hexdigest()}  {written}\n"  # as sha256sum --check reads
    assert f"/{NAME}\n" in done.stderr
    assert "licence Apache-2.0" in done.stderr
    for one, other in zip(build(row, recipe, str(written)).variables, published.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_without_network_it_is_one_line(keras_home: Path, tmp_path: Path) -> None:
    said = complaint(dslite("weights", "mobilenet_v2", "-o", tmp_path / "weights.h5"))
    assert "could not be downloaded" in said
    assert NAME[:40] in said
    assert "`dslite weights mobilenet_v2 -o FILE` saves them for --weights FILE" in said
    assert [path.name for path in tmp_path.glob("*.h5")] == []
    other = complaint(dslite("weights", "mobilenet_v2", "-o", tmp_path / "weights.bin"))
    assert "expected a name that ends in .h5" in other


def test_a_damaged_download_is_not_passed_on(keras_home: Path, tmp_path: Path) -> None:
    (keras_home / NAME).write_bytes(b"<html>not found</html>")
    said = complaint(dslite("weights", "mobilenet_v2", "-o", tmp_path / "weights.h5"))
    assert "mobilenet_v2" in said
    assert not (tmp_path / "weights.h5").exists()


def test_every_download_has_a_licence() -> None:
    for name, row in BACKBONES.items():
        starts = [start for start in LICENCES if name.startswith(start)]
        assert len(starts) == row.downloads, name
