"""Sound varied before its picture is made: shifts, gains and noise measured as asked for."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from dslite import Error, FrontEnd, Recipe, read_audio
from dslite.training.augment.settings import Augmentation
from dslite.training.augment.signal import Noise, SignalAugmenter, mixed, read_noise, shifted

RATE_HZ = 16000


def sound(count: int = 5, length: int = 1000) -> np.ndarray:
    return np.random.default_rng(count).standard_normal((count, length)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(path, samples, rate_hz, subtype="FLOAT" if path.suffix == ".wav" else None)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """One long recording, one short, in a sub-folder one at another rate, and one that is no audio."""
    (tmp_path / "street" / "far").mkdir(parents=True)
    write(tmp_path / "street" / "long.wav", 0.1 * sound(1, 5000)[0])
    write(tmp_path / "street" / "short.wav", 0.1 * sound(1, 300)[0])
    write(tmp_path / "street" / "far" / "other.flac", 0.1 * sound(1, 4410)[0], 44100)
    (tmp_path / "street" / "broken.wav").write_bytes(b"RIFF not really")
    return tmp_path / "street"


def snr_db(clean: np.ndarray, noisy: np.ndarray) -> np.ndarray:
    clean = clean.astype(np.float64)
    return 10 * np.log10((clean**2).mean(axis=1) / ((noisy - clean) ** 2).mean(axis=1))


def test_off_it_returns_the_samples():
    samples = sound()
    got = SignalAugmenter(Augmentation())(samples, np.random.default_rng(0))
    np.testing.assert_array_equal(got, samples)


def test_shifts_are_rolls_up_to_the_share():
    samples = np.tile(np.arange(100, dtype=np.float32), (3000, 1))
    got = shifted(samples, 0.1, np.random.default_rng(0))
    steps = (50 - got[:, 50].astype(int) + 50) % 100 - 50
    for row, step in zip(got, steps, strict=True):
        np.testing.assert_array_equal(row, np.roll(samples[0], step))
    assert sorted(set(steps)) == list(range(-10, 11))
    np.testing.assert_array_equal(shifted(samples, 0.001, np.random.default_rng(0)), samples)


def test_gains_are_uniform_in_decibels():
    samples = sound(2000, 8)
    got = SignalAugmenter(Augmentation(gain_db=6))(samples, np.random.default_rng(0))
    gains_db = 20 * np.log10(got / samples)
    np.testing.assert_allclose(gains_db, np.broadcast_to(gains_db[:, :1], gains_db.shape), atol=1e-4)
    assert np.abs(gains_db).max() <= 6.001
    np.testing.assert_allclose(np.percentile(gains_db, [25, 50, 75]), [-3, 0, 3], atol=0.5)


def test_noise_has_the_ratio_asked_for():
    samples, noise = sound(7), sound(7)[::-1].astype(np.float64) * 0.01
    wanted_db = np.asarray([-20, -5, 0, 5, 10, 20, 40], dtype=np.float64)
    np.testing.assert_allclose(snr_db(samples, mixed(samples, noise, wanted_db)), wanted_db, atol=1e-3)


def test_silence_has_no_ratio():
    samples, noise = sound(3), sound(3).astype(np.float64)
    samples[0], noise[1] = 0, 0
    got = mixed(samples, noise, np.full(3, 10.0))
    np.testing.assert_array_equal(got[:2], samples[:2])
    assert (got[2] != samples[2]).any()


def test_faint_noise_does_not_overflow():
    samples, faint = sound(2), np.full((2, 1000), 1e-45)
    assert np.isfinite(mixed(samples, faint, np.full(2, -60.0))).all()


def test_noise_is_cut_anywhere_and_looped_when_short(folder: Path, tmp_path: Path):
    noise, failures = read_noise(folder, RATE_HZ, tmp_path / "noise.f32")
    assert [failure.path for failure in failures] == [folder / "broken.wav"]
    assert failures[0].message.startswith(str(folder / "broken.wav"))
    clips = [noise.samples[a:b] for a, b in zip(noise.starts[:-1], noise.starts[1:], strict=True)]
    names = ("far/other.flac", "long.wav", "short.wav")
    for clip, name in zip(clips, names, strict=True):
        np.testing.assert_array_equal(clip, read_audio(folder / name, RATE_HZ))
    looped = [np.concatenate([clip, clip, clip, clip, clip]) if len(clip) < 1000 else clip for clip in clips]
    cuts = noise.cuts(60, 1000, np.random.default_rng(0))
    found = [[contains(clip, cut) for clip in looped] for cut in cuts]
    assert (np.sum(found, axis=1) == 1).all()
    assert (np.sum(found, axis=0) > 8).all()  # of 60, each recording about 20 times


def contains(clip: np.ndarray, cut: np.ndarray) -> bool:
    starts = np.flatnonzero(clip[: len(clip) - len(cut) + 1] == cut[0])
    return any(np.array_equal(clip[start : start + len(cut)], cut) for start in starts)


def test_the_last_cut_of_a_recording_is_drawn_too():
    noise = Noise(np.arange(8, dtype=np.float32), np.asarray([0, 5, 8]))
    firsts = {tuple(cut) for cut in noise.cuts(500, 4, np.random.default_rng(0)).astype(int)}
    assert firsts == {(0, 1, 2, 3), (1, 2, 3, 4), (5, 6, 7, 5), (6, 7, 5, 6), (7, 5, 6, 7)}


def test_noise_comes_as_often_and_as_loud_as_configured(folder: Path, tmp_path: Path):
    settings = Augmentation(
        noise=str(folder), noise_snr_db_min=3, noise_snr_db_max=12, noise_probability=0.25
    )
    noise, _ = read_noise(folder, RATE_HZ, tmp_path / "noise.f32")
    samples = sound(2000, 400)
    got = SignalAugmenter(settings, noise)(samples, np.random.default_rng(0))
    noisy = (got != samples).any(axis=1)
    assert noisy.mean() == pytest.approx(0.25, abs=0.04)
    ratios_db = snr_db(samples[noisy], got[noisy])
    assert ratios_db.min() > 2.99
    assert ratios_db.max() < 12.01
    assert np.median(ratios_db) == pytest.approx(7.5, abs=0.8)


def test_a_generators_seed_decides(folder: Path, tmp_path: Path):
    settings = Augmentation(noise=str(folder), noise_probability=1.0, time_shift=0.5, gain_db=3)
    noise, _ = read_noise(folder, RATE_HZ, tmp_path / "noise.f32")
    augmenter, samples = SignalAugmenter(settings, noise), sound()
    first, again, other = (augmenter(samples, np.random.default_rng((0, 3, b))) for b in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any(axis=1).all()
    np.testing.assert_array_equal(samples, sound())  # the given ones are left alone


def test_the_core_takes_what_it_makes():
    recipe = Recipe().replace(chunk={"seconds": 0.5}, picture={"width": 32, "height": 32})
    settings = Augmentation(time_shift=0.3, gain_db=60)
    varied = SignalAugmenter(settings)(sound(3, 8000), np.random.default_rng(0))
    assert varied.dtype == np.float32
    assert np.isfinite(FrontEnd(recipe).tensors(varied)).all()


def test_folders_without_noise_are_refused(tmp_path: Path):
    cache = tmp_path / "noise.f32"
    with pytest.raises(Error, match="nowhere: no such folder; expected one of background recordings"):
        read_noise(tmp_path / "nowhere", RATE_HZ, cache)
    (tmp_path / "empty").mkdir()
    with pytest.raises(Error, match="empty: no audio file in this folder"):
        read_noise(tmp_path / "empty", RATE_HZ, cache)
    (tmp_path / "empty" / "a.wav").write_bytes(b"no sound")
    with pytest.raises(Error, match=r"empty: none of 1 files can be read; the first: .*a\.wav"):
        read_noise(tmp_path / "empty", RATE_HZ, cache)
    with pytest.raises(ValueError, match="noise: 'street' in the settings"):
        SignalAugmenter(Augmentation(noise="street"))
