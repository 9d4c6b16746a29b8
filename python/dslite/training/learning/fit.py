"""The two stages of learning: a head on the frozen backbone, then the backbone's last part with it.

While the backbone is frozen and nothing varies its pictures, its features are computed once, so the
epochs of the head cost next to nothing. In the second stage the layers of the last part learn with
everything in them, batch norm included: fine-tuned against the frozen batch statistics of photographs,
spectrograms collapsed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from dslite import FrontEnd
from dslite.training.augment.model import augmenting
from dslite.training.augment.settings import Augmentation
from dslite.training.augment.signal import SignalAugmenter
from dslite.training.learning.balance import class_weights, file_weights, upsampled
from dslite.training.learning.batches import Array, Batches, Source, predict
from dslite.training.learning.checkpoint import Checkpoint
from dslite.training.learning.features import frozen_features
from dslite.training.learning.losses import make_loss
from dslite.training.learning.optimizers import CONSTANT_RATE, make_optimizer
from dslite.training.learning.pace import measure, measure_pass, warming_cosine
from dslite.training.learning.part import Part
from dslite.training.learning.schedule import FINE_TUNING, HEAD, Schedule
from dslite.training.learning.training_state import Names, TrainingState
from dslite.training.network.costs import describe_costs
from dslite.training.network.head import Head, build_head
from dslite.training.network.quiet_tensorflow import keras, tf
from dslite.training.task import CLASSES, Task
from dslite.util.cache import Cache
from dslite.util.progress import Progress

#: Keras's 0.99 and 0.999 would keep the photographs' statistics longer than a fine-tuning lasts.
BATCH_NORM_MOMENTUM = 0.9


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and TensorFlow, and have TensorFlow's operations repeat exactly."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def _unnoticed(stage: str, epoch: int, seconds: float, logs: Mapping[str, float]) -> None:
    pass


@dataclass(frozen=True)
class FitInputs:
    """What there is to learn: a part to train on, one to validate on (it may be empty), and by what."""

    front: FrontEnd
    train: Part
    valid: Part
    schedule: Schedule
    progress: Progress
    folder: Path  # for what does not fit into memory
    head: Head = field(default_factory=Head)
    task: Task = CLASSES
    augmentation: Augmentation = field(default_factory=Augmentation)
    vary: SignalAugmenter | None = None
    checkpoint: Checkpoint | None = None
    on_epoch: Callable[[str, int, float, Mapping[str, float]], None] = _unnoticed


@dataclass(frozen=True)
class Learnt:
    """A network that has learnt, whole, and as its two parts: pictures to features, features to outputs."""

    model: Any
    features: Any
    head: Any


def learn(backbone: Any, inputs: FitInputs) -> Any:
    """Train a head on top of ``backbone`` and return the whole as a Keras model.

    Its input is what ``front.tensors`` makes, its output (n, outputs): softmax scores, or values. A
    checkpoint that is there is continued from.
    """
    return learn_in_parts(backbone, inputs).model


def learn_in_parts(backbone: Any, inputs: FitInputs) -> Learnt:
    """The same, with the parts of the network."""
    inputs = in_epochs(inputs)
    schedule = inputs.schedule
    pooled = keras.layers.GlobalAveragePooling2D(name="pool_all")(backbone.output)
    outputs = inputs.train.targets.shape[1]
    head = build_head(pooled.shape[-1], outputs, inputs.head, inputs.task)
    model = keras.Model(backbone.input, head(pooled))
    inputs.progress.message(describe_costs(model))
    state = TrainingState(model, inputs.checkpoint, schedule.patience)
    _unfreeze_last(backbone, schedule.fine_tune_share)
    second = Names(FINE_TUNING, 1, schedule.fine_tune_epochs, schedule.fine_learning_rate)
    tuning = _compiled(model, second, inputs) if schedule.fine_tune_epochs and state.begins(1) else None
    if tuning is not None:
        _say_pace(tuning, second, inputs)
    if schedule.epochs and state.begins(0):
        stage = Names(HEAD, 0, schedule.epochs, schedule.learning_rate)
        if schedule.augment_frozen and _varies(inputs):
            backbone.trainable = False
            whole = _compiled(keras.Model(model.input, model.output), stage, inputs)
            if tuning is None:
                _say_pace(whole, stage, inputs)
            _fit(whole, stage, _pictures(inputs), inputs, state)
            _unfreeze_last(backbone, schedule.fine_tune_share)
        else:
            frozen, learner = keras.Model(backbone.input, pooled), _compiled(head, stage, inputs)
            if tuning is None:
                _say_head_pace(frozen, learner, stage, inputs)
            _fit(learner, stage, _features(frozen, inputs), inputs, state)
    if tuning is not None:
        _fit(tuning, second, _pictures(inputs), inputs, state)
    return Learnt(model, keras.Model(backbone.input, pooled), head)


def answers(learnt: Learnt, part: Part, inputs: FitInputs) -> Array:
    """What the network answers for each chunk of a part, (chunks, outputs), learnt values standardised.

    The features of a backbone that stayed frozen come from the cache.
    """
    network, source = learnt.model, part.pictures(inputs.front)
    if not inputs.schedule.fine_tune_epochs:
        inputs.progress.stage("features", len(part), "chunks")
        path = inputs.folder / "asked.f32"
        source = frozen_features(learnt.features, part, inputs.front, path, Cache.find(), inputs.progress)
        network = learnt.head
    return np.concatenate(list(predict(network, source, len(part))))


def in_epochs(inputs: FitInputs) -> FitInputs:
    """The same with a schedule of epochs in place of steps, and a way to balance classes or none."""
    schedule = inputs.schedule.balanced(inputs.task.exclusive)
    return replace(inputs, schedule=schedule.in_epochs(steps_per_epoch(inputs)))


def _varies(inputs: FitInputs) -> bool:
    return inputs.augmentation.of_pictures or inputs.vary is not None


def _pictures(inputs: FitInputs) -> list[Source]:
    return [inputs.train.pictures(inputs.front, inputs.vary), inputs.valid.pictures(inputs.front)]


def _features(frozen: Any, inputs: FitInputs) -> list[Source]:
    """Run the frozen backbone once over both parts; every epoch then reads what came out."""
    parts = (inputs.train, inputs.valid)
    inputs.progress.stage("features", sum(map(len, parts)), "chunks")
    cache = Cache.find()
    return [
        frozen_features(
            frozen, part, inputs.front, inputs.folder / f"features{i}.f32", cache, inputs.progress
        )
        for i, part in enumerate(parts)
    ]


def _unfreeze_last(backbone: Any, share: float) -> None:
    """Let the last ``share`` of the layers learn, and batch norm among them follow the new data."""
    backbone.trainable = True
    first = round((1 - share) * len(backbone.layers))
    for index, layer in enumerate(backbone.layers):
        layer.trainable = index >= first
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM


def _compiled(model: Any, stage: Names, inputs: FitInputs) -> Any:
    """The model that is fitted in a stage; ``model`` learns with it."""
    schedule = inputs.schedule
    if len(model.inputs[0].shape) == 4 and inputs.augmentation.of_pictures:
        model = augmenting(model, inputs.augmentation, 2 * schedule.seed + stage.index)
    model.compile(
        make_optimizer(schedule.optimizer, _rate(schedule, stage, steps_per_epoch(inputs))),
        _loss(inputs),
        metrics=[inputs.task.metric],
        # XLA's compiler takes minutes where a step takes seconds, and does not repeat exactly.
        jit_compile=False,
    )
    return model


def _say_pace(model: Any, stage: Names, inputs: FitInputs) -> None:
    """Say before anything is learnt how long it will take: learning from pictures takes nearly all of it."""
    train = _train_batches(_pictures(inputs)[0], inputs, 0)
    parts = len(inputs.train) + len(inputs.valid)
    features = parts if stage.index and inputs.schedule.epochs else 0
    passes = (features + len(inputs.valid) * stage.epochs) / len(inputs.train) * len(train)
    pace = measure(model, train)
    inputs.progress.message(pace.describe(stage.name, stage.epochs, len(train), passes * pace.forward))


def _say_head_pace(frozen: Any, head: Any, stage: Names, inputs: FitInputs) -> None:
    """The same of a head that is all that learns: features are made once, and take most of the time."""
    batches = _train_batches(_pictures(inputs)[0], inputs, 0)
    once = measure_pass(frozen, batches)
    shape = (inputs.schedule.batch_size, frozen.output_shape[-1])
    some = np.zeros(shape, np.float32)
    pace = measure(head, _train_batches(lambda rows, _: np.resize(some, (len(rows), shape[1])), inputs, 0))
    passes = (len(inputs.train) + len(inputs.valid)) / len(inputs.train) * len(batches)
    inputs.progress.message(pace.describe(stage.name, stage.epochs, len(batches), passes * once.step))


def _fit(model: Any, stage: Names, sources: list[Source], inputs: FitInputs, state: TrainingState) -> None:
    first = state.first_epoch(stage.index)
    train = _train_batches(sources[0], inputs, first)
    size = inputs.schedule.batch_size
    valid = None
    if len(inputs.valid):
        weights = file_weights(inputs.valid.chunks.file_of)
        valid = Batches(sources[1], inputs.valid.targets, size, weights=weights)
    state.restore_optimizer(model.optimizer, model.trainable_variables, stage.index)
    inputs.progress.stage(stage.name, stage.epochs, "epochs")
    inputs.progress.advance(first)
    model.fit(
        train,
        epochs=stage.epochs,
        initial_epoch=first,
        validation_data=valid,
        callbacks=[state.callback(stage, train, inputs.train.name, inputs.progress, inputs.on_epoch)],
        shuffle=False,  # the batches are dealt anew by themselves
        verbose=0,
    )
    state.end(stage.index)


def _train_batches(source: Source, inputs: FitInputs, first_epoch: int) -> Batches:
    schedule, targets, file_of = inputs.schedule, inputs.train.targets, inputs.train.chunks.file_of
    weights = file_weights(file_of)
    if schedule.balance == "weights":
        weights *= class_weights(targets, file_of)
    rows = upsampled(targets, file_of) if schedule.balance == "upsample" else None
    return Batches(source, targets, schedule.batch_size, schedule.seed, first_epoch, weights, rows)


def steps_per_epoch(inputs: FitInputs) -> int:
    """How many steps an epoch of the training part has."""
    return len(_train_batches(_pictures(inputs)[0], inputs, 0))


def _loss(inputs: FitInputs) -> Any:
    schedule, task = inputs.schedule, inputs.task
    return make_loss(schedule.loss or task.loss, 0.0 if task.in_units else schedule.label_smoothing)


def _rate(schedule: Schedule, stage: Names, batches: int) -> Any:
    """Rise over half an epoch, then fall to zero along a cosine."""
    if schedule.optimizer in CONSTANT_RATE:
        return stage.rate
    return warming_cosine(stage.rate, stage.epochs * batches, max(1, batches // 2))


def in_units(model: Any, mean: Array, deviation: Array) -> Any:
    """A model of standardised values, (n, outputs), made to answer in the values' own units."""
    scaled = keras.layers.Rescaling(np.asarray(deviation), np.asarray(mean), name="units")(model.output)
    return keras.Model(model.input, scaled)
