"""``dslite plot`` and ``dslite recipe``: what is drawn is the core's, with and without matplotlib."""

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, dslite
from matplotlib.image import imread

import dslite as api
from dslite.plots.png import encode, pixels_of
from dslite.plots.views import View, empty_bands, frequency_axis

#: The command in an installation without the packages of the extra [train].
WITHOUT = """
import importlib.abc, sys
class Missing(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        top = name.partition(".")[0]
        if top in {"matplotlib", "tensorflow", "keras", "sklearn", "pandas", "scipy", "jinja2", "pyarrow"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from dslite.cli import main
main(sys.argv[1:], prog_name="dslite")
"""


def core_only(*arguments: str | os.PathLike[str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WITHOUT, *map(os.fspath, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five seconds of a tone at 1 kHz in a little noise."""
    path = tmp_path_factory.mktemp("clip") / "tone.wav"
    time = np.arange(5 * 16000) / 16000
    tone = 0.5 * np.sin(2 * np.pi * 1000 * time) + 0.001 * np.random.default_rng(0).normal(size=len(time))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.rint(tone * 32767).astype("<i2").tobytes())
    return path


@pytest.mark.parametrize(
    ("suffix", "head"), [("png", b"\x89PNG\r\n"), ("pdf", b"%PDF-1."), ("svg", b"<?xml")]
)
def test_the_name_decides_on_the_format(clip: Path, tmp_path: Path, suffix: str, head: bytes) -> None:
    result = dslite("plot", clip, "-o", tmp_path / f"x.{suffix}")
    assert (result.returncode, result.stderr) == (0, f"wrote {tmp_path / f'x.{suffix}'}\n")
    content = (tmp_path / f"x.{suffix}").read_bytes()
    assert content.startswith(head)
    if suffix == "svg":
        assert b"<svg" in content


def test_every_recipe_is_drawn(clip: Path, tmp_path: Path) -> None:
    variants = {
        "mfcc": {"mfcc": {"count": 20}},
        "linear": {"mel": {"bands": 0}},
        "raw": {"picture": {"colormap": "none"}, "tensor": {"scaling": "none"}},
        "gray": {"picture": {"colormap": "gray"}},
    }
    for name, tables in variants.items():
        recipe = tmp_path / f"{name}.toml"
        recipe.write_text(api.Recipe().replace(**tables).to_toml())
        result = dslite("plot", clip, "--recipe", recipe, "-o", tmp_path / f"{name}.png")
        assert result.returncode == 0, result.stderr
    assert len({path.read_bytes() for path in tmp_path.glob("*.png")}) == len(variants)


def test_recipes_stand_side_by_side_and_chunks_below_one_another(clip: Path, tmp_path: Path) -> None:
    def shape(name: str, *options: str) -> tuple[int, ...]:
        result = dslite("plot", clip, "-o", tmp_path / name, *options)
        assert result.returncode == 0, result.stderr
        return imread(tmp_path / name).shape

    one, two = shape("one.png", "--chunk", "0"), shape("two.png")
    both = shape("both.png", "--recipe", "deepspectrumlite", "--recipe", "kaldi", "--chunk", "0")
    assert two[1] == one[1]
    assert two[0] > 1.5 * one[0]
    assert both[0] == one[0]
    assert both[1] > 1.8 * one[1]


def test_empty_mel_bands_are_said(clip: Path, tmp_path: Path) -> None:
    recipe = api.Recipe.preset("torchaudio")
    rates = np.fft.rfftfreq(round(recipe.stft.fft_seconds * 16000), 1 / 16000)
    # HTK's mel; a triangle between two bins of the FFT holds none.
    mels = np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 130)
    edges = 700 * (10 ** (mels / 2595) - 1)
    inside = [((rates > low) & (rates < high)).sum() for low, high in zip(edges, edges[2:], strict=False)]
    assert empty_bands(recipe) == inside.count(0) > 0
    result = dslite("plot", clip, "--recipe", "torchaudio", "-o", tmp_path / "x.png")
    assert f"torchaudio: {inside.count(0)} of 128 mel bands hold no FFT bin" in result.stderr
    assert empty_bands(api.Recipe()) == 0


@pytest.mark.parametrize("bands", [0, 40, 128])
def test_the_ticks_are_round_and_where_a_tone_is(clip: Path, bands: int) -> None:
    recipe = api.Recipe().replace(mel={"bands": bands}, picture={"height": 400, "width": 50})
    positions, texts, name = frequency_axis(recipe)
    assert name == "frequency in kHz"
    assert {"1", "2", "4", "8"} <= set(texts)
    assert min(np.diff(positions)) > 0.05
    view = View("", api.FrontEnd(recipe), api.read_audio(clip, 16000))
    loudest = view.picture(0)[:, 10].sum(axis=1).argmax()  # the row of the tone, from above
    assert positions[texts.index("1")] == pytest.approx(1 - (loudest + 0.5) / 400, abs=0.02)


def test_without_matplotlib_the_picture_is_the_cores_own(clip: Path, tmp_path: Path) -> None:
    result = core_only("plot", clip, "--chunk", "1", "-o", tmp_path / "x.png")
    assert result.returncode == 0, result.stderr
    assert "drawn without axes" in result.stderr
    front = api.FrontEnd(api.Recipe())
    expected = np.rint(front.picture(front.chunk(api.read_audio(clip, 16000), 1)))
    np.testing.assert_array_equal(np.rint(imread(tmp_path / "x.png")[:, :, :3] * 255), expected)
    refused = core_only("plot", clip, "-o", tmp_path / "x.pdf")
    assert ".pdf needs matplotlib; get it by pip install '.[train]'" in complaint(refused)


@pytest.mark.parametrize("shape", [(1, 1), (3, 300), (200, 5)])
def test_our_png_reads_back(tmp_path: Path, shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(1).integers(256, size=(*shape, 3)).astype(np.uint8)
    (tmp_path / "x.png").write_bytes(encode(pixels))
    np.testing.assert_array_equal(np.rint(imread(tmp_path / "x.png") * 255), pixels)


def test_commands_name_what_they_need(clip: Path, tmp_path: Path) -> None:
    assert core_only("--help").returncode == 0
    for arguments in (
        ["demo", "-o", tmp_path / "demo"],
        ["train", clip.parent, "-o", tmp_path / "x.tflite"],
        ["embed", clip, "-o", tmp_path / "x.csv"],
        ["compare", tmp_path],
        ["report", tmp_path],
    ):
        result = core_only(*arguments)
        assert "get it by pip install '.[train]' in dslite's folder" in complaint(result), arguments
    assert not list(tmp_path.iterdir())


def test_recipes_are_printed(tmp_path: Path) -> None:
    assert dslite("recipe").stdout == api.Recipe().to_toml()
    for name in api.Recipe.preset_names():
        text = core_only("recipe", name).stdout
        assert api.Recipe.from_toml(text) == api.Recipe.preset(name)
    (tmp_path / "mine.toml").write_text("[mel]\nbands = 40\n")
    mine = api.Recipe().replace(mel={"bands": 40})
    assert api.Recipe.from_toml(dslite("recipe", tmp_path / "mine.toml").stdout) == mine
    (tmp_path / "whisper").write_text("[mel]\nbands = 40\n")
    assert dslite("recipe", "./whisper", cwd=tmp_path).stdout == mine.to_toml()
    assert dslite("recipe", "whisper", cwd=tmp_path).stdout == api.Recipe.preset("whisper").to_toml()
    assert "neither a file nor a preset" in complaint(dslite("recipe", "wisper"))


def test_raw_values_are_shades_of_gray() -> None:
    raw = np.float32([[[-3.0], [1.0]], [[0.0], [5.0]]])
    assert pixels_of(raw).tolist() == [[[0] * 3, [128] * 3], [[96] * 3, [255] * 3]]
    assert pixels_of(np.zeros((2, 2, 1), np.float32)).max() == 0
