"""report.html: complete, true to the run, harmless whatever the names are, and in need of nothing."""

import base64
import hashlib
import io
import json
import re
import wave
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import complaint, dslite
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.image import imread
from small_runs import write_recordings, write_run

from dslite import Error, FrontEnd, read_audio
from dslite.plots.agreement import save_scatter
from dslite.plots.curves import save_curves
from dslite.training.metrics.evaluate import Evaluation
from dslite.training.metrics.measures import read_measures
from dslite.training.metrics.predictions import Answers
from dslite.training.reports.examples import RIGHT, RIGHT_PER_CLASS, WRONG, Recordings, choose
from dslite.training.reports.report import write_report
from dslite.training.runs.reader import Run, read_facts, read_run
from dslite.training.runs.writer import RunFolder
from dslite.training.task import CLASSES

NASTY = "</style><script>alert(1)</script>\"'<img src=x>"


class Page(HTMLParser):
    """The tags of a page, its pictures with their captions, the ticks of its axes, and its text."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.figures: list[tuple[str, str]] = []  # image, caption
        self.text, self._in_figure, self._in_caption = "", False, False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        found = [value or "" for name, value in attrs if name in ("src", "href", "data", "action")]
        self.links += found
        if tag == "figure":
            self.figures.append(("", ""))
            self._in_figure = True
        elif tag == "img" and self._in_figure and not self.figures[-1][0]:  # the second is the map
            self.figures[-1] = (found[0], "")
        self._in_caption = self._in_caption or tag == "figcaption"

    def handle_endtag(self, tag: str) -> None:
        self._in_figure = self._in_figure and tag != "figure"
        self._in_caption = self._in_caption and tag != "figcaption"

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._in_caption and data.strip():
            image, caption = self.figures[-1]
            self.figures[-1] = (image, f"{caption}{data.strip()}\n")


@pytest.fixture(scope="module")
def run(small_run: Path) -> Run:
    return read_run(small_run)


@pytest.fixture(scope="module")
def page(run: Run) -> Page:
    return Page(write_report(run))


def png(link: str) -> np.ndarray:
    assert link.startswith("data:image/png;base64,")
    return imread(io.BytesIO(base64.b64decode(link.partition(",")[2], validate=True)))


def test_the_page_needs_nothing_beside_it(page: Page, run: Run) -> None:
    for link in page.links:
        assert png(link).ndim == 3
    text = (run.path / "report.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in text
    assert not re.search(r"url\(|@import|http", re.sub(r'http-equiv="[^"]*"', "", text))
    assert {"link", "iframe", "object"}.isdisjoint(page.tags)
    # The one script that may run is known by its hash.
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


def test_the_page_tells_what_the_run_is(page: Page, run: Run) -> None:
    measured = run.metrics["per_file"]
    for key in ("accuracy", "uar", "macro_f1"):
        assert f"{100 * measured[key]:.1f}" in page.text
    for text in ("small_cnn", "seed 0", "dslite train <x>", "<b>siren & co", str(run.facts["audio_dir"])):
        assert text in page.text
    assert run.config_text in page.text
    assert run.recipe_text in page.text
    assert "<b>" not in (run.path / "report.html").read_text()
    for name in ("curves.png", "confusion.png"):
        assert (run.path / name).read_bytes().startswith(b"\x89PNG")


def test_examples_show_the_picture_that_the_network_saw(page: Page, run: Run) -> None:
    predictions = run.predictions()
    wrong, right = choose(predictions)
    figures = [one for one in page.figures if " answers" not in one[1]]  # without the classes' own
    assert len(figures) == len(wrong) + len(right) >= 4
    front = FrontEnd(run.recipe)
    for (image, caption), example in zip(figures, wrong + right, strict=True):
        file, seconds, true, answer = caption.strip().split("\n")[:4]
        start_s = float(seconds.split(" – ")[0])
        row = predictions[(predictions["file"] == file) & (predictions["start"] == start_s)].iloc[0]
        assert true == f"true: {row['truth']} {row['score:' + row['truth']]:.3f}"
        assert answer == f"answer: {row['answer']} {row['score:' + row['answer']]:.3f}"
        assert file == example.file
        samples = read_audio(Path(run.facts["audio_dir"]) / file, 16000)[int(start_s * 16000) :][:16000]
        np.testing.assert_array_equal(np.rint(png(image)[:, :, :3] * 255), np.rint(front.picture(samples)))


def test_the_sound_of_examples_is_in_the_page_if_asked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "predictions.csv").write_bytes((run.path / "predictions.csv").read_bytes())
    page = write_report(replace(run, path=tmp_path), audio=True).read_text()
    sounds = re.findall(r'<audio[^>]*src="data:audio/wav;base64,([^"]+)"', page)
    wrong, right = choose(run.predictions())
    assert len(sounds) == len(wrong) + len(right)
    with wave.open(io.BytesIO(base64.b64decode(sounds[0]))) as file:
        assert file.getframerate() == run.recipe.audio.sample_rate_hz
        written = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    first = (wrong + right)[0]
    samples = read_audio(Path(run.facts["audio_dir"]) / first.file, 16000)[round(first.start_s * 16000) :]
    np.testing.assert_array_equal(written, np.rint(32767 * samples[:16000]))
    assert "<audio" not in (run.path / "report.html").read_text()


def test_the_same_run_gives_the_same_page(page: Page, run: Run) -> None:
    before = (run.path / "report.html").read_bytes()
    assert write_report(run).read_bytes() == before


def test_whatever_the_names_are_the_page_stays_harmless(run: Run, tmp_path: Path) -> None:
    facts = json.loads(json.dumps(run.facts))
    facts |= {"command": NASTY, "backbone": NASTY, "warnings": [NASTY], "audio_dir": f"/{NASTY}"}
    facts |= {"failures": [{"file": NASTY, "message": NASTY}] * 300, "versions": {NASTY: NASTY}}
    facts |= {"git": {"commit": NASTY, "dirty": True}, "parts": {NASTY: {NASTY: 1}}}
    table = run.predictions().rename(columns={"score:rain": f"score:{NASTY}"})
    table = table.replace({"truth": {"rain": NASTY}, "answer": {"rain": NASTY}})
    table["file"] += NASTY
    table.to_csv(tmp_path / "predictions.csv", index=False)
    metrics = run.metrics | {"labels": [NASTY] * 3}
    nasty = replace(run, path=tmp_path, facts=facts, config_text=f"# {NASTY}", metrics=metrics)
    path = write_report(nasty)
    page = Page(path)
    assert path.read_text().count("<script") == 1
    assert all(link.startswith("data:") for link in page.links)
    assert page.text.count(NASTY) > 220
    assert "and 100 more" in page.text


def test_recordings_that_are_gone_are_no_error(run: Run, tmp_path: Path) -> None:
    moved = replace(run, path=tmp_path, facts=run.facts | {"audio_dir": "/nowhere"})
    (tmp_path / "predictions.csv").write_bytes((run.path / "predictions.csv").read_bytes())
    page = Page(write_report(moved))
    assert {image for image, text in page.figures if " answers" not in text} == {""}
    assert "/nowhere/" in page.text
    with pytest.raises(Error, match=r"no chunk starts at 0\.5 s"):
        Recordings(Path(run.facts["audio_dir"]), run.recipe).picture(run.predictions()["file"][0], 0.5)


def test_the_command_writes_it_again(run: Run, tmp_path: Path) -> None:
    (run.path / "report.html").unlink(missing_ok=True)
    result = dslite("report", run.path)
    assert result.returncode == 0, result.stderr
    assert Page(run.path / "report.html").figures
    assert "no such folder" in complaint(dslite("report", tmp_path / "none"))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(0, 10**6)), min_size=1))
def test_the_surest_are_chosen(chunks: list[tuple[int, int, int]]) -> None:
    names = "abcd"
    rows = []
    for index, (file, true, seed) in enumerate(chunks):
        scores = np.random.default_rng(seed).dirichlet(np.ones(4))
        rows.append(
            {"file": str(file), "start": index, "end": index + 1, "truth": names[true]}
            | {"answer": names[scores.argmax()]}
            | {f"score:{name}": score for name, score in zip(names, scores, strict=True)}
        )
    table = pd.DataFrame(rows)
    wrong, right = choose(table)
    best = table[[f"score:{name}" for name in names]].max(axis=1)
    is_right = table["truth"] == table["answer"]
    surest_wrong = best[~is_right].groupby(table["file"]).max().sort_values(ascending=False)
    assert [best[int(one.start_s)] for one in wrong] == surest_wrong.head(WRONG).tolist()
    assert not any(is_right[int(one.start_s)] for one in wrong)
    assert all(is_right[int(one.start_s)] for one in right)
    for chosen in (wrong, right):
        assert len({one.file for one in chosen}) == len(chosen)
    counts = pd.Series([table["truth"][int(one.start_s)] for one in right], dtype=str).value_counts()
    assert len(right) <= RIGHT
    assert (counts <= RIGHT_PER_CLASS).all()


def values() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    truth = rng.standard_normal((30, 2)) * (1, 100)
    answers = truth + rng.standard_normal((30, 2)) * (0.1, 10)
    answers[7] = truth[7] + (3, 0)
    columns = {"file": [f"{i}.wav" for i in range(30)], "start": 0.0, "end": 1.0}
    for kind, table in (("truth", truth), ("score", answers)):
        columns |= {f"{kind}:{name}": table[:, i] for i, name in enumerate(("calm", "loud"))}
    return pd.DataFrame(columns)


def test_values_have_a_scatter_and_those_furthest_off(run: Run, tmp_path: Path) -> None:
    table = values()
    wrong, right = choose(table)
    assert wrong[0].file == "7.wav"
    assert {one.file for one in wrong}.isdisjoint(one.file for one in right)
    evaluation = Evaluation.of(Answers.of(table), [])
    per_file = evaluation.per_file
    table.to_csv(tmp_path / "predictions.csv", index=False)
    page = Page(write_report(replace(run, path=tmp_path, metrics=evaluation.to_json(), history=[])))
    assert (tmp_path / "scatter.png").read_bytes().startswith(b"\x89PNG")
    assert not (tmp_path / "curves.png").exists()
    assert "calm CCC" in page.text
    for name in ("calm", "loud", "mean"):
        assert f"{name} CCC" in page.text
    assert f"{per_file.targets[0]['ccc'].value:.3f}" in page.text


def test_measures_are_read_whatever_the_task() -> None:
    section = {"count": 3, "accuracy": 0.925, "auc": None, "intervals": {"accuracy": [0.5, 1.0]}}
    accuracy, auc = read_measures(section)
    assert (accuracy.name, accuracy.text(), accuracy.interval_text()) == ("accuracy", "92.5", "50.0 – 100.0")
    assert (auc.name, auc.text(), auc.interval_text()) == ("AUC", "–", "")
    inner = {"ccc": 0.5, "intervals": {"ccc": [None, None]}}
    both = read_measures({"ccc": 0.25, "targets": {"calm": inner, "loud": {"ccc": 0.0}}})
    named = [("calm CCC", "0.500"), ("loud CCC", "0.000"), ("mean CCC", "0.250")]
    assert [(one.name, one.text()) for one in both] == named
    assert [one.name for one in read_measures({"ccc": 0.5, "targets": {"calm": inner}})] == ["calm CCC"]


def test_curves_of_stages_that_measure_different_things(tmp_path: Path) -> None:
    history = [{"stage": "head", "epoch": e, "seconds": 1.0, "loss": 1 / e, "val_uar": 0.5} for e in (1, 2)]
    history.append({"stage": "fine-tuning", "epoch": 1, "seconds": 9.0, "loss": 0.2, "val_loss": 0.3})
    save_curves(tmp_path / "curves.png", history)
    wide = imread(tmp_path / "curves.png").shape
    save_curves(tmp_path / "loss.png", [{"stage": "head", "epoch": 1, "seconds": 1.0, "loss": 0.5}])
    assert wide[1] > 1.5 * imread(tmp_path / "loss.png").shape[1]
    with pytest.raises(ValueError, match="no measure"):
        save_curves(tmp_path / "none.png", [])
    one = np.zeros((1, 1))
    save_scatter(tmp_path / "one.png", one, one.astype(np.float32), ["a $1"])


def test_a_run_whose_report_cannot_be_drawn_is_not_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_memory(*_: object) -> None:
        raise MemoryError

    recordings = write_recordings(tmp_path / "audio", 4)
    monkeypatch.setattr("dslite.training.recorder.write_report", no_memory)
    with pytest.raises(MemoryError):
        write_run(tmp_path / "run", recordings, 1)
    assert read_facts(tmp_path / "run")["status"] == "running"
    assert (tmp_path / "run" / "metrics.json").exists()
    assert (tmp_path / "run" / "checkpoint.npz").exists()


def test_many_classes_are_a_table_of_mistakes_and_a_part_of_the_matrix(run: Run, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    labels = [f"class {index:03}" for index in range(309)]
    truth = random.integers(309, size=800)
    scores = random.random((800, 309), dtype=np.float32)
    scores[np.arange(800), np.where(random.random(800) < 0.7, truth, random.integers(309, size=800))] = 2
    names = [f"{index}.wav" for index in range(800)]
    answers = Answers.of_files(
        CLASSES, labels, names, np.arange(800), truth, scores, np.tile([0.0, 1.0], (800, 1))
    )
    answers.table().to_csv(tmp_path / "predictions.csv", index=False)
    metrics = Evaluation.of(answers, []).to_json()
    assert sum(count for *_, count in metrics["per_file"]["confusion_cells"]) == 800
    path = write_report(replace(run, path=tmp_path, metrics=metrics))
    assert path.stat().st_size < 2_000_000
    assert "270 others" in Page(path).text
    table = pd.read_csv(tmp_path / "confusion.csv")
    assert table["count"].sum() == 800
    right = table[table["truth"] == table["answer"]]["count"].sum()
    assert right == (scores.argmax(axis=1) == truth).sum()


def test_a_run_in_the_middle_has_no_report(run: Run, tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps(run.facts | {"status": "running"}))
    assert "the run is not finished" in complaint(dslite("report", tmp_path))
    assert RunFolder.resume(tmp_path).path == tmp_path
