"""``dslite embed`` on a local Dask cluster, one worker of which is killed in the middle."""

import os
import signal
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import complaint, dslite
from dask.distributed import Client, LocalCluster

from dslite import Error, Recipe
from dslite.training.features import cluster as embedding_cluster
from dslite.training.features.cluster import Settings, embed_on_cluster, feature_names
from dslite.training.features.embed import Embedder, embed
from dslite.util.failures import Failure

RECIPE = Recipe().replace(chunk={"seconds": 0.25, "hop_seconds": 0.25}, picture={"width": 32, "height": 32})
SETTINGS = Settings("small_cnn", "none", None, RECIPE, seed=3, batch_size=4)


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Forty clips of half a second, of which two cannot be read."""
    folder = tmp_path_factory.mktemp("recordings")
    paths = [folder / f"{index:02}.wav" for index in range(40)]
    for index, path in enumerate(paths):
        with wave.open(str(path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            samples = 3000 * np.random.default_rng(index).standard_normal(8000)
            file.writeframes(np.rint(samples).astype("<i2").tobytes())
    for index in (7, 30):
        paths[index].write_bytes(b"")
    return paths


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_a_cluster_computes_the_same_rows_though_a_worker_dies(
    client: Client, recordings: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedding_cluster, "FILES", 4)
    embedder = Embedder("small_cnn", "none", recipe=RECIPE, seed=3)
    assert feature_names(client, SETTINGS) == embedder.names
    expected = list(embed(embedder, recordings, expected_failures := [], batch_size=4))
    failures: list[Failure] = []
    done: list[int] = []
    found = embed_on_cluster(client, SETTINGS, recordings, failures, done.append)
    rows = [next(found)]
    os.kill(next(iter(client.run(os.getpid).values())), signal.SIGKILL)
    rows += found
    assert failures == expected_failures
    assert [failure.path.name for failure in failures] == ["07.wav", "30.wav"]
    assert done == [4] * 10
    assert [(r.file, r.start_s, r.end_s) for r in rows] == [(r.file, r.start_s, r.end_s) for r in expected]
    np.testing.assert_allclose(
        [row.features for row in rows], [row.features for row in expected], rtol=0, atol=1e-5
    )


def test_what_is_wrong_on_a_worker_is_one_line(client: Client, recordings: list[Path]) -> None:
    wrong = Settings("small_cnn", "none", "nose", RECIPE, seed=0, batch_size=4)
    with pytest.raises(Error, match="layer: 'nose' given"):
        feature_names(client, wrong)
    with pytest.raises(Error, match="layer: 'nose' given"):
        list(embed_on_cluster(client, wrong, recordings, []))


def test_the_command_writes_what_it_writes_without_a_cluster(
    client: Client, recordings: list[Path], tmp_path: Path
) -> None:
    (tmp_path / "recipe.toml").write_text(RECIPE.to_toml())
    options = ("--backbone", "small_cnn", "--weights", "none", "--recipe", tmp_path / "recipe.toml")
    address = client.scheduler_info()["address"]
    for name, more in (("here.csv", ()), ("there.csv", ("--cluster", address))):
        result = dslite("embed", recordings[0].parent, *options, *more, "-o", tmp_path / name)
        assert complaint(result) == "dslite: 2 of 40 files left out"
    here, there = (pd.read_csv(tmp_path / name) for name in ("here.csv", "there.csv"))
    assert list(here["file"]) == list(there["file"])
    np.testing.assert_allclose(here.iloc[:, 1:], there.iloc[:, 1:], rtol=0, atol=1e-5)
