"""The two stages of learning: a head on the frozen backbone, then the backbone's last part with it.

While the backbone is frozen its features are computed once, so the epochs of the head cost next to
nothing. In the second stage the layers of the last part learn with everything in them, batch norm
included: fine-tuned against the frozen batch statistics of photographs, spectrograms collapsed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from dslite import FrontEnd
from dslite.console import Watcher
from dslite.training.batches import Array, Batches, Source, predict
from dslite.training.chunks import Chunks
from dslite.training.quiet_tensorflow import keras, tf
from dslite.training.schedule import Schedule
from dslite.training.spill import mapped, spilling

#: Keras's 0.99 and 0.999 would keep the photographs' statistics longer than a fine-tuning lasts.
BATCH_NORM_MOMENTUM = 0.9


@dataclass(frozen=True)
class Part:
    """Chunks, and the index of each one's class."""

    chunks: Chunks
    classes: npt.NDArray[np.intp]

    def __len__(self) -> int:
        return len(self.chunks)

    def targets(self, count: int) -> Array:
        """One-hot rows of ``count`` classes."""
        return np.eye(count, dtype=np.float32)[self.classes]

    def pictures(self, front: FrontEnd) -> Source:
        """The network's inputs, made by the core whenever they are asked for."""
        return lambda indices: self.chunks.tensors(front, indices)


def seed_everything(seed: int) -> None:
    """Seed Python, NumPy and TensorFlow, and have TensorFlow's operations repeat exactly."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


@dataclass(frozen=True)
class Lesson:
    """What there is to learn: a part to train on, one to watch (it may be empty), and by what."""

    front: FrontEnd
    train: Part
    valid: Part
    class_count: int
    schedule: Schedule
    watch: Watcher
    folder: Path  # for what does not fit into memory


def learn(backbone: Any, lesson: Lesson) -> Any:
    """Train a classifier on top of ``backbone`` and return the whole as a Keras model.

    Its input is what ``front.tensors`` makes, its output (n, class_count) softmax scores.
    """
    schedule, parts = lesson.schedule, (lesson.train, lesson.valid)
    pooled = keras.layers.GlobalAveragePooling2D(name="pool_all")(backbone.output)
    head = _head(pooled.shape[-1], lesson.class_count, schedule.dropout)
    model = keras.Model(backbone.input, head(pooled))
    if schedule.epochs:
        lesson.watch.stage("features", sum(map(len, parts)))
        frozen = keras.Model(backbone.input, pooled)
        sources = [_features(frozen, part, f"features{i}", lesson) for i, part in enumerate(parts)]
        _fit(head, "head", sources, schedule.epochs, schedule.learning_rate, lesson)
    if schedule.fine_tune_epochs:
        _unfreeze_last(backbone, schedule.fine_tune_share)
        sources = [part.pictures(lesson.front) for part in parts]
        rate = schedule.fine_learning_rate
        _fit(model, "fine-tuning", sources, schedule.fine_tune_epochs, rate, lesson)
    return model


def _head(features: int, class_count: int, dropout: float) -> Any:
    layers = [
        keras.Input((features,)),
        keras.layers.Dropout(dropout),
        keras.layers.Dense(class_count, activation="softmax", name="scores"),
    ]
    return keras.Sequential(layers, name="head")


def _features(frozen: Any, part: Part, name: str, lesson: Lesson) -> Source:
    """Run the frozen backbone once over ``part``; every epoch then reads what came out."""
    path = lesson.folder / f"{name}.f32"
    with spilling(path) as file:
        for outputs in predict(frozen, part.pictures(lesson.front), len(part)):
            file.write(outputs.tobytes())
            lesson.watch.advance(len(outputs))
    features = mapped(path).reshape(len(part), frozen.output_shape[-1])
    return lambda indices: features[indices]


def _unfreeze_last(backbone: Any, share: float) -> None:
    """Let the last ``share`` of the layers learn, and batch norm among them follow the new data."""
    first = round((1 - share) * len(backbone.layers))
    for index, layer in enumerate(backbone.layers):
        layer.trainable = index >= first
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.momentum = BATCH_NORM_MOMENTUM


def _fit(model: Any, stage: str, sources: list[Source], epochs: int, rate: float, lesson: Lesson) -> None:
    schedule = lesson.schedule
    train, valid = (
        Batches(source, part.targets(lesson.class_count), schedule.batch_size, seed)
        for source, part, seed in zip(
            sources, (lesson.train, lesson.valid), (schedule.seed, None), strict=True
        )
    )
    model.compile(
        keras.optimizers.Adam(_cosine(rate, epochs * len(train), warmup=len(train) // 2)),
        keras.losses.CategoricalCrossentropy(label_smoothing=schedule.label_smoothing),
        metrics=["accuracy"],
    )
    lesson.watch.stage(stage, epochs)
    model.fit(
        train,
        epochs=epochs,
        validation_data=valid if len(lesson.valid) else None,
        callbacks=[_Tell(lesson.watch)],
        shuffle=False,  # the batches are dealt anew by themselves
        verbose=0,
    )


def _cosine(top: float, steps: int, warmup: int) -> Any:
    """Rise from zero to ``top`` over ``warmup`` steps, then fall to zero along a cosine."""
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warmup), warmup_target=top, warmup_steps=max(1, warmup)
    )


class _Tell(keras.callbacks.Callback):  # type: ignore[misc]
    """Tells the watcher what each epoch came to."""

    def __init__(self, watch: Watcher) -> None:
        super().__init__()
        self._watch = watch

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        names = {"loss": "loss {:.3f}", "accuracy": "accuracy {:.3f}"}
        names |= {f"val_{name}": f"valid {text}" for name, text in names.items()}
        known = (text.format(logs[name]) for name, text in names.items() if logs and name in logs)
        self._watch.advance(note=", ".join(known))
