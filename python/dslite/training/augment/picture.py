"""Pictures varied inside the training graph: SpecAugment, CutMix, mixup, whole batches at a time.

Pictures are (n, height, width, channels): time runs along the width, frequency along the height. ``seed``
is an integer tensor of shape (2,); the same one gives the same variation. ``strength`` is SapAugment's λ,
(n,) float32 in 0 … 1, by which size and probability go from their least to their largest value; where it
is None each is drawn uniformly between the two instead.

``targets`` is a float tensor with one row a picture (one-hot rows, or the values of a regression), or a
tuple of such; mixed pictures get their targets mixed in the same shares.
"""

from __future__ import annotations

from typing import Any

from dslite.training.augment.settings import Augmentation
from dslite.training.network.quiet_tensorflow import tf

#: Halvings of 0 … 1: as fine as float32 tells apart near 1.
_HALVINGS = 24


def spec_augment(pictures: Any, strength: Any, settings: Augmentation, seed: Any) -> Any:
    """Mask bands of time and of frequency (SpecAugment, Park et al. 2019): as ``pictures``.

    ``frequency_mask_min`` … ``_max`` is the share of the height that all frequency masks have together
    where they do not overlap; time masks alike. A masked pixel gets the mean colour of its picture. Zero
    would not do: what colour it is depends on the tensor's scaling, and it may be the loudest.
    """
    height, width = pictures.shape[1:3]
    seeds = tf.unstack(tf.random.split(seed, 3))
    frequencies = (settings.frequency_mask_min, settings.frequency_mask_max)
    times = (settings.time_mask_min, settings.time_mask_max)
    rows = _masks(height, settings.frequency_masks, frequencies, strength, pictures, seeds[0])
    columns = _masks(width, settings.time_masks, times, strength, pictures, seeds[1])
    chosen = _chosen(strength, settings, pictures, seeds[2])
    masked = chosen[:, None, None] & (rows[:, :, None] | columns[:, None, :])
    mean = tf.reduce_mean(pictures, axis=(1, 2), keepdims=True)
    return tf.where(masked[..., None], mean, pictures)


def cut_mix(pictures: Any, targets: Any, strength: Any, settings: Augmentation, seed: Any) -> tuple[Any, Any]:
    """Paste a rectangle of another picture of the batch, at its own place (CutMix, Yun et al. 2019).

    Its sides are the same share of height and width, ``cutmix_min`` … ``cutmix_max``. The targets are
    mixed by the pixels that were pasted, counted. Bands stay where they were, or a pitch would change.
    Returns pictures and targets as given.
    """
    height, width = pictures.shape[1:3]
    seeds = tf.unstack(tf.random.split(seed, 5))
    side = _between(settings.cutmix_min, settings.cutmix_max, strength, pictures, seeds[0])
    rows = _bands(height, 1, side, seeds[1])
    columns = _bands(width, 1, side, seeds[2])
    chosen = _chosen(strength, settings, pictures, seeds[3])
    pasted = chosen[:, None, None] & rows[:, :, None] & columns[:, None, :]
    partners = _partners(pictures, seeds[4])
    share = tf.reduce_mean(tf.cast(pasted, tf.float32), axis=(1, 2))
    mixed = tf.where(pasted[..., None], tf.gather(pictures, partners), pictures)
    return mixed, _blended(targets, partners, share)


def mix_up(pictures: Any, targets: Any, alpha: float, seed: Any) -> tuple[Any, Any]:
    """Blend each picture, and its targets, with another of the batch (mixup, Zhang et al. 2018).

    The other's share is drawn from Beta(alpha, alpha), anew for each picture. Returns both as given.
    """
    seeds = tf.unstack(tf.random.split(seed, 2))
    share = _beta(alpha, tf.shape(pictures)[:1], seeds[0])
    partners = _partners(pictures, seeds[1])
    pictures, targets = _blended((pictures, targets), partners, share)
    return pictures, targets


def _between(low: float, high: float, strength: Any, pictures: Any, seed: Any) -> Any:
    """A value for each picture, from ``low`` to ``high``: led by the strength, else drawn."""
    if strength is None:
        strength = tf.random.stateless_uniform(tf.shape(pictures)[:1], seed)
    return low + (high - low) * strength


def _chosen(strength: Any, settings: Augmentation, pictures: Any, seed: Any) -> Any:
    """Which pictures are varied at all: (n,) bool."""
    probability_seed, draw_seed = tf.unstack(tf.random.split(seed, 2))
    low, high = settings.probability_min, settings.probability_max
    probability = _between(low, high, strength, pictures, probability_seed)
    return tf.random.stateless_uniform(tf.shape(probability), draw_seed) < probability


def _masks(
    length: int, count: int, shares: tuple[float, float], strength: Any, pictures: Any, seed: Any
) -> Any:
    """Which of ``length`` rows or columns ``count`` masks cover: (n, length) bool."""
    if not count:
        return tf.zeros((tf.shape(pictures)[0], length), tf.bool)
    size_seed, place_seed = tf.unstack(tf.random.split(seed, 2))
    return _bands(length, count, _between(*shares, strength, pictures, size_seed), place_seed)


def _bands(length: int, count: int, share: Any, seed: Any) -> Any:
    """``count`` bands at random places, ``share`` (n,) of the length together: (n, length) bool.

    A pixel is in a band when its centre is, so that bands narrower than a pixel cover one in the right
    share of cases; rounded, none of a small picture would be covered.
    """
    each = share[:, None] / count
    shape = (tf.shape(share)[0], count)
    starts = tf.random.stateless_uniform(shape, seed) * (1 - each)
    centres = (tf.range(length, dtype=tf.float32) + 0.5) / length
    offsets = centres - starts[..., None]
    return tf.reduce_any((offsets >= 0) & (offsets < each[..., None]), axis=1)


def _partners(pictures: Any, seed: Any) -> Any:
    """The index of another picture for each, any other alike; a batch of one has only itself."""
    count = tf.shape(pictures)[0]
    steps = tf.random.stateless_uniform((count,), seed, 1, tf.maximum(count, 2), tf.int32)
    return (tf.range(count) + steps) % count


def _blended(values: Any, partners: Any, share: Any) -> Any:
    """Give each row its partner's in the ``share`` (n,), in every tensor of ``values``."""

    def blend(rows: Any) -> Any:
        rows = tf.convert_to_tensor(rows)
        part = per_row(share, rows)
        return rows * (1 - part) + tf.gather(rows, partners) * part

    return tf.nest.map_structure(blend, values)


def per_row(values: Any, rows: Any) -> Any:
    """``values`` (n,) in the type and the number of axes of ``rows`` (n, …), to multiply them by.

    Raises:
        ValueError: the rows are integers, which cannot be mixed.
    """
    if not rows.dtype.is_floating:
        raise ValueError(f"targets: {rows.dtype.name} given, expected float to mix (one-hot rows or values)")
    shape = tf.concat([tf.shape(values), tf.ones(tf.rank(rows) - 1, tf.int32)], axis=0)
    return tf.cast(tf.reshape(values, shape), rows.dtype)


def _beta(alpha: float, shape: Any, seed: Any) -> Any:
    """Draw from Beta(alpha, alpha) by halving its distribution function's inverse.

    The usual quotient of two gamma variables is 0 / 0 for a small alpha, and XLA has no gamma.
    """
    wanted = tf.random.stateless_uniform(shape, seed)
    low = tf.zeros_like(wanted)
    for halving in range(1, _HALVINGS + 1):
        middle = low + 0.5**halving
        low = tf.where(tf.math.betainc(alpha, alpha, middle) <= wanted, middle, low)
    return low
