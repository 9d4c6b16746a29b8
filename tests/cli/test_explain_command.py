"""``dslite explain``: words, pictures, a page, JSON; and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, dslite
from explained_models import write_explained, write_explained_values
from golden_models import LABELS, write_clip
from small_models import write_classifier

import dslite as api
from dslite.explain.faithfulness import deletion


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_explained(tmp_path_factory.mktemp("model") / "explained.tflite")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("clip") / "clip.wav")


def explanations(model: Path, clip: Path) -> list[api.Explanation]:
    opened = api.Model(model)
    samples = api.read_audio(clip, 16000)
    count = len(opened.front.spans(len(samples)))
    return [opened.explain(opened.front.chunk(samples, i)) for i in range(count)]


def test_it_says_a_line_for_every_chunk(model: Path, clip: Path) -> None:
    said = dslite("explain", model, clip)
    assert said.returncode == 0
    expected = [f"{clip}: {one.words(0.125 * i)}" for i, one in enumerate(explanations(model, clip))]
    assert said.stdout.splitlines() == expected


def test_of_values_each_is_explained(clip: Path, tmp_path: Path) -> None:
    path, _ = write_explained_values(tmp_path / "values.tflite", [1, 1, 1000])
    model = api.Model(path)
    said = dslite("explain", path, clip, "--chunk", "0")
    chunk = model.front.chunk(api.read_audio(clip, 16000), 0)
    assert said.stdout.splitlines() == [
        f"{clip}: {model.explain(chunk, label).words()}" for label in model.labels
    ]
    one = dslite("explain", path, clip, "--chunk", "0", "--label", "rain").stdout.splitlines()
    assert one == [f"{clip}: {model.explain(chunk, 'rain').words()}"]


@pytest.mark.parametrize(
    ("suffix", "head"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-1."), ("svg", b"<?xml")]
)
def test_it_draws(model: Path, clip: Path, tmp_path: Path, suffix: str, head: bytes) -> None:
    said = dslite("explain", model, clip, "--chunk", "1", "-o", tmp_path / f"why.{suffix}")
    assert said.returncode == 0
    assert f"wrote {tmp_path / f'why.{suffix}'}" in said.stderr
    assert (tmp_path / f"why.{suffix}").read_bytes().startswith(head)


def test_json_is_what_python_says(model: Path, clip: Path, tmp_path: Path) -> None:
    dslite("explain", model, clip, "-o", tmp_path / "why.json")
    lines = [json.loads(line) for line in (tmp_path / "why.json").read_text().splitlines()]
    expected = [one.as_dict() for one in explanations(model, clip)]
    assert [{key: line[key] for key in expected[0]} for line in lines] == expected
    assert [line["start"] for line in lines] == [0.125 * i for i in range(len(lines))]


def test_a_page_holds_every_chunk_and_escapes_names(model: Path, clip: Path, tmp_path: Path) -> None:
    hostile = tmp_path / "<script>alert(1)<.wav"
    hostile.write_bytes(clip.read_bytes())
    said = dslite("explain", model, hostile, "-o", tmp_path / "why.html")
    assert said.returncode == 0
    page = (tmp_path / "why.html").read_text()
    assert page.count("<figure>") == page.count("data:image/png;base64,") == len(explanations(model, clip))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_deletion_says_the_areas(model: Path, clip: Path) -> None:
    said = dslite("explain", model, clip, "--chunk", "0", "--deletion").stdout.splitlines()
    opened = api.Model(model)
    samples = opened.front.chunk(api.read_audio(clip, 16000), 0)
    explanation = opened.explain(samples)
    area = deletion(opened, samples, explanation.label, explanation.relevance).area
    assert f"area under the deletion curve {area:.3f}, of random maps " in said[1]


def test_a_bad_clip_is_left_out_and_counted(model: Path, clip: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    said = dslite("explain", model, broken, clip)
    assert said.returncode == 1
    assert "1 of 2 files left out" in said.stderr
    assert len(said.stdout.splitlines()) == len(explanations(model, clip))


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--label", "cat"], "label: 'cat' given, expected one of dog, rain, siren"),
        (
            ["-o", "why.gif"],
            "'.gif' is no format for explanations; expected .png, .pdf, .svg, .html or .json",
        ),
        (["--chunk", "99"], "--chunk 99 given, but the recipe cuts"),
    ],
)
def test_bad_requests_are_one_line(model: Path, clip: Path, more: list[str], message: str) -> None:
    said = dslite("explain", model, clip, *more)
    assert said.returncode == 1
    assert message in said.stderr
    assert "Traceback" not in said.stderr


def test_maps_are_needed_where_they_are_asked_for(clip: Path, tmp_path: Path) -> None:
    plain = write_classifier(tmp_path / "plain.tflite", LABELS)
    said = dslite("explain", plain, clip, "--method", "cam", "--chunk", "0")
    assert complaint(said).endswith("the network has no class maps; `dslite export RUN --explain` adds them")
    assert dslite("explain", plain, clip, "--chunk", "0").returncode == 0


def test_colours_are_darkened_where_nothing_speaks(model: Path, clip: Path) -> None:
    """The shade is clear at the strongest place, and darkest where nothing speaks for it."""
    from matplotlib.figure import Figure

    from dslite.plots.why import SHADE, _shade

    explanation = explanations(model, clip)[0]
    axes = Figure().subplots()
    _shade(axes, (0, 1), explanation)
    dark = np.asarray(axes.images[0].get_array())[:, :, 3]
    strongest = explanation.relevance == explanation.relevance.max()
    assert (dark[strongest] == 0).all()
    assert np.allclose(dark[explanation.relevance <= 0], SHADE)


def test_words_come_before_the_next_clip_is_read(model: Path, clip: Path, tmp_path: Path) -> None:
    """The second clip is a pipe that nobody writes to before the first is explained."""
    pipe = tmp_path / "later.wav"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "dslite", "explain", model, clip, pipe]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline().startswith(os.fsencode(clip))
        pipe.write_bytes(clip.read_bytes())
        rest = running.communicate(timeout=60)[0].splitlines()
    assert running.returncode == 0
    assert rest[-1].startswith(os.fsencode(pipe))
