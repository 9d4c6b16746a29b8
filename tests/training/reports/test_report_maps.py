"""The maps of a report: the core's explanations of the same answers, kept with the run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_line import dslite
from small_runs import write_recordings, write_run

import dslite as api
from dslite.training.reports.examples import Recordings, choose
from dslite.training.reports.maps import read_maps, shaded
from dslite.training.reports.report import write_report
from dslite.training.runs.reader import Run, read_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("runs")
    return read_run(write_run(folder / "run", write_recordings(folder / "sounds")))


def test_every_example_has_the_map_that_the_board_gives(run: Run, tmp_path: Path) -> None:
    explained = tmp_path / "explained.tflite"
    said = dslite("export", run.path, "--quantize", "none", "--explain", "--force", "-o", explained)
    assert said.returncode == 0, said.stderr
    model = api.Model(explained)
    recordings, maps = Recordings(Path(run.facts["audio_dir"]), run.recipe), read_maps([run.path])
    wrong, right = choose(run.predictions())
    assert len(maps.examples) == len(wrong) + len(right) > 0
    for one in (*wrong, *right):
        expected = model.explain(recordings.sound(one.file, one.start_s)).relevance
        made = maps.of(one.file, one.start_s)
        assert made is not None
        np.testing.assert_allclose(made, expected, atol=1e-4 * np.abs(expected).max())


def test_a_class_has_the_mean_of_its_right_answers(run: Run) -> None:
    maps = read_maps([run.path])
    predictions = run.predictions()
    right = predictions[predictions["answer"] == predictions["truth"]]
    assert set(maps.classes) == set(right["truth"])
    recordings = Recordings(Path(run.facts["audio_dir"]), run.recipe)
    for label, (relevance, picture, count) in maps.classes.items():
        rows = right[right["truth"] == label].sort_values(f"score:{label}", ascending=False, kind="stable")
        rows = rows.drop_duplicates("file")
        assert count == len(rows)
        pictures = [recordings.picture(row.file, row.start) for row in rows.itertuples()]
        assert np.abs(np.mean(pictures, axis=0) - picture).max() <= 1.01
        assert relevance.shape == next(iter(maps.examples.values())).shape


def test_folds_are_put_together(run: Run) -> None:
    one, two = read_maps([run.path]), read_maps([run.path, run.path])
    for label, (relevance, picture, count) in one.classes.items():
        np.testing.assert_allclose(two.classes[label][0], relevance, rtol=1e-6)
        assert np.abs(two.classes[label][1].astype(int) - picture).max() <= 1
        assert two.classes[label][2] == 2 * count


def test_the_report_shows_them_and_does_without(run: Run) -> None:
    page = write_report(run).read_text()
    examples = sum(map(len, choose(run.predictions())))
    assert page.count("<img class=why") == examples + len(read_maps([run.path]).classes)
    kept = run.path / "maps.npz"
    content = kept.read_bytes()
    for damaged in (content[:100], b""):
        kept.write_bytes(damaged)
        assert "<img class=why" not in write_report(run).read_text()
    kept.unlink()
    assert "<img class=why" not in write_report(run).read_text()
    kept.write_bytes(content)


def test_shading_keeps_what_speaks_and_darkens_the_rest() -> None:
    pixels = np.full((8, 8, 3), 200, np.uint8)
    relevance = np.float32([[-1, 4], [2, 0]])
    dark = shaded(pixels, relevance)[:, :, 0]
    assert dark[0, 7] == 200
    assert dark[0, 0] == dark[7, 7] == 50
    assert dark[7, 0] == 125
