"""Augmentation against NumPy, SciPy and what it promises: shares, targets, strengths, seeds."""

import re
import subprocess
import sys
import tomllib
from dataclasses import asdict, fields, replace

import numpy as np
import pytest
from cpp_builds import REPOSITORY
from scipy import special, stats

from dslite.training.augment.model import vary
from dslite.training.augment.picture import cut_mix, mix_up, spec_augment
from dslite.training.augment.sap import loss_ranks, strengths
from dslite.training.augment.settings import RANGES, Augmentation
from dslite.training.network.quiet_tensorflow import tf

ALWAYS = Augmentation(specaugment=True, cutmix=True, probability_min=1.0, probability_max=1.0)
STEP = tf.constant([7, 3], tf.int64)


def pictures(count: int = 6, height: int = 20, width: int = 30, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(count)
    return rng.standard_normal((count, height, width, channels)).astype(np.float32)


def unique_pictures(count: int, height: int, width: int) -> np.ndarray:
    """Pixel values that tell which picture and which place they come from."""
    values = np.arange(count * height * width, dtype=np.float32)
    return values.reshape(count, height, width, 1)


# --- settings


def test_all_is_off_by_default():
    settings = Augmentation()
    assert not settings.any
    assert not settings.by_losses


@pytest.mark.parametrize(
    ("change", "of_pictures", "of_signals", "by_losses"),
    [
        ({"specaugment": True}, True, False, True),
        ({"cutmix": True}, True, False, True),
        ({"cutmix": True, "sapaugment": False}, True, False, False),
        ({"mixup": 0.2}, True, False, False),
        ({"time_shift": 0.1}, False, True, False),
        ({"gain_db": 6}, False, True, False),
        ({"noise": "street"}, False, True, False),
    ],
)
def test_what_is_touched(change, of_pictures, of_signals, by_losses):
    settings = Augmentation(**change)
    assert settings.any
    assert (settings.of_pictures, settings.of_signals) == (of_pictures, of_signals)
    assert settings.by_losses == by_losses


@pytest.mark.parametrize("name", RANGES)
def test_numbers_out_of_range_are_refused_in_one_line(name):
    for value in (RANGES[name][0] - 1, RANGES[name][1] + 1, float("nan"), "1", True):
        with pytest.raises(ValueError, match=f"^{name}: .* given, expected [^\n]*$"):
            Augmentation(**{name: value})


@pytest.mark.parametrize("name", ["probability", "frequency_mask", "time_mask", "cutmix", "noise_snr_db"])
def test_the_least_is_at_most_the_largest(name):
    with pytest.raises(
        ValueError, match=f"^{name}_min: 0.9 given, expected at most {name}_max, which is 0.8$"
    ):
        Augmentation(**{f"{name}_min": 0.9, f"{name}_max": 0.8})


def test_other_mistakes_are_refused():
    for change in ({"cutmix": 1}, {"noise": 3}, {"time_masks": 1.0}, {"mixup": None}):
        with pytest.raises(ValueError, match="given, expected"):
            Augmentation(**change)
    with pytest.raises(ValueError, match="expected a mask"):
        Augmentation(specaugment=True, frequency_masks=0, time_masks=0)


def test_every_number_has_a_range():
    assert {f.name for f in fields(Augmentation) if f.type in ("int", "float")} == set(RANGES)


def test_settings_need_no_tensorflow():
    code = "import sys, dslite.training.augment.settings; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_the_documentation_has_every_key_with_its_default():
    text = (REPOSITORY / "docs" / "augmentation.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| [^|]*\| ", text, re.MULTILINE)
    assert {key: tomllib.loads(f"value = {default}")["value"] for key, default in rows} == asdict(
        Augmentation()
    )
    shown = re.search("^```\n(.*)\n```$", text, re.MULTILINE).group(1)
    with pytest.raises(ValueError, match=f"^{re.escape(shown)}$"):
        Augmentation(cutmix_min=0.9)


# --- SapAugment


@pytest.mark.parametrize(("a", "s"), [(0.5, 10), (0.2, 10), (0.9, 3), (0.5, 0.5), (0.01, 10), (0.5, 300)])
def test_strengths_are_scipys(a, s):
    losses = np.random.default_rng(0).exponential(size=33).astype(np.float32)
    ranks = (stats.rankdata(losses) - 0.5) / len(losses)
    expected = 1 - special.betainc(s * (1 - a), s * a, ranks)
    np.testing.assert_allclose(strengths(losses, a, s), expected, atol=1e-5)


def test_easy_samples_are_varied_harder():
    losses = np.asarray([3.0, 0.1, 1.0, 0.5], np.float32)
    got = strengths(losses, 0.5, 10).numpy()
    assert list(np.argsort(-got)) == list(np.argsort(losses))


def test_ends_of_a_are_all_and_nothing():
    losses = np.arange(5, dtype=np.float32)
    for s in (0.5, 10):
        np.testing.assert_array_equal(strengths(losses, 0, s), np.ones(5))
        np.testing.assert_array_equal(strengths(losses, 1.0, s), np.zeros(5))
        np.testing.assert_allclose(strengths(losses, 1e-4, s), np.ones(5), atol=0.01)
        np.testing.assert_allclose(strengths(losses, 1 - 1e-4, s), np.zeros(5), atol=0.01)


def test_ranks_of_ties_and_of_one():
    tied = np.asarray([2.0, 1.0, 2.0, 2.0, 0.0], np.float32)
    np.testing.assert_allclose(loss_ranks(tied), (stats.rankdata(tied) - 0.5) / 5, atol=1e-7)
    np.testing.assert_array_equal(loss_ranks(np.zeros(4, np.float32)), np.full(4, 0.5))
    np.testing.assert_array_equal(loss_ranks(np.asarray([9.0], np.float32)), [0.5])
    assert strengths(np.asarray([9.0], np.float32), 0.5, 10).numpy() == pytest.approx(0.5)


# --- SpecAugment


def covered(given: np.ndarray, got: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows (n, h) and columns (n, w) are changed over all their length."""
    changed = (given != got).any(axis=3)
    return changed.all(axis=2), changed.all(axis=1)


@pytest.mark.parametrize(("frequency_masks", "time_masks"), [(1, 1), (3, 2), (0, 4), (2, 0)])
def test_masks_cover_the_share_they_are_given(frequency_masks, time_masks):
    """Each mask is one run of whole rows or columns, at most one pixel off its share, in the mean colour."""
    settings = replace(ALWAYS, frequency_masks=frequency_masks, time_masks=time_masks)
    given = pictures(64, 40, 50)
    strength = np.linspace(0, 1, 64, dtype=np.float32)
    got = spec_augment(given, strength, settings, STEP).numpy()
    rows, columns = covered(given, got)
    np.testing.assert_array_equal((given != got).any(axis=3), rows[:, :, None] | columns[:, None, :])
    mean = given.mean(axis=(1, 2), dtype=np.float64)
    where = (given != got).any(axis=3)
    np.testing.assert_allclose(got[where], np.broadcast_to(mean[:, None, None], got.shape)[where], atol=1e-6)
    for lines, count in ((rows, frequency_masks), (columns, time_masks)):
        length = lines.shape[1]
        runs = (np.diff(lines.astype(int), axis=1, prepend=0) == 1).sum(axis=1)
        assert runs.max() == count  # unless two touch or overlap
        wanted = length * (0.1 + 0.2 * strength) if count else np.zeros(64)
        apart = runs == count
        assert np.abs(lines.sum(axis=1) - wanted)[apart].max() <= count * 1.001
        assert (lines.sum(axis=1) <= wanted + count * 1.001).all()


def test_masks_lie_anywhere():
    """Every row is masked about as often as its place allows: the ends least, but the ends too."""
    given = pictures(2000, 10, 4, 1)
    settings = replace(ALWAYS, time_masks=0, frequency_mask_min=0.3, frequency_mask_max=0.3)
    rows, _ = covered(given, spec_augment(given, None, settings, STEP).numpy())
    starts = np.random.default_rng(0).uniform(0, 0.7, 100_000)
    centres = (np.arange(10) + 0.5) / 10
    expected = ((centres >= starts[:, None]) & (centres < starts[:, None] + 0.3)).mean(axis=0)
    np.testing.assert_allclose(rows.mean(axis=0), expected, atol=0.05)


def test_probability_goes_with_the_strength():
    given = pictures(4000, 8, 8, 1)
    settings = Augmentation(specaugment=True, frequency_mask_min=0.5, frequency_mask_max=0.5)
    for strength, expected in ((0.0, 0.1), (0.5, 0.3), (1.0, 0.5), (None, 0.3)):
        strengths_ = None if strength is None else np.full(4000, strength, np.float32)
        got = spec_augment(given, strengths_, settings, STEP).numpy()
        varied = (got != given).any(axis=(1, 2, 3)).mean()
        assert varied == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 4000))


def test_without_strength_sizes_are_drawn_uniformly():
    given = pictures(3000, 100, 4, 1)
    settings = replace(ALWAYS, sapaugment=False, time_masks=0)
    rows, _ = covered(given, spec_augment(given, None, settings, STEP).numpy())
    shares = rows.mean(axis=1)
    assert stats.kstest(shares, stats.uniform(0.1, 0.2).cdf).statistic < 0.06  # whole rows: 0.05 steps


# --- CutMix and mixup


def traced(got: np.ndarray, given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each pixel of ``got`` is from: index of its picture, place in it (of unique_pictures)."""
    size = given[0].size
    index = np.rint(got[..., 0]).astype(int)
    return index // size, index % size


@pytest.mark.parametrize("count", [1, 2, 3, 17])
def test_cutmix_mixes_targets_by_the_pasted_pixels(count):
    given = unique_pictures(count, 24, 32)
    one_hot = np.eye(count, dtype=np.float32)
    values = np.arange(count, dtype=np.float32) ** 2
    got, (mixed, mixed_values) = cut_mix(given, (one_hot, values), None, ALWAYS, STEP)
    source, place = traced(got.numpy(), given)
    np.testing.assert_array_equal(place, np.broadcast_to(place[0], place.shape))  # pasted at its own place
    np.testing.assert_array_equal(place[0].ravel(), np.arange(24 * 32))
    counted = (source[..., None] == np.arange(count)).mean(axis=(1, 2))
    np.testing.assert_allclose(mixed, counted, atol=1e-6)
    np.testing.assert_allclose(mixed_values, counted @ values, rtol=1e-5)
    np.testing.assert_allclose(mixed.numpy().sum(axis=1), 1, atol=1e-6)
    if count > 1:
        assert ((mixed.numpy() > 0).sum(axis=1) == 2).all()


def test_cutmix_pastes_one_rectangle_of_the_asked_sides():
    given = unique_pictures(32, 40, 60)
    strength = np.linspace(0, 1, 32, dtype=np.float32)
    got, _ = cut_mix(given, np.zeros(32, np.float32), strength, ALWAYS, STEP)
    pasted = got.numpy()[..., 0] != given[..., 0]
    rows, columns = pasted.any(axis=2), pasted.any(axis=1)
    np.testing.assert_array_equal(pasted, rows[:, :, None] & columns[:, None, :])
    sides = 0.075 + 0.175 * strength
    for lines in (rows, columns):
        assert ((np.diff(lines.astype(int), axis=1, prepend=0) == 1).sum(axis=1) == 1).all()
        assert np.abs(lines.sum(axis=1) - sides * lines.shape[1]).max() <= 1.001


def test_partners_are_any_other_picture():
    given = unique_pictures(5, 8, 8)
    settings = replace(ALWAYS, cutmix_min=1.0, cutmix_max=1.0)
    seen = np.zeros((5, 5))
    for step in range(200):
        _, mixed = cut_mix(
            given, np.eye(5, dtype=np.float32), None, settings, tf.constant([0, step], tf.int64)
        )
        seen += mixed.numpy()
    assert (seen.diagonal() == 0).all()
    np.testing.assert_allclose(seen[~np.eye(5, dtype=bool)], 50, atol=25)


@pytest.mark.parametrize("alpha", [0.05, 0.2, 1.0, 8.0])
def test_mixup_draws_shares_from_beta(alpha):
    given = unique_pictures(4000, 1, 1)
    _, shares = mix_up(given, np.eye(4000, dtype=np.float32), alpha, STEP)
    own = shares.numpy().diagonal()
    for point in (0.001, 0.03, 0.3, 0.5, 0.7, 0.97, 0.999):
        expected = stats.beta(alpha, alpha).cdf(point)
        error = 4 * np.sqrt(expected * (1 - expected) / 4000)
        assert (own <= point).mean() == pytest.approx(expected, abs=error)
    np.testing.assert_allclose(shares.numpy().sum(axis=1), 1, atol=1e-6)


def test_mixup_blends_pictures_as_targets():
    given = pictures(9)
    got, shares = mix_up(given, np.eye(9, dtype=np.float32), 1.0, STEP)
    expected = np.einsum("ij,jhwc->ihwc", shares.numpy(), given)
    np.testing.assert_allclose(got, expected, atol=1e-5)


def test_targets_that_cannot_be_mixed():
    with pytest.raises(ValueError, match="targets: int64 given, expected float"):
        mix_up(pictures(2), np.arange(2), 0.2, STEP)


# --- seeds


def test_seed_and_step_decide():
    settings = replace(ALWAYS, mixup=0.4)
    given, targets = pictures(8), np.eye(8, dtype=np.float32)

    def run(seed: int, step: int) -> list[np.ndarray]:
        varied = vary(given, (targets,), None, settings, tf.constant([seed, step], tf.int64))
        return [varied[0].numpy(), varied[1][0].numpy()]

    for first, second in zip(run(1, 5), run(1, 5), strict=True):
        np.testing.assert_array_equal(first, second)
    for other in (run(1, 6), run(2, 5), run(5, 1)):
        assert not np.array_equal(run(1, 5)[0], other[0])
        assert not np.array_equal(run(1, 5)[1], other[1])


def test_nothing_changes_when_off():
    given, targets = pictures(8), np.eye(8, dtype=np.float32)
    got, mixed = vary(given, (targets,), None, Augmentation(), STEP)
    np.testing.assert_array_equal(got, given)
    np.testing.assert_array_equal(mixed[0], targets)
