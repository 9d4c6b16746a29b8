"""Plots of the answers: sized by a page, not by the data, and in the format that their name asks for."""

import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from dslite import Error
from dslite.plots.agreement import save_confusion, save_scatter
from dslite.plots.curves import save_curves
from dslite.training.metrics.confusion import Confusion

MANY = """
import numpy as np
from pathlib import Path
from dslite.plots.agreement import save_confusion
from dslite.training.metrics.confusion import Confusion
random = np.random.default_rng(0)
labels = [f"a class with a rather long name, number {i}" for i in range(2000)]
truth, answers = random.integers(2000, size=(2, 20_000))
save_confusion(Path("confusion.png"), Confusion.of(labels, truth, answers))
"""


def of_random(classes: int, count: int = 500) -> Confusion:
    random = np.random.default_rng(classes)
    truth = random.integers(classes, size=count)
    answers = np.where(random.random(count) < 0.7, truth, random.integers(classes, size=count))
    return Confusion.of([f"class {index}" for index in range(classes)], truth, answers)


def test_a_confusion_plot_of_2000_classes_is_a_page_and_takes_little_memory(tmp_path: Path) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))

    command = [sys.executable, "-c", MANY]
    subprocess.run(command, cwd=tmp_path, check=True, preexec_fn=limit, timeout=120)
    height, width, _ = imread(tmp_path / "confusion.png").shape
    assert max(height, width) < 2500


def test_confusion_plots_of_few_classes_grow_with_them(tmp_path: Path) -> None:
    sizes = []
    for classes in (2, 10, 40, 41, 300):
        save_confusion(tmp_path / "x.png", of_random(classes))
        sizes.append(imread(tmp_path / "x.png").shape[1])
    assert sizes[0] < sizes[1] < sizes[2]
    assert abs(sizes[4] - sizes[2]) < 200


@pytest.mark.parametrize(
    ("suffix", "head"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-1."), ("svg", b"<?xml")]
)
def test_the_name_decides_on_the_format_and_the_bytes_repeat(
    tmp_path: Path, suffix: str, head: bytes
) -> None:
    written = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.{suffix}"
        save_curves(path, [{"stage": "head", "epoch": 1, "seconds": 1.0, "loss": 0.5}])
        written.append(path.read_bytes())
    assert written[0].startswith(head)
    assert written[0] == written[1]


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    one = np.zeros((1, 1), np.float32)
    for name in ("x.jpg", "x", "x.png.gz"):
        with pytest.raises(Error, match=r"is no format for pictures; expected \.png, \.pdf or \.svg"):
            save_scatter(tmp_path / name, one, one, ["a"])
    assert not list(tmp_path.iterdir())
