"""``dslite demo``: everything it promises is there, and the commands it prints run."""

import shlex
import tomllib
import wave
from pathlib import Path

import numpy as np
import pytest
from command_line import complaint, dslite

from dslite import Model
from dslite.demo.sounds import CLIP_SECONDS, SOUNDS, record

PNG = b"\x89PNG\r\n\x1a\n"


def test_it_leaves_model_pictures_and_recordings(demo: tuple[Path, str]) -> None:
    folder, _ = demo
    pictures = {"confusion.png", *(f"{kind}.png" for kind in SOUNDS)}
    assert {path.name for path in folder.iterdir()} == {
        *pictures,
        *("demo.tflite", "recipe.toml", "recordings"),
    }
    for name in pictures:
        assert (folder / name).read_bytes().startswith(PNG)
    rates = set()
    for kind in SOUNDS:
        clips = sorted((folder / "recordings" / kind).iterdir())
        assert len(clips) == 40
        for clip in clips:
            with wave.open(str(clip)) as file:
                rates.add(file.getframerate())
    assert rates == {16000, 44100}


def test_held_out_clips_are_answered_rightly(demo: tuple[Path, str]) -> None:
    folder, printed = demo
    assert Model(folder / "demo.tflite").labels == sorted(SOUNDS)
    row = next(line for line in printed.splitlines() if "per file" in line)
    accuracy = float(row.split()[2])
    assert accuracy >= 96


def test_the_printed_commands_run(demo: tuple[Path, str], tmp_path: Path) -> None:
    _, printed = demo
    commands = [shlex.split(line) for line in printed.splitlines() if line.startswith("  dslite ")]
    assert [command[1] for command in commands] == ["train", "evaluate", "predict", "plot", "info"]
    for command in commands[1:]:
        result = dslite(*command[1:], cwd=tmp_path)
        assert result.returncode == 0, result.stderr
    assert (tmp_path / "picture.png").read_bytes().startswith(PNG)
    result = dslite(*commands[0][1:], "--fine-tune-epochs", "1", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    card = Model(tmp_path / "own.tflite").entries["card.md"].decode()
    assert "| fine_tune_epochs | 1 |" in card
    assert (
        tomllib.loads(Model(tmp_path / "own.tflite").entries["model.toml"].decode())["training"]["seed"] == 0
    )


@pytest.mark.parametrize("kind", list(SOUNDS))
def test_sounds_are_seeded_varied_and_in_range(kind: str) -> None:
    clips = [record(kind, np.random.default_rng(seed), 16000) for seed in range(4)]
    np.testing.assert_array_equal(clips[0], record(kind, np.random.default_rng(0), 16000))
    for clip in clips:
        assert clip.shape == (int(16000 * CLIP_SECONDS),)
        assert np.abs(clip).max() <= 1
    levels = [np.abs(clip).max() for clip in clips]
    assert max(levels) / min(levels) > 1.5
    assert not np.allclose(clips[0] / levels[0], clips[1] / levels[1], atol=0.1)


def test_it_touches_nobodys_recordings(tmp_path: Path) -> None:
    own = tmp_path / "recordings" / "mine" / "clip.wav"
    own.parent.mkdir(parents=True)
    own.touch()
    assert "not a clip of the demo" in complaint(dslite("demo", "-o", tmp_path))
    assert own.exists()
