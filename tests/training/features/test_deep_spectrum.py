"""``dslite.DeepSpectrum`` as scikit-learn's own checks, its pipelines and Keras see it."""

import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC
from sklearn.utils.estimator_checks import parametrize_with_checks

import dslite
from dslite import DeepSpectrum, Error, Recipe
from dslite.demo.sounds import record
from dslite.training.features.embed import build_network
from dslite.training.network import backbones

#: Pictures so small that all of scikit-learn's checks take seconds.
TINY = Recipe().replace(
    chunk={"seconds": 0.02, "hop_seconds": 0.02},
    stft={"window_seconds": 0.004, "hop_seconds": 0.002, "fft_seconds": 0.004},
    mel={"bands": 12},
    picture={"width": 16, "height": 16},
)
QUICK = Recipe().replace(chunk={"seconds": 0.5, "hop_seconds": 0.25}, picture={"width": 32, "height": 32})


@parametrize_with_checks([DeepSpectrum("small_cnn", "none", recipe=TINY)])
def test_scikit_learns_own_checks(estimator: BaseEstimator, check: object) -> None:
    check(estimator)


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Path], list[str]]:
    """Twelve FLAC clips of a second, in two classes."""
    import soundfile

    folder = tmp_path_factory.mktemp("clips")
    paths, labels = [], []
    for index in range(12):
        kind = ("rain", "siren")[index % 2]
        paths.append(folder / f"{kind}{index}.flac")
        labels.append(kind)
        soundfile.write(paths[-1], record(kind, np.random.default_rng(index), 16000)[:16000], 16000)
    return paths, labels


def test_features_are_keras_own_averaged(clips: tuple[list[Path], list[str]]) -> None:
    row = backbones.find("mobilenet_v2")
    front = dslite.FrontEnd(backbones.fit_recipe(QUICK, row))
    network = build_network(row, front.recipe, "none", seed=0)
    wanted = []
    for path in clips[0][:3]:
        tensors = front.tensors(front.chunks(dslite.read_audio(path, 16000)))
        wanted.append(network.predict_on_batch(tensors).mean(axis=(0, 1, 2)))
    features = DeepSpectrum("mobilenet_v2", "none", recipe=QUICK, batch_size=2).fit_transform(clips[0][:3])
    assert (features.shape, features.dtype) == ((3, 1280), np.float32)
    np.testing.assert_allclose(features, wanted, rtol=0, atol=2e-5)


def test_a_pipeline_learns_clones_and_pickles(clips: tuple[list[Path], list[str]]) -> None:
    paths, labels = clips
    model = make_pipeline(DeepSpectrum("small_cnn", "none", recipe=QUICK), LinearSVC())
    assert model.fit(paths, labels).score(paths, labels) == 1
    answers = model.predict(paths)
    assert (pickle.loads(pickle.dumps(model)).predict(paths) == answers).all()
    search = GridSearchCV(model, {"deepspectrum__layer": ["relu2", None], "linearsvc__C": [0.1, 1.0]}, cv=2)
    search.fit(list(map(str, paths)), labels)
    assert set(search.cv_results_["param_deepspectrum__layer"]) == {"relu2", None}
    assert clone(model).set_params(deepspectrum__layer="relu2")[0].get_feature_names_out()[31] == "relu2_31"


def test_paths_come_in_many_shapes(clips: tuple[list[Path], list[str]], tmp_path: Path) -> None:
    paths = clips[0][:2]
    names = list(map(str, paths))
    (tmp_path / "recipe.toml").write_text(QUICK.to_toml())
    model = DeepSpectrum("small_cnn", "none", recipe=tmp_path / "recipe.toml")
    wanted = model.transform(paths)
    table = pd.DataFrame({"file": names})
    for given in (
        names,
        np.array(names),
        np.array(paths, dtype=object),
        table["file"],
        table,
        np.array(table),
    ):
        np.testing.assert_array_equal(model.transform(given), wanted)
    samples = np.stack([dslite.read_audio(path, 16000) for path in paths])
    np.testing.assert_allclose(model.transform(samples), wanted, rtol=0, atol=1e-5)
    frame = model.set_output(transform="pandas").fit_transform(paths)
    assert list(frame.columns) == [f"small_cnn_{i}" for i in range(64)]


def test_what_it_cannot_take_it_names(clips: tuple[list[Path], list[str]], tmp_path: Path) -> None:
    model = DeepSpectrum("small_cnn", "none", recipe=QUICK)
    (tmp_path / "empty.wav").touch()
    with pytest.raises(Error, match=r"empty\.wav: the file is empty"):
        model.transform([clips[0][0], tmp_path / "empty.wav", clips[0][1]])
    with pytest.raises(ValueError, match="expected a sequence of paths"):
        model.transform("a.wav")
    with pytest.raises(ValueError, match="3 among paths"):
        model.transform(["a.wav", 3])
    with pytest.raises(ValueError, match="batch_size: 0 given"):
        clone(model).set_params(batch_size=0).fit(clips[0])
    with pytest.raises(ValueError, match="layer: 'nose' given"):
        clone(model).set_params(layer="nose").fit(clips[0])
    dropping = QUICK.replace(chunk={"tail": "drop"})
    with pytest.raises(ValueError, match=r"X: 10 samples hold no chunk of 0\.5 s"):
        clone(model).set_params(recipe=dropping).fit(np.zeros((2, 10)))


def test_new_weights_in_the_same_file_are_seen(tmp_path: Path, clips: tuple[list[Path], list[str]]) -> None:
    path = tmp_path / "w.weights.h5"
    row = backbones.find("small_cnn")
    model = DeepSpectrum("small_cnn", path, recipe=QUICK)
    found = []
    for seed in (0, 1):
        build_network(row, QUICK, "none", seed).save_weights(path)
        found.append(model.fit_transform(clips[0][:1]))
    assert not np.allclose(*found)


def test_importing_dslite_does_not_import_scikit_learn() -> None:
    program = (
        "import sys, dslite\n"
        "assert not {'sklearn', 'tensorflow', 'keras', 'pandas'} & set(sys.modules)\n"
        "dslite.DeepSpectrum()\n"
        "assert 'sklearn' in sys.modules and 'tensorflow' not in sys.modules\n"
        "assert not hasattr(dslite, 'DeepSpectrums')\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
