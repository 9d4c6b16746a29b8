"""What trainings keep on disk: bounded, safe to lose, and the same bits as without it."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from command_line import complaint, dslite
from small_runs import RECIPE
from sound_folders import write_sounds

from dslite import AudioWarning, FrontEnd, read_audio
from dslite.training.data.chunks import decode
from dslite.training.data.decoded import read_decoded
from dslite.training.data.near_duplicates import near_duplicates
from dslite.training.data.split import Split, at_random
from dslite.training.data.split_pairs import pairs_across_split
from dslite.training.data.table import load
from dslite.training.learning import fit
from dslite.training.learning.features import KIND, frozen_features
from dslite.training.learning.part import Part
from dslite.training.network import backbones
from dslite.util.cache import Cache
from dslite.util.progress import NoProgress


def test_contents_come_back_and_damaged_ones_do_not(tmp_path: Path) -> None:
    cache = Cache(tmp_path / "made" / "by need", 1000)
    assert cache.get("a", "key") is None
    cache.put("a", "key", b"content")
    assert (cache.get("a", "key"), cache.get("b", "key")) == (b"content", None)
    (entry,) = cache.entries()
    entry.path.write_bytes(entry.path.read_bytes()[:-1] + b"T")
    assert cache.get("a", "key") is None
    assert (cache.clear(), list(cache.entries())) == (entry.size, [])


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    cache = Cache(tmp_path, 10 * 104)
    for number in range(10):
        cache.put("a", f"{number}", bytes(100))
        os.utime(tmp_path / "a" / f"{number}" / f"{number}", (number, number))
    assert cache.get("a", "0") is not None  # used now
    cache.put("a", "10", bytes(100))
    assert sum(entry.size for entry in cache.entries()) <= 0.9 * 10 * 104
    assert [cache.get("a", f"{n}") is not None for n in range(11)] == [n not in (1, 2) for n in range(11)]
    Cache(tmp_path, 0).put("a", "off", b"")
    assert cache.get("a", "off") is None


def test_a_cache_that_cannot_be_written_is_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file", 1000)
    cache.put("a", "key", b"content")
    assert "the cache cannot be written (Not a directory); going on without it" in cache.fault
    sounds = write_sounds(tmp_path / "sounds", clips=3)
    words = [sounds, "--backbone", "small_cnn", "--weights", "none", "--fine-tune-epochs", "0"]
    monkeypatch.setenv("DSLITE_CACHE", str(tmp_path / "file"))
    done = dslite("train", *words, "--epochs", "1", "-o", tmp_path / "m.tflite")
    assert (done.returncode, done.stderr.count("going on without it")) == (0, 1), done.stderr
    monkeypatch.setenv("DSLITE_CACHE_GB", "much")
    said = complaint(dslite("cache"))
    assert said == "dslite: DSLITE_CACHE_GB = 'much': expected a number of gigabytes, 0 for no cache"


def test_features_from_the_cache_are_those_of_the_network(tmp_path: Path) -> None:
    """Computed at once, or some of them in one fold and the others in the next: the same to the bit."""
    sounds = sorted(write_sounds(tmp_path / "sounds", clips=9, seconds=3.0).rglob("*.wav"))
    row = backbones.find("mobilenet_v2")
    front = FrontEnd(backbones.fit_recipe(RECIPE, row))
    fit.seed_everything(0)
    backbone = backbones.build(row, front.recipe, "none")
    frozen = fit.keras.Model(backbone.input, fit.keras.layers.GlobalAveragePooling2D()(backbone.output))

    def features(paths: list[Path], cache: Cache) -> np.ndarray:
        chunks, failures = decode(paths, front, tmp_path / "chunks.f32")
        assert failures == []
        part = Part(chunks, np.zeros((len(chunks), 2), np.float32))
        source = frozen_features(frozen, part, front, tmp_path / "features.f32", cache, NoProgress())
        return np.array(source(np.arange(len(chunks)), np.random.default_rng(0)))

    cache = Cache(tmp_path / "cache", 10**9)
    alone = features(sounds, Cache(tmp_path / "none", 0))
    first = features(sounds[::2], cache)
    assert sum(entry.path.parts[-3] == KIND for entry in cache.entries()) == 9
    mixed = features(sounds, cache)
    np.testing.assert_array_equal(mixed, alone)
    np.testing.assert_array_equal(first, alone.reshape(18, -1)[::2].reshape(first.shape))
    frozen.predict_on_batch = None  # what is there is not computed again
    np.testing.assert_array_equal(features(sounds, cache), alone)


def test_fingerprints_from_the_cache_find_the_same_pairs(tmp_path: Path) -> None:
    sounds = sorted(write_sounds(tmp_path / "sounds", clips=4, seconds=3.0).rglob("*.wav"))
    copy = tmp_path / "copy.wav"
    copy.write_bytes(sounds[0].read_bytes())
    cache = Cache(tmp_path / "cache", 10**9)
    expected = near_duplicates(sounds, [copy])
    assert [pair.first for pair in expected][:1] == [sounds[0]]
    for _ in range(2):
        assert near_duplicates(sounds, [copy], cache=cache) == expected
    assert sum(1 for _ in cache.entries()) == len(sounds)  # the copy has the content of another


def test_sound_from_the_cache_is_what_was_decoded(tmp_path: Path) -> None:
    """The same bits at other places; another rate is another entry; what is damaged warns every time."""
    samples = np.random.default_rng(0).uniform(-0.5, 0.5, 400_001).astype(np.float32)
    paths = [tmp_path / f"{name}.flac" for name in ("first", "again")]
    for path in paths:
        soundfile.write(path, samples, 44_100)
    cache = Cache(tmp_path / "cache", 10**9)
    expected = read_audio(paths[0], 16_000)
    for path in paths:
        np.testing.assert_array_equal(read_decoded(path, 16_000, "mix", cache), expected)
    (entry,) = cache.entries()
    np.testing.assert_array_equal(np.frombuffer(entry.path.read_bytes()[4:], np.float32), expected)
    read_decoded(paths[0], 22_050, 0, cache)
    assert sum(1 for _ in cache.entries()) == 2
    whole = paths[0].read_bytes()
    short = tmp_path / "short.flac"
    short.write_bytes(whole[: len(whole) * 2 // 3])
    for _ in range(2):
        with pytest.warns(AudioWarning):
            read_decoded(short, 16_000, "mix", cache)
    write_sounds(tmp_path / "wav", clips=1)
    (wav,) = [*(tmp_path / "wav").rglob("*.wav")][:1]
    read_decoded(wav, 8_000, "mix", cache)
    assert sum(1 for _ in cache.entries()) == 2


def test_folds_that_share_a_split_search_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = load(write_sounds(tmp_path / "sounds", clips=4, seconds=3.0))
    split = at_random(dataset, 0.25, 0)
    for name in ("copy", "another"):  # one content by two names
        (tmp_path / "sounds" / split.test.labels[0] / f"{name}.wav").write_bytes(
            split.test.paths[0].read_bytes()
        )
    whole = load(tmp_path / "sounds")
    tested = np.isin(whole.files, split.test.files)
    split = Split.of(whole, tested)
    monkeypatch.setenv("DSLITE_CACHE", str(tmp_path / "cache"))
    found = pairs_across_split(split, NoProgress())
    assert len(found) >= 2
    shutil.rmtree(tmp_path / "cache" / "fingerprints")
    again = pairs_across_split(split, NoProgress())
    assert sorted(map(repr, again)) == sorted(map(repr, found))
    assert not (tmp_path / "cache" / "fingerprints").exists()


def test_the_command_shows_and_clears(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Cache(tmp_path, 10**9).put(KIND, "key", bytes(10**6))
    monkeypatch.setenv("DSLITE_CACHE", str(tmp_path))
    monkeypatch.setenv("DSLITE_CACHE_GB", "2")
    shown = dslite("cache").stdout
    assert shown == f"features\t1 entries\t1.0 MB\n{tmp_path}: 1.0 MB of at most 2 GB\n"
    assert "removed 1.0 MB" in dslite("cache", "--clear").stderr
    assert list(Cache(tmp_path, 1).entries()) == []
