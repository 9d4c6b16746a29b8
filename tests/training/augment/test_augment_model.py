"""The model that augments: the given one's layers, an ordinary step, each step's draw its own."""

from dataclasses import replace

import numpy as np
import pytest

from dslite.training.augment.model import augmenting, sample_losses, vary
from dslite.training.augment.sap import strengths
from dslite.training.augment.settings import Augmentation
from dslite.training.network.quiet_tensorflow import keras, tf

ALL = Augmentation(
    specaugment=True, cutmix=True, probability_min=0.4, probability_max=1.0, frequency_masks=2, mixup=0.4
)


@pytest.fixture(autouse=True)
def _repeating():
    """Seeds everything and has every operation repeat exactly, as training does."""
    keras.utils.set_random_seed(0)
    tf.config.experimental.enable_op_determinism()


def small(outputs: int = 3, activation: str = "softmax"):
    keras.utils.set_random_seed(0)
    layers = keras.layers
    inputs = layers.Input((12, 16, 3))
    x = layers.BatchNormalization()(layers.Conv2D(4, 3, activation="relu")(inputs))
    x = layers.Dropout(0.3, seed=1)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(inputs, layers.Dense(outputs, activation=activation)(x))


def data(count: int = 16, outputs: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((count, 12, 16, 3)).astype(np.float32)
    return x, np.eye(outputs, dtype=np.float32)[rng.integers(outputs, size=count)]


def smoothed():
    return keras.losses.CategoricalCrossentropy(label_smoothing=0.1)


def fitted(settings: Augmentation, seed: int = 0):
    model = small()
    teacher = augmenting(model, settings, seed)
    teacher.compile(keras.optimizers.Adam(0.01), smoothed(), metrics=["accuracy"])
    history = teacher.fit(*data(), batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model, history.history


def test_off_it_learns_as_the_plain_model():
    plain = small()
    plain.compile(keras.optimizers.Adam(0.01), smoothed(), metrics=["accuracy"])
    history = plain.fit(*data(), batch_size=8, epochs=2, shuffle=False, verbose=0).history
    model, augmented = fitted(Augmentation())
    assert augmented == history
    for got, expected in zip(model.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_array_equal(got, expected)


def test_a_run_repeats_and_the_seed_matters():
    first, second, other = fitted(ALL), fitted(ALL), fitted(ALL, seed=1)
    assert first[1] == second[1] != other[1]
    for one, two in zip(first[0].get_weights(), second[0].get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_step_is_the_ordinary_one_on_what_vary_makes():
    """By hand: losses of the clean batch, strengths, variation by (seed, step), a plain step."""
    x, y = data(8)
    model, by_hand = small(), small()
    teacher = augmenting(model, ALL, seed=5)
    for each in (teacher, by_hand):
        each.compile(keras.optimizers.SGD(0.1), smoothed())
    for step in range(3):
        scores = by_hand(x, training=False).numpy()
        losses = -np.sum((0.9 * y + 0.1 / 3) * np.log(scores), axis=1)
        strength = strengths(losses, ALL.sap_a, ALL.sap_s)
        varied, targets = vary(x, y, strength, ALL, tf.constant([5, step], tf.int64))
        loss = teacher.train_on_batch(x, y, np.ones(8, np.float32))
        np.testing.assert_allclose(loss, by_hand.train_on_batch(varied, targets), rtol=1e-5)
    for got, wanted in zip(model.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-6)


@pytest.mark.parametrize("mixed", [{"cutmix": True}, {"mixup": 0.4}], ids=["cutmix", "mixup"])
def test_the_weight_of_a_mixed_picture_follows_its_targets(mixed):
    """The loss by hand: of every class its weight, its share, its smoothed cross-entropy."""
    settings = Augmentation(probability_min=1.0, probability_max=1.0, sapaugment=False, **mixed)
    x, y = data(12)
    weight_of = np.array([0.25, 1.0, 7.0], np.float32)
    model = small()
    teacher = augmenting(model, settings, seed=3)
    teacher.compile(keras.optimizers.SGD(0.0), smoothed())
    varied, shares = vary(x, y, None, settings, tf.constant([3, 0], tf.int64))
    shares = np.asarray(shares, np.float64)
    assert ((shares > 0).sum(axis=1) == 2).any()
    logs = np.log(scores_while_training(varied).astype(np.float64))
    each = -(0.9 * logs + 0.1 / 3 * logs.sum(axis=1, keepdims=True))
    expected = (shares * weight_of * each).sum(axis=1).mean()
    got = teacher.train_on_batch(x, y, weight_of[y.argmax(axis=1)])
    np.testing.assert_allclose(got, expected, rtol=1e-5)


def scores_while_training(x) -> np.ndarray:
    """What ``small()`` answers in its first step, dropout drawn as in it."""
    return np.asarray(small()(x, training=True))


def test_a_resumed_run_continues_identically(tmp_path):
    """Weights and the optimizer's state are all that a run needs to go on."""
    straight = augmenting(small(), ALL, seed=2)
    straight.compile(keras.optimizers.Adam(0.01), smoothed())
    x, y = data(8)
    for _ in range(2):
        straight.train_on_batch(x, y)
    straight.save_weights(tmp_path / "half.weights.h5")
    resumed = augmenting(small(), ALL, seed=2)
    resumed.compile(keras.optimizers.Adam(0.01), smoothed())
    resumed.build((None, 12, 16, 3))
    resumed.optimizer.build(resumed.trainable_variables)
    resumed.load_weights(tmp_path / "half.weights.h5")
    for got, wanted in zip(resumed.optimizer.variables, straight.optimizer.variables, strict=True):
        got.assign(wanted)
    for layer, source in zip(resumed.layers, straight.layers, strict=True):
        if isinstance(layer, keras.layers.Dropout):
            layer.seed_generator.state.assign(source.seed_generator.state)
    assert straight.train_on_batch(x, y) == resumed.train_on_batch(x, y)
    for got, wanted in zip(resumed.get_weights(), straight.get_weights(), strict=True):
        np.testing.assert_array_equal(got, wanted)


def test_evaluating_and_predicting_vary_nothing():
    model = small()
    teacher = augmenting(model, ALL, seed=0)
    teacher.compile("sgd", smoothed(), metrics=["accuracy"])
    model.compile("sgd", smoothed(), metrics=["accuracy"])
    x, y = data()
    np.testing.assert_array_equal(teacher.predict(x, verbose=0), model.predict(x, verbose=0))
    assert teacher.evaluate(x, y, verbose=0) == model.evaluate(x, y, verbose=0)


def test_layers_and_weights_are_shared():
    model = small()
    teacher = augmenting(model, ALL, seed=0)
    assert [a is b for a, b in zip(teacher.layers, model.layers, strict=True)] == [True] * len(model.layers)
    model.layers[1].trainable = False
    assert len(teacher.trainable_weights) == len(model.trainable_weights)


def test_it_learns():
    """A stripe's place tells the class; masks and patches do not keep it from being found."""
    rng = np.random.default_rng(0)
    kind = rng.integers(2, size=96)
    x = 0.3 * rng.standard_normal((96, 12, 16, 3)).astype(np.float32)
    x[np.arange(96), 3 + 6 * kind] += 1.0
    model = small_with_flat_head()
    teacher = augmenting(model, replace(ALL, mixup=0.0), seed=0)
    teacher.compile(keras.optimizers.Adam(0.01), "categorical_crossentropy")
    teacher.fit(x, np.eye(2, dtype=np.float32)[kind], batch_size=16, epochs=8, verbose=0)
    assert (model.predict(x, verbose=0).argmax(axis=1) == kind).mean() == 1


def small_with_flat_head():
    keras.utils.set_random_seed(0)
    inputs = keras.layers.Input((12, 16, 3))
    flat = keras.layers.Flatten()(inputs)
    return keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(flat))


@pytest.mark.parametrize(("loss", "shape"), [("mse", (9, 2)), (keras.losses.Huber(0.3), (9,))])
def test_regression(loss, shape):
    model, settings = small(len(shape) * 2 - 2 or 1, "linear"), replace(ALL, mixup=0.0)
    teacher = augmenting(model, settings, seed=0)
    teacher.compile("sgd", loss, metrics=["mae"])
    x, _ = data(9)
    y = np.random.default_rng(1).standard_normal(shape).astype(np.float32)
    history = teacher.fit(x, y, batch_size=5, verbose=0)  # batches of 5 and 4
    assert np.isfinite(history.history["loss"][0])


def test_a_batch_of_one():
    teacher = augmenting(small(), ALL, seed=0)
    teacher.compile("sgd", smoothed())
    x, y = data(1)
    assert np.isfinite(teacher.train_on_batch(x, y))


@pytest.mark.parametrize(
    "loss",
    [
        "categorical_crossentropy",
        "categorical_focal_crossentropy",
        "kl_divergence",
        "mse",
        "binary_crossentropy",
        keras.losses.CategoricalCrossentropy(label_smoothing=0.2),
        keras.losses.CategoricalFocalCrossentropy(gamma=3.0, label_smoothing=0.1),
        keras.losses.Huber(delta=0.1),
        keras.losses.cosine_similarity,
    ],
)
def test_sample_losses_are_those_of_batches_of_one(loss):
    _, y = data(7)
    scores = np.random.default_rng(3).dirichlet([1, 1, 1], size=7).astype(np.float32)
    got = sample_losses(loss, y, scores)
    whole = keras.losses.get(loss)
    each = [np.mean(whole(y[i : i + 1], scores[i : i + 1])) for i in range(7)]
    np.testing.assert_allclose(got, each, rtol=1e-6)


def test_sparse_targets_work_where_nothing_is_mixed():
    teacher = augmenting(small(), Augmentation(specaugment=True), seed=0)
    teacher.compile("sgd", "sparse_categorical_crossentropy")
    x, y = data(8)
    assert np.isfinite(teacher.train_on_batch(x, y.argmax(axis=1)))


def test_what_cannot_be_augmented_is_refused():
    a, b = keras.layers.Input((2, 2, 1)), keras.layers.Input((2, 2, 1))
    with pytest.raises(ValueError, match="model: 2 inputs and 1 outputs given, expected one of each"):
        augmenting(keras.Model([a, b], keras.layers.Add()([a, b])), ALL, 0)
    teacher = augmenting(small(), ALL, 0)
    teacher.compile("sgd", lambda y, p: tf.reduce_mean((y - p) ** 2))
    with pytest.raises(ValueError, match="loss: one value for a whole batch"):
        teacher.train_on_batch(*data(4))
    teacher = augmenting(small(), ALL, 0)
    teacher.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="targets: int64 given"):
        teacher.train_on_batch(data(4)[0], np.arange(4) % 3)
