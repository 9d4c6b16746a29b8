"""``dslite inspect``: its figures against recordings made to have them, its proposal against the core."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command_line import complaint, dslite

from dslite import FrontEnd, Recipe
from dslite.training.inspection.propose import proposal_toml, propose
from dslite.training.inspection.recording import Recording, measure
from dslite.training.inspection.statistics import (
    Statistics,
    dropped,
    empty_bands,
    empty_bands_warning,
    gather,
    padded_share,
)


def tone(rate_hz: int, seconds: float, hz: float, amplitude: float) -> np.ndarray:
    return amplitude * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)


def test_the_figures_of_a_recording(tmp_path: Path) -> None:
    rate_hz = 16000
    sound = np.concatenate([np.zeros(rate_hz), tone(rate_hz, 3, 1000, 0.5)])
    sound[rate_hz * 2 : rate_hz * 2 + 400] = 1.0  # 25 ms at full scale
    soundfile.write(tmp_path / "a.wav", np.stack([sound, sound], axis=1), rate_hz)
    found = measure(tmp_path / "a.wav", "x")
    assert (found.seconds, found.rate_hz, found.channels, found.label) == (4.0, rate_hz, 2, "x")
    assert found.peak == pytest.approx(1, abs=1e-4)
    assert found.silent_share == 0.25
    assert found.leading_silence_s == pytest.approx(1.0)
    assert found.clipped_share == pytest.approx(400 / 64000)
    assert found.noise_db == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)
    assert found.level_db == pytest.approx(10 * np.log10((0.125 * 47600 + 400) / 48000), abs=0.1)


@pytest.mark.parametrize("hz", [200, 1000, 5000])
def test_the_bandwidth_is_where_the_sound_ends(tmp_path: Path, hz: float) -> None:
    soundfile.write(tmp_path / "a.wav", tone(16000, 1, hz, 0.5), 16000)
    assert measure(tmp_path / "a.wav").bandwidth_hz == pytest.approx(hz, abs=3 * 16000 / 2048)


@pytest.mark.parametrize("samples", [np.zeros(1000), np.zeros(1), np.ones(3)])
def test_recordings_with_next_to_nothing_in_them(tmp_path: Path, samples: np.ndarray) -> None:
    soundfile.write(tmp_path / "a.wav", samples, 8000)
    found = measure(tmp_path / "a.wav")
    assert found.silent_share == float(not samples.any())
    assert all(np.isfinite(value) for value in vars(found).values() if isinstance(value, float))


def some(seconds: float, rate_hz: int = 16000, bandwidth_hz: float = 7000, label: str = "") -> Recording:
    return Recording(
        Path("a"), label, seconds, rate_hz, 1, 0.5, -20.0, -40.0, -10.0, 0.0, 0.0, 0.0, bandwidth_hz
    )


@pytest.mark.parametrize("tail", ["pad", "drop", "repeat"])
def test_the_padded_share_is_what_the_core_pads(tail: str) -> None:
    recipe = Recipe().replace(chunk={"seconds": 1.0, "hop_seconds": 1.0, "tail": tail})
    front = FrontEnd(recipe.replace(chunk={"tail": "pad"}))
    sound = np.ones(int(1.25 * 16000), np.float32)
    zeros = [(chunk == 0).mean() for chunk in front.chunks(sound)]
    expected = 0.0 if tail == "drop" else float(np.mean(zeros))
    assert padded_share(Statistics([some(1.25)]), recipe) == pytest.approx(expected)
    assert dropped(Statistics([some(0.5), some(1.25)]), recipe) == (tail == "drop")


def test_empty_bands_are_those_that_white_noise_leaves_empty() -> None:
    recipe = Recipe().replace(stft={"window_seconds": 0.016, "fft_seconds": 0.016})
    noise = np.random.default_rng(0).standard_normal(64000).astype(np.float32)
    pictured = FrontEnd(recipe).log_mel(noise)
    floor = 10 * np.log10(recipe.scale.amin)
    expected = np.flatnonzero((pictured <= floor + 1e-3).all(axis=0)).tolist()
    assert len(expected) > 10
    assert empty_bands(recipe) == expected
    assert f"{len(expected)} of 128 mel bands are empty" in empty_bands_warning(recipe)
    assert empty_bands_warning(Recipe()) == ""
    assert empty_bands(recipe.replace(mel={"bands": 0})) == []


@pytest.mark.parametrize("rate_hz", [8000, 11025, 16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("seconds", [0.05, 0.4, 2.0, 5.0, 600.0])
@pytest.mark.parametrize("bandwidth_share", [0.0, 0.1, 0.5])
def test_a_proposal_is_a_recipe_without_faults(rate_hz: int, seconds: float, bandwidth_share: float) -> None:
    statistics = Statistics([some(seconds, rate_hz, bandwidth_share * rate_hz), some(seconds * 1.5, rate_hz)])
    recipe, reasons = propose(statistics)
    text = proposal_toml(recipe, reasons)
    assert Recipe.from_toml(text) == recipe
    assert empty_bands(recipe) == []
    assert recipe.audio.sample_rate_hz <= rate_hz
    assert dropped(statistics, recipe) == 0
    assert FrontEnd(recipe).picture(np.ones(FrontEnd(recipe).chunk_samples, np.float32)).shape[2] == 3
    keys = {f"{t}.{k}" for t, table in tomllib.loads(text).items() if t != "version" for k in table}
    assert keys == set(reasons)
    different = {
        f"{table}.{key}"
        for table, values in recipe.to_dict().items()
        for key, value in values.items()
        if value != Recipe().to_dict()[table][key]
    }
    assert different <= keys
    for key in keys:
        line = text.splitlines()[text.splitlines().index(f"# {reasons[key]}")]
        assert re.fullmatch(r"# [A-Z0-9].*\.", line)


def test_what_cannot_be_read_is_counted(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(16000, 1, 500, 0.5), 16000)
    (tmp_path / "b.wav").write_bytes(b"RIFFnonsense")
    statistics = gather([tmp_path / "a.wav", tmp_path / "b.wav"], ["x", "y"])
    assert [one.path.name for one in statistics.recordings] == ["a.wav"]
    assert [failure.path.name for failure in statistics.failures] == ["b.wav"]
    assert dict(statistics.classes) == {"x": 1}


class Text(HTMLParser):
    """What a browser shows, and every tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.tags = "", set()
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    for label in ("cat", "<b>dog"):
        (tmp_path / "set" / label).mkdir(parents=True)
        for index in range(3):
            sound = np.clip(rng.standard_normal(16000) * 0.1, -1, 1)
            soundfile.write(tmp_path / "set" / label / f"{index}.wav", sound, 16000)
    soundfile.write(tmp_path / "set" / "cat" / "copy.flac", sound * 0.5, 16000)
    (tmp_path / "set" / "cat" / "broken.wav").write_bytes(b"RIFF")
    return tmp_path / "set"


def test_the_program(data: Path, tmp_path: Path) -> None:
    result = dslite("inspect", data, "--proposal", tmp_path / "r.toml", "-o", tmp_path / "i.html")
    assert "1 of 8 files left out" in complaint(result)
    assert "broken.wav" in result.stderr
    page = Text((tmp_path / "i.html").read_text(encoding="utf-8"))
    assert not page.tags & {"b", "script", "link", "img"}
    for shown in (result.stdout, page.text):
        assert "7 recordings, 7 s of sound" in shown
        assert "2 classes" in shown
        assert "<b>dog" in shown
        assert "1 pairs share a sound" in shown
        assert "copy.flac" in shown
        assert "no mel band is empty" in shown
    written = (tmp_path / "r.toml").read_text(encoding="utf-8")
    assert written.strip() in result.stdout
    assert Recipe.from_toml(written).chunk.seconds == 1.0


def test_a_given_recipe_is_tried(data: Path, tmp_path: Path) -> None:
    (data / "cat" / "broken.wav").unlink()
    given = Recipe().replace(stft={"window_seconds": 0.016, "fft_seconds": 0.016})
    (tmp_path / "mine.toml").write_text(given.to_toml())
    arguments = ("--no-near-duplicates", "--recipe", tmp_path / "mine.toml", "-o", tmp_path / "i.html")
    result = dslite("inspect", data, *arguments)
    assert result.returncode == 0, result.stderr
    assert "chunks of 4 s: 75.0% of them is filled up" in result.stdout
    assert empty_bands_warning(given) in result.stdout
    assert "share a sound" not in result.stdout


def test_a_folder_without_classes(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "a.wav", tone(8000, 1, 500, 0.5), 8000)
    result = dslite("inspect", tmp_path, "-o", tmp_path / "i.html")
    assert result.returncode == 0, result.stderr
    assert "1 recordings, 1 s of sound" in result.stdout
    assert "no classes:" in result.stderr


def test_no_tensorflow_is_loaded(data: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from dslite.cli import main\n"
        f"main(['inspect', {str(data)!r}, '-o', {str(tmp_path / 'i.html')!r}], standalone_mode=False)\n"
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


PEAK = """
import resource, sys
from pathlib import Path
from dslite.training.data.near_duplicates import duplicates_within
from dslite.training.inspection.recording import measure
paths = [Path(path) for path in sys.argv[1:]]
# What every recording takes, libraries and threads, is taken before.
duplicates_within(paths[1:])
print(measure(paths[1]).seconds)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert not duplicates_within(paths[:1])
print(measure(paths[0]).seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.parametrize("name", ["long.wav", "long.flac"])
def test_memory_does_not_grow_with_the_length(tmp_path: Path, name: str) -> None:
    """Stereo of 8 minutes is 184 MB of float32, and its mono at 16 kHz another 31."""
    rate_hz, minutes = 48000, 8
    rng = np.random.default_rng(0)
    for path, count in ((tmp_path / name, minutes), (tmp_path / "short.wav", 1)):
        with soundfile.SoundFile(path, "w", rate_hz, 2, "PCM_16") as file:
            for _ in range(count):
                file.write(rng.integers(-9000, 9000, (rate_hz * 60, 2)).astype(np.int16))
    words = [sys.executable, "-c", PEAK, tmp_path / name, tmp_path / "short.wav"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    _, seconds, grown_mb = done.stdout.split()
    assert float(seconds) == minutes * 60
    assert int(grown_mb) < 40
