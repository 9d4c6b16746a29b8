"""Copies across a split are found however they were made, and nothing else; silence is no copy of silence."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile

from dslite import FrontEnd, read_audio
from dslite._dslite import resample
from dslite.demo.sounds import record
from dslite.training.data.fingerprints import (
    FINGERPRINT,
    FRAMES,
    LAG,
    SILENCE_DB,
    STILL_DB,
    WEAK_BITS,
    take_fingerprint,
)
from dslite.training.data.near_duplicates import Pair, describe, near_duplicates
from dslite.training.data.split import Split, by_column
from dslite.training.data.split_pairs import pairs_across_split
from dslite.training.data.table import Dataset, load
from dslite.util.progress import NoProgress

RATE_HZ = 16000
Write = Callable[[Path, np.ndarray], None]


def wav(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(path, samples, rate_hz, subtype="PCM_16")
    return path


def vorbis(path: Path, samples: np.ndarray, compression: float = 0.6) -> None:
    soundfile.write(path, samples, RATE_HZ, format="OGG", subtype="VORBIS", compression_level=compression)


def before_another(path: Path, samples: np.ndarray) -> None:
    """The first 1.6 s, then three seconds of something else."""
    other = 0.1 * np.random.default_rng(98).standard_normal(3 * RATE_HZ)
    wav(path, np.concatenate([samples[: 8 * RATE_HZ // 5], other]))


def behind_another(path: Path, samples: np.ndarray) -> None:
    """The last two thirds, behind a second of something else."""
    other = 0.1 * np.random.default_rng(99).standard_normal(RATE_HZ)
    wav(path, np.concatenate([other, samples[len(samples) // 3 :]]))


COPIES: dict[str, Write] = {
    "as OGG": vorbis,
    "at another rate": lambda path, x: wav(path, resample(np.float32(x), RATE_HZ, 11025), 11025),
    "12 dB quieter": lambda path, x: wav(path, x / 4),
    "clipped": lambda path, x: wav(path, np.clip(3 * x, -1, 1)),
    "200 ms later": lambda path, x: wav(path, np.concatenate([np.zeros(RATE_HZ // 5), x])),
    "its last half": lambda path, x: wav(path, x[len(x) // 2 + 77 :]),
    "before another sound": before_another,
    "behind another sound": behind_another,
    "with silence within": lambda path, x: wav(path, np.concatenate([x[:30000], np.zeros(9999), x[30000:]])),
}


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Birds, knocks and rain, eight of each, no two alike."""
    folder = tmp_path_factory.mktemp("clips")
    return [
        wav(folder / f"{kind}{seed}.wav", record(kind, np.random.default_rng(seed), RATE_HZ))
        for kind in ("birds", "knocks", "rain")
        for seed in range(8)
    ]


def test_distinct_clips_are_no_pairs(clips: list[Path]) -> None:
    assert near_duplicates(clips[::2], clips[1::2]) == []


@pytest.mark.parametrize("how", list(COPIES))
def test_copies_are_found_and_nothing_else(clips: list[Path], tmp_path: Path, how: str) -> None:
    chosen = clips[::5]
    copies = [tmp_path / path.with_suffix(".ogg" if "OGG" in how else ".wav").name for path in chosen]
    for path, copy in zip(chosen, copies, strict=True):
        COPIES[how](copy, read_audio(path, RATE_HZ).astype(float))
    pairs = near_duplicates(clips, copies)
    assert sorted((pair.first, pair.second) for pair in pairs) == sorted(zip(chosen, copies, strict=True))
    assert [pair.similarity for pair in pairs] == sorted((pair.similarity for pair in pairs), reverse=True)
    assert all(0.76 < pair.similarity <= 1 for pair in pairs)


def test_where_the_copy_lies(clips: list[Path], tmp_path: Path) -> None:
    samples = read_audio(clips[0], RATE_HZ)
    later = wav(tmp_path / "later.wav", np.concatenate([np.zeros(RATE_HZ), samples]))
    (pair,) = near_duplicates(clips[:1], [later])
    assert pair.shift_s == pytest.approx(1.0, abs=0.016)
    (pair,) = near_duplicates([later], clips[:1])
    assert pair.shift_s == pytest.approx(-1.0, abs=0.016)


def test_what_is_the_same_everywhere_is_no_pair(tmp_path: Path) -> None:
    t = np.arange(3 * RATE_HZ) / RATE_HZ
    click = np.zeros(len(t))
    click[5000:5160] = np.random.default_rng(0).standard_normal(160) / 4
    dithered = np.random.default_rng(1).integers(-1, 2, len(t)) / 32768
    padded = [np.concatenate([x, np.zeros(2 * RATE_HZ)]) for x in (click, dithered)]
    signals = [np.zeros(len(t)), np.zeros(10), click, *padded, np.full(len(t), 0.25), dithered]
    signals += [np.sin(2 * np.pi * hertz * t) / 2 for hertz in (440, 440.5, 1000)]
    first, second = (
        [wav(tmp_path / f"{side}{i}.wav", np.roll(signal, 37 * i * side)) for i, signal in enumerate(signals)]
        for side in (0, 1)
    )
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    odd = [tmp_path / "broken.wav", tmp_path / "missing.wav"]
    pairs = near_duplicates(first + odd, odd + second)
    places = {(int(pair.first.stem[1:]), int(pair.second.stem[1:])) for pair in pairs}
    # What remains are copies, 4 and 6 being the same noise.
    assert all(one == other or {one, other} == {4, 6} for one, other in places), places
    assert not {(0, 0), (1, 1), (5, 5)} & places
    assert near_duplicates([], first) == near_duplicates(first, []) == near_duplicates(odd, odd) == []


def test_a_split_is_compared_as_a_whole(clips: list[Path], tmp_path: Path) -> None:
    copy = wav(tmp_path / "copy.wav", read_audio(clips[3], RATE_HZ) / 2)
    other = wav(tmp_path / "other.wav", read_audio(clips[9], RATE_HZ) / 2)

    rows = pd.DataFrame({"file": list(map(str, [*clips[:10], copy, other])), "label": "a"})
    steps: list[int] = []

    class Watch(NoProgress):
        def stage(self, name: str, total: int, unit: str = "files") -> None:
            steps.append(-total)

        def advance(self, count: int = 1, note: str = "") -> None:
            steps.append(count)

    part_of = np.array([0] * 8 + [1] * 2 + [2] * 2, np.int8)
    pairs = pairs_across_split(Split(Dataset(Path("/"), rows, rows), part_of), Watch())
    assert {(pair.first, pair.second) for pair in pairs} == {(clips[3], copy), (clips[9], other)}
    assert sum(steps) == 0


def test_a_warning_names_some() -> None:
    pairs = [Pair(Path(f"x/a{i}.wav"), Path("y/b.wav"), 0.9, 0.0) for i in range(7)]
    text = describe(pairs, most=2)
    assert text.startswith("7 pairs across the split share a sound")
    assert text.endswith("'x/a0.wav = y/b.wav (0.90)', 'x/a1.wav = y/b.wav (0.90)' and 5 more")


def test_esc10_has_one_across_its_folds(esc10: Path) -> None:
    """Two clips of one uploader's recording: their samples, too, correlate by 1.00 for two seconds."""
    dataset = load(esc10 / "audio", esc10 / "labels.csv")
    some = dataset.select([label in ("baby_cry", "dog_bark", "sea_waves") for label in dataset.labels])
    split = by_column(some, "fold", ["5"])
    (pair,) = pairs_across_split(split, NoProgress())
    assert (pair.first.name, pair.second.name) == ("3-151080-A.ogg", "5-151085-A.ogg")
    first, second = (read_audio(path, 8000) for path in (pair.first, pair.second))
    shift = round(-pair.shift_s * 8000)
    tail = slice(24000, 32000)
    offsets = range(shift - 128, shift + 129)
    best = max(np.corrcoef(first[tail], second[24000 - d : 32000 - d])[0, 1] for d in offsets)
    assert best > 0.99


def test_emodb_has_none_across_speakers_and_its_copies_are_found(emodb: Path, tmp_path: Path) -> None:
    dataset = load(emodb / "wav", emodb / "labels.csv")
    split = by_column(dataset, "fold", ["1", "3"])
    assert pairs_across_split(split, NoProgress()) == []
    chosen = split.test.paths[::20]
    for path in chosen:
        vorbis(tmp_path / path.name, read_audio(path, RATE_HZ) / 4, compression=0.9)
    pairs = near_duplicates(split.test.paths, [tmp_path / path.name for path in chosen])
    assert sorted(pair.first for pair in pairs) == sorted(chosen)
    assert all(pair.first.name == pair.second.name for pair in pairs)


def test_a_fingerprint_does_not_depend_on_how_it_is_cut(clips: list[Path]) -> None:
    """Blocks, and the rows that are made at a time, against the definition on the whole recording."""
    front = FrontEnd(FINGERPRINT)
    samples = np.concatenate([read_audio(path, 16000) for path in clips])
    log_mel = front.log_mel(samples)
    steps = log_mel[:, :-1] - log_mel[:, 1:]
    growth = steps[LAG:] - steps[:-LAG]
    bits = ((growth > 0) << np.arange(32, dtype=np.uint64)).sum(axis=1).astype(np.uint32)
    loud = log_mel.max(axis=1) > log_mel.max() - SILENCE_DB
    assert len(bits) > 2 * FRAMES
    for length in (100, 16001, len(samples)):
        blocks = [samples[first : first + length] for first in range(0, len(samples), length)]
        found = take_fingerprint(blocks, front)
        np.testing.assert_array_equal(found.bits, bits)
        still = np.abs(growth).mean(axis=1) <= STILL_DB
        np.testing.assert_array_equal(found.counts, loud[LAG:] & loud[:-LAG] & ~still)
        assert found.weak.shape == (len(bits), WEAK_BITS)
    assert take_fingerprint([samples[:10]], front).bits.size == 0
