"""A model whose training step varies its pictures, and which is the given one otherwise."""

from __future__ import annotations

from typing import Any

from dslite.training.augment.picture import cut_mix, mix_up, per_row, spec_augment
from dslite.training.augment.sap import strengths
from dslite.training.augment.settings import Augmentation
from dslite.training.network.quiet_tensorflow import keras, tf


def augmenting(model: Any, settings: Augmentation, seed: int) -> Any:
    """A model of the same layers and weights, whose ``fit`` varies each batch as ``settings`` say.

    Compile and fit it; ``model`` has learnt with it. Evaluating and predicting vary nothing. What step i
    draws depends on (seed, i) alone, i being ``optimizer.iterations``: a resumed run goes on identically,
    and two models that learn one after the other want two seeds.

    ``model`` is functional, with one input of (height, width, channels) and one output. Its loss may be any
    of Keras's. CutMix and mixup need float targets (one-hot rows, or values); sample weights weigh what they
    mix.

    Raises:
        ValueError: more than one input or output, or (from ``fit``) targets that cannot be mixed, or a loss
            that is not one value a sample where SapAugment ranks them.
    """
    if len(model.inputs) != 1 or len(model.outputs) != 1:
        counts = f"{len(model.inputs)} inputs and {len(model.outputs)} outputs"
        raise ValueError(f"model: {counts} given, expected one of each")
    return Augmenting(model.inputs[0], model.outputs[0], settings, seed)


class Augmenting(keras.Model):  # type: ignore[misc]
    """What ``augmenting`` makes; Keras names its scopes after the class, which so cannot be a private one."""

    def __init__(self, inputs: Any, outputs: Any, settings: Augmentation, seed: int) -> None:
        super().__init__(inputs=inputs, outputs=outputs)
        self._settings = settings
        self._seed = seed

    def train_step(self, data: Any) -> Any:
        """One ordinary step on the varied batch."""
        pictures, targets, weights = keras.utils.unpack_x_y_sample_weight(data)
        pictures = pictures[0] if isinstance(pictures, list | tuple) else pictures
        strength = self._strength(pictures, targets) if self._settings.by_losses else None
        step = tf.cast(self.optimizer.iterations, tf.int64)
        seed = tf.stack([tf.constant(self._seed, tf.int64), step])
        if weights is None:
            return super().train_step(vary(pictures, targets, strength, self._settings, seed))
        return super().train_step(vary_weighted(pictures, targets, weights, strength, self._settings, seed))

    def _strength(self, pictures: Any, targets: Any) -> Any:
        """SapAugment's λ, (n,), from the losses of the batch as it is, by the network as it answers."""
        losses = sample_losses(self.loss, targets, self(pictures, training=False))
        return strengths(losses, self._settings.sap_a, self._settings.sap_s)


def vary(pictures: Any, targets: Any, strength: Any, settings: Augmentation, seed: Any) -> tuple[Any, Any]:
    """Apply what ``settings`` ask for: masks, then pasted rectangles, then blends of the results.

    Masks come first, or they would hide pasted pixels that the targets count. Arguments and results as in
    ``dslite.training.augment.picture``.
    """
    seeds = tf.unstack(tf.random.split(seed, 3))
    if settings.specaugment:
        pictures = spec_augment(pictures, strength, settings, seeds[0])
    if settings.cutmix:
        pictures, targets = cut_mix(pictures, targets, strength, settings, seeds[1])
    if settings.mixup:
        pictures, targets = mix_up(pictures, targets, settings.mixup, seeds[2])
    return pictures, targets


def vary_weighted(
    pictures: Any, targets: Any, weights: Any, strength: Any, settings: Augmentation, seed: Any
) -> tuple[Any, Any, Any]:
    """Vary pictures whose targets have ``weights`` (n,) above 0: pictures, targets, weights.

    Of shares sᵢ of targets yᵢ with weights wᵢ the loss shall be Σ sᵢ wᵢ L(yᵢ). That is W · L(Σ sᵢ wᵢ yᵢ / W)
    with W = Σ sᵢ wᵢ for every loss that is linear in its targets (cross-entropy and focal loss, smoothed or
    not), and for the squared error but for a constant. Targets and weights mixed each by itself would give
    the more frequent class of a pair a part of the other's weight.
    """
    targets = tf.convert_to_tensor(targets)
    if not (settings.cutmix or settings.mixup):
        pictures, _ = vary(pictures, targets, strength, settings, seed)
        return pictures, targets, weights
    beside = (targets * per_row(weights, targets), weights)
    pictures, (rows, weights) = vary(pictures, beside, strength, settings, seed)
    return pictures, rows / per_row(weights, rows), weights


def sample_losses(loss: Any, targets: Any, outputs: Any) -> Any:
    """The loss of each sample, (n,), by a Keras loss, its name or a function: not yet reduced or weighted.

    Whatever the loss was made with (label smoothing, say) stays in.

    Raises:
        ValueError: the loss is not one value a sample.
    """
    loss = keras.losses.get(loss)
    outputs = tf.convert_to_tensor(outputs)
    if isinstance(loss, keras.losses.Loss):
        losses = loss.call(tf.cast(targets, loss.dtype), tf.cast(outputs, loss.dtype))
    else:
        losses = loss(tf.cast(targets, outputs.dtype), outputs)
    if losses.shape.rank == 0:
        raise ValueError("loss: one value for a whole batch, expected one a sample (or sapaugment = false)")
    return tf.reduce_mean(tf.reshape(losses, (tf.shape(losses)[0], -1)), axis=1)
