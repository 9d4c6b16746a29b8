"""What an export costs is measured against the run's own model, and too much is refused."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, dslite
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import recall_score
from small_runs import write_recordings, write_run

from dslite import Error, Model
from dslite.training.bundle.convert import QUANTIZATIONS
from dslite.training.exporting.candidate import Candidate, default_precision
from dslite.training.exporting.choice import best, dominated
from dslite.training.exporting.costs import Costs, measure_costs
from dslite.training.exporting.loss import Loss, measure_loss
from dslite.training.exporting.source import Source
from dslite.training.metrics.bootstrap import Estimate
from dslite.training.metrics.kinds import KINDS
from dslite.training.metrics.paired import Difference
from dslite.training.metrics.predictions import Answers
from dslite.training.network.saved import load_network, save_network
from dslite.training.runs.reader import read_run
from dslite.training.task import CLASSES, VALUES
from dslite.util.progress import NoProgress


def copied(run: Path, folder: Path) -> Path:
    return Path(shutil.copytree(run, folder / "run"))


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has learnt, and then its network was changed: two of its classes have changed places."""
    folder = tmp_path_factory.mktemp("spoilt")
    run = write_run(folder / "run", write_recordings(folder / "audio"), epochs=10)
    network = load_network(run)
    output = network.get_layer("head").get_layer("scores")
    output.set_weights([weight[..., [1, 0, 2]] for weight in output.get_weights()])
    save_network(network, run)
    return run


def test_what_loses_too_much_is_refused_unless_forced(spoilt: Path, tmp_path: Path) -> None:
    output = tmp_path / "float16.tflite"
    arguments = ("export", spoilt, "--quantize", "float16", "-o", output)
    message = complaint(dslite(*arguments))
    assert "not written: float16 loses" in message
    assert "points of UAR per" in message
    assert "expected 1 at most; --force" in message
    assert list(tmp_path.iterdir()) == []
    done = dslite(*arguments, "--force")
    assert done.returncode == 0, done.stderr
    assert "written by --force" in done.stderr
    entries = Model(output).entries
    loss = json.loads(entries["metrics.json"])["export"]["loss"]
    predictions = read_run(spoilt).predictions()
    labels = Model(spoilt / "model.tflite").labels
    # The network's answers are the own model's with the first two classes exchanged.
    exchanged = predictions["answer"].replace({labels[0]: labels[1], labels[1]: labels[0]})
    own, converted = (
        recall_score(predictions["truth"], answers, average="macro")
        for answers in (predictions["answer"], exchanged)
    )
    assert loss["per_chunk"]["own"] == pytest.approx(own, abs=1e-6)
    assert loss["per_chunk"]["converted"] == pytest.approx(converted, abs=1e-6)
    low, high = loss["per_chunk"]["interval"]
    assert low <= loss["per_chunk"]["difference"] == pytest.approx(converted - own, abs=2e-6)
    assert high >= converted - own - 1e-6
    assert loss["agreement"] == pytest.approx((exchanged == predictions["answer"]).mean(), abs=1e-6)
    card = entries["card.md"].decode()
    for text in (
        "## Against the run's own model",
        "| cold start |",
        "| a chunk, 2 threads |",
        "UAR in % per chunk",
    ):
        assert text in card


def test_divergence_is_that_of_jensen_and_shannon() -> None:
    rng = np.random.default_rng(0)
    first, second = (rng.dirichlet([0.3, 1, 2], 40).astype(np.float32) for _ in range(2))
    second[:5], second[5] = first[:5], [0, 0, 1]
    truth, file_of = np.arange(40) % 3, np.arange(40) // 2
    files = tuple(f"{i:02}" for i in range(20))
    spans = np.zeros((40, 2))
    own, other = (
        Answers(CLASSES, ("a", "b", "c"), files, file_of, truth, one, spans) for one in (first, second)
    )
    loss = measure_loss(own, other)
    assert loss.divergence == pytest.approx(
        np.mean(jensenshannon(first, second, base=2, axis=1) ** 2), abs=1e-6
    )
    same = measure_loss(own, own)
    assert (same.agreement, same.divergence, same.points) == (1, 0, 0)
    worst = min(loss.per_file.difference.value, loss.per_chunk.difference.value)
    assert loss.points == pytest.approx(-100 * worst)


def test_loss_of_values_is_that_of_the_ccc() -> None:
    rng = np.random.default_rng(0)
    truth = rng.normal(size=(30, 2)) * [1000, 1]
    scores = (truth + rng.normal(size=(30, 2)) * [100, 0.1]).astype(np.float32)
    file_of, spans = np.arange(30), np.zeros((30, 2))
    files = tuple(f"{i:02}" for i in range(30))
    own = Answers(VALUES, ("a", "b"), files, file_of, truth, scores, spans)
    lost = scores * np.float32([1, 0])  # the second is always zero: its CCC is 0
    loss = measure_loss(own, Answers(VALUES, ("a", "b"), files, file_of, truth, lost, spans))

    def ccc(x: np.ndarray, y: np.ndarray) -> float:
        return 2 * np.cov(x, y, bias=True)[0, 1] / (x.var() + y.var() + (x.mean() - y.mean()) ** 2)

    expected = 100 * ccc(truth[:, 1], scores[:, 1].astype(float)) / 2
    assert loss.points == pytest.approx(expected, abs=0.01)
    assert loss.agreement == pytest.approx(0, abs=1e-6)


def test_without_held_out_files_the_loss_is_unknown(small_run: Path, tmp_path: Path) -> None:
    run = copied(small_run, tmp_path)
    table = (run / "split.csv").read_text().splitlines()
    (run / "split.csv").write_text("\n".join(row for row in table if ",test," not in row))
    output = tmp_path / "m.tflite"
    arguments = ("export", run, "--quantize", "float16", "-o", output)
    message = complaint(dslite(*arguments))
    assert "the run has no held-out files, so that the loss of float16 cannot be known" in message
    assert not output.exists()
    done = dslite(*arguments, "--force")
    assert done.returncode == 0, done.stderr
    assert "is not known" in Model(output).entries["card.md"].decode()
    assert all(check.agrees for check in Model(output).verify())


def test_a_converted_model_is_no_run(small_run: Path, tmp_path: Path) -> None:
    message = complaint(dslite("export", small_run / "model.tflite", "-o", tmp_path / "m.tflite"))
    assert "expected the folder of a run" in message


def test_costs_are_of_the_file(small_run: Path) -> None:
    path = small_run / "model.tflite"
    costs = measure_costs(path)
    assert costs.file_bytes == path.stat().st_size
    assert 0 < costs.ms < costs.cold_start_ms
    assert 1e6 < costs.memory_bytes < 1e9


def test_all_precisions_come_with_a_page_and_a_choice(spoilt: Path, small_run: Path, tmp_path: Path) -> None:
    """A grid of a run, one whose exports are refused, and one that is damaged, which costs no other."""
    grid = tmp_path / "grid"
    shutil.copytree(small_run, grid / "good")
    shutil.copytree(small_run, grid / "damaged")
    (grid / "damaged" / "network.keras").unlink()
    shutil.copytree(spoilt, grid / "spoilt")
    folder = tmp_path / "exports"
    done = dslite(
        "export",
        grid,
        "--all",
        "--max-loss",
        "100",
        "--budget-kb",
        "10000",
        "--budget-ms",
        "100",
        "-o",
        folder,
    )
    assert done.returncode == 1
    assert re.search(r"dslite: damaged: .*network.keras: no such file", done.stderr)
    assert "1 of 9 exports left out" in done.stderr
    names = [f"{run}-{quantize}" for run in ("good", "spoilt") for quantize in QUANTIZATIONS]
    assert sorted(path.name for path in folder.glob("*.tflite")) == sorted(f"{name}.tflite" for name in names)
    page = (folder / "report.html").read_text()
    assert all(f"<td>{name}</td>" in page for name in names)
    assert page.count("data:image/png;base64,") == 1
    metrics = {name: json.loads(Model(folder / f"{name}.tflite").entries["metrics.json"]) for name in names}
    for name, one in metrics.items():
        # As the file is, its card, its golden clip and this very number included.
        assert one["export"]["costs"]["file_bytes"] == (folder / f"{name}.tflite").stat().st_size
    most = max(one["per_chunk"]["uar"] for one in metrics.values())
    sizes = {
        name: (folder / f"{name}.tflite").stat().st_size
        for name, one in metrics.items()
        if one["per_chunk"]["uar"] == most
    }
    assert f"The best that fits: {min(sizes, key=sizes.__getitem__)}.tflite." in done.stdout
    usage = dslite("export", grid, "--budget-kb", "10", "-o", tmp_path / "m.tflite")
    assert (usage.returncode, "go with --all" in usage.stderr) == (2, True)


def test_sizes_are_trained_and_compared(small_run: Path, tmp_path: Path) -> None:
    """40 pixels, where the run has 48, and a size that no picture can have."""
    folder = tmp_path / "exports"
    done = dslite("export", small_run, "--all", "--sizes", "9000,40", "--force", "-o", folder)
    assert done.returncode == 1
    assert "dslite: 9000: " in done.stderr
    assert "1 of 5 exports left out" in done.stderr
    names = [f"40-{quantize}" for quantize in QUANTIZATIONS]
    assert sorted(path.stem for path in folder.glob("*.tflite")) == sorted(names)
    assert re.search(r"The best that fits: 40-", done.stdout)
    page = (folder / "report.html").read_text()
    assert all(f"<td>{name}</td>" in page for name in names)
    assert Model(folder / "40-int8.tflite").native.input["shape"] == (1, 40, 40, 3)
    source = Source(small_run, NoProgress())
    own, trained = read_run(small_run), read_run(folder / "trained" / "40")
    assert trained.predictions()["file"].tolist() == own.predictions()["file"].tolist()
    assert trained.recipe == own.recipe.replace(picture={"width": 40, "height": 40})
    # What is trained once is taken up, what is there of other settings is not.
    assert source.at_width(40, trained.path, "").run.facts["started"] == trained.facts["started"]
    with pytest.raises(Error, match=r"a run of other settings \(.*picture.width = 40, now 36"):
        source.at_width(36, trained.path, "")
    assert source.at_width(48, folder / "none", "") is source


@pytest.mark.parametrize("sizes", ["", "96,", "0", "-1", "ninety"])
def test_sizes_are_widths(small_run: Path, tmp_path: Path, sizes: str) -> None:
    done = dslite("export", small_run, "--all", "--sizes", sizes, "-o", tmp_path / "exports")
    assert (done.returncode, "expected widths in pixels" in done.stderr) == (2, True)
    assert not (tmp_path / "exports").exists()


def candidate(kb: float, ms: float, uar: float, refusal: str = "") -> Candidate:
    costs = Costs(int(1000 * kb), 1.0, 1, ms, ms)
    difference = Difference(0.9, uar, Estimate(uar - 0.9, uar - 1, uar - 0.8))
    loss = Loss(KINDS["uar"], difference, difference, 1.0, 0.0)
    return Candidate(Path(f"{kb}-{ms}-{uar}"), "int8", costs, costs, None, loss, refusal, not refusal)


def test_backbones_that_are_slow_in_integers_go_by_another_default() -> None:
    assert [default_precision(name) for name in ("mobilenet_v2", "mobilenet_v3_small")] == ["int8", "float16"]


def test_the_best_within_a_budget() -> None:
    big, small, slow = candidate(1000, 5, 0.9), candidate(300, 6, 0.89), candidate(300, 9, 0.89)
    refused = candidate(100, 1, 0.95, "loses too much")
    made = [big, small, slow, refused]
    assert [dominated(one, made[:3]) for one in made[:3]] == [False, False, True]
    assert not dominated(big, [big])
    assert best(made, None, None) is big
    assert best(made, None, 300) is small
    assert best(made, 5.5, None) is big
    assert best(made, 5.5, 300) is None
