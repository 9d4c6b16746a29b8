"""A bundle opened to answer."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _dslite
from ._dslite import AnswerReader, Error, FrontEnd, NativeModel, Recipe, StageCheck
from .audio import blocks_of, signal_blocks
from .explain.explanation import Explanation
from .explain.methods import explain
from .litert_package import litert_folder
from .results import Answer, FileAnswers, by_file
from .stage_times import operator_times, stage_times
from .stream import Answering, Stream
from .util.parallel import pieces_in_parallel, processors


class Model:
    """Recipe, labels and network of one bundle, answering through the native core.

    May be shared between threads; they take turns at the network. A pickled or copied one, such as
    ``joblib`` and Dask send to their workers, is opened there again from the same file with the same
    settings; Error if the file is gone or another model by then. After ``os.fork`` a model opened before
    answers in both processes, unless the TensorFlow Lite library runs it by ``threads`` > 1: these are not
    in the child, where answering raises Error.

    Args:
        path: a ``.tflite`` file with a dslite bundle.
        threads: of the inference itself.
        runtime: path of the TensorFlow Lite or LiteRT library. Without it: $DSLITE_TFLITE_LIBRARY,
            the ai-edge-litert package, the loader's path, in this order.

    Raises:
        Error: no bundle, a damaged one, one that does not fit its network, or no runtime library.
        ValueError: ``threads`` < 1.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        threads: int = 1,
        runtime: str | os.PathLike[str] | None = None,
    ) -> None:
        if threads < 1:
            raise ValueError(f"threads = {threads}: expected 1 or more")
        library = os.fspath(runtime) if runtime is not None else ""
        self._settings = _Settings(os.path.abspath(path), threads, library)
        self._native = NativeModel(os.fspath(path), threads, library, litert_folder())
        self._others: list[NativeModel] = []
        self._front = FrontEnd(self._native.recipe)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what opens the same model again."""
        return _reopened, (type(self), self._settings, _digest(self))

    @property
    def native(self) -> NativeModel:
        """The core's own object."""
        return self._native

    @property
    def front(self) -> FrontEnd:
        """The front end of the recipe."""
        return self._front

    @property
    def recipe(self) -> Recipe:
        """The front end that the network was trained with."""
        return self._native.recipe

    @property
    def labels(self) -> list[str]:
        """The classes, or the names of the values, in the order of the scores."""
        return self._native.labels

    @property
    def task(self) -> str:
        """ "classes" or "values"."""
        return "classes" if self._native.is_classifier else "values"

    @property
    def runtime(self) -> str:
        """Which library runs the network."""
        return self._native.runtime

    @property
    def entries(self) -> Mapping[str, bytes]:
        """The bundle's files: recipe.toml, model.toml, labels.txt, card.md, golden/…"""
        return self._native.entries

    def scores(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """One chunk, mono, at the recipe's rate → (labels,) float32."""
        return self._native.scores(samples)

    def scores_of_tensor(self, tensor: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """A network input (height, width, channels) float32 → (labels,) float32."""
        return self._native.scores_of_tensor(tensor)

    def predict(
        self, source: str | os.PathLike[str] | npt.NDArray[Any], rate_hz: int | None = None
    ) -> Iterator[Answer]:
        """Answer for every chunk of a recording, in order, as they are computed.

        A file is read while it is answered, so that memory does not grow with it.

        >>> samples = dslite.read_audio("clip.flac", model.recipe.audio.sample_rate_hz)   # doctest: +SKIP
        >>> for answer in model.predict(samples):                                         # doctest: +SKIP
        ...     print(answer.start_s, answer.label)

        Args:
            source: an audio file, or samples: float32 or float64 of full scale ±1, or int16; (n,), which
                is mono, or (n, channels), of which the recipe takes the mean or one.
            rate_hz: of samples, 100 … 768000. Without it they must be at the recipe's rate: nothing in an
                array tells. A file has its own.

        Raises:
            Error: at once, where the file cannot be opened; with the answers, where it cannot be read on, the
                recording holds no chunk (it is empty, or too short where ``chunk.tail`` is "drop"), or the
                network failed.
            ValueError: samples of another type or shape, or not finite; a rate with a file, or an impossible
                one.
        """
        return self._predict(source, rate_hz, self._native)

    def predict_many(
        self, paths: Iterable[str | os.PathLike[str]], workers: int | None = None
    ) -> Iterator[FileAnswers]:
        """Answer for many files on many threads, in the order of the paths.

        Each thread has the model opened once more. They are a few files ahead, so that memory does not grow
        with the number of the paths, which may come from an iterator without an end. A file that cannot be
        read is yielded at its place, with its ``error`` and the answers before it.

        >>> for file in model.predict_many(sorted(Path("calls").glob("*.ogg"))):   # doctest: +SKIP
        ...     print(file.path, file.error or file.answers[0].label)

        Args:
            paths: audio files.
            workers: how many threads answer. [default: the processors that this process may use]

        Raises:
            ValueError: ``workers`` < 1.
        """
        return by_file(self.answers_of_many(paths, workers))

    def answers_of_many(
        self, paths: Iterable[str | os.PathLike[str]], workers: int | None = None
    ) -> Iterator[tuple[Path, Answer | Error | None]]:
        """``predict_many`` with each answer as soon as it and those before it are there.

        Each file's answers are followed by None, or by what was wrong with it.

        Raises:
            ValueError: ``workers`` < 1.
        """
        count = max(1, processors() // self._settings.threads) if workers is None else workers
        if count < 1:
            raise ValueError(f"workers = {workers}: expected 1 or more")
        return self._many(paths, count)

    def explain(
        self,
        samples: npt.NDArray[np.float32],
        label: str | None = None,
        method: str | None = None,
        workers: int = 1,
    ) -> Explanation:
        """Explain the answer for one chunk: which parts of its picture speak for a label.

        Args:
            samples: one chunk, mono float32 at the recipe's rate.
            label: the class or value to explain. [default: the one with the highest score]
            method: "cam", class activation maps, of a bundle that has them (``dslite export RUN --explain``);
                "occlusion", what each patch is worth, of any; "shap", Shapley values of the patches, of any,
                by the ``shap`` package. [default: "cam" where the bundle has maps, else "occlusion"]
            workers: threads for "occlusion" and "shap", each with the model opened once more.

        Raises:
            ValueError: no such label or method, or samples that are no chunk.
            Error: "cam" without maps in the bundle, or the network failed.
        """
        return explain(self, samples, label, method, workers)

    def natives(self, count: int) -> list[NativeModel]:
        """The core's object and the same model opened again, for ``count`` threads; they are kept."""
        while 1 + len(self._others) < count:
            settings = self._settings
            again = NativeModel(settings.path, settings.threads, settings.runtime, litert_folder())
            self._others.append(again)
        return [self._native, *self._others][:count]

    def stream(self, rate_hz: int | None = None, channels: int = 1) -> Stream:
        """Open a stream: sound in as it comes, the answers of ``predict`` out.

        Args:
            rate_hz: of the sound, 100 … 768000. [default: the recipe's]
            channels: of the sound, 1 … 1024; the recipe says which one counts, or all.

        Raises:
            ValueError: an impossible rate or number of channels.
            Error: the recipe takes whole clips (``chunk.seconds`` 0), or a channel that is not there.
        """
        return Stream(self, self.recipe.audio.sample_rate_hz if rate_hz is None else rate_hz, channels)

    def verify(self) -> list[StageCheck]:
        """Replay the bundle's golden clip here and compare every stage, in the order of the spine.

        Raises:
            Error: the bundle's network is damaged, or it holds no golden clip, or a damaged one.
        """
        return _dslite.verify(self._native)

    def bench(self, repeats: int = 50, rate_hz: int = 48000, operators: bool = False) -> dict[str, Any]:
        """Time the stages here: {"stages": {name: {"median_ms", "p99_ms"}}, "real_time_factor", …}.

        "mel", "tensor", "network" and "answer" are of one chunk; "resample" and "stream" are of one hop
        of sound at ``rate_hz``, and "real_time_factor" is "stream" over the hop. With ``operators``
        there are "operators", too, [{"kind", "count", "ms"}]: what those of each kind, by the library's name
        for it, take of an inference on average, in whole microseconds each, the most first.

        Raises:
            ValueError: no repeats, or an impossible rate.
            Error: ``operators`` of a library that does not time them, which LiteRT does.
        """
        times = stage_times(self._native, repeats, rate_hz)
        if not operators:
            return times
        # Of the model opened once more: what times operators takes time of its own from the stages.
        path, threads, library = self._settings
        native = NativeModel(path, threads, library, litert_folder(), times_operators=True)
        return times | {"operators": operator_times(native, repeats)}

    def _predict(
        self, source: str | os.PathLike[str] | npt.NDArray[Any], rate_hz: int | None, native: NativeModel
    ) -> Iterator[Answer]:
        audio = self.recipe.audio
        if isinstance(source, np.ndarray):
            name, blocks = "samples", blocks_of(source, rate_hz, audio.sample_rate_hz, audio.channel)
        elif rate_hz is not None:
            raise ValueError(f"rate_hz = {rate_hz}: a file has its own rate; expected None")
        else:
            name = os.fspath(source)
            try:
                blocks = signal_blocks(source, audio.sample_rate_hz, audio.channel)
            except ValueError as error:  # the file's own rate, for one
                raise Error(f"{name}: {error}") from None
        return self._answers(name, blocks, native)

    def _answers(
        self, name: str, blocks: Iterator[npt.NDArray[np.float32]], native: NativeModel
    ) -> Iterator[Answer]:
        answering = Answering(native)
        try:
            for one in AnswerReader(native, blocks, os.fsencode(name)):
                yield answering.answer(*one)
        except ValueError as error:
            raise Error(f"{name}: {error}") from None

    def _many(
        self, paths: Iterable[str | os.PathLike[str]], workers: int
    ) -> Iterator[tuple[Path, Answer | Error | None]]:
        free: SimpleQueue[NativeModel] = SimpleQueue()
        for native in self.natives(workers):
            free.put(native)

        def answers(path: str | os.PathLike[str]) -> Iterator[tuple[Path, Answer | Error | None]]:
            native = free.get()
            fault = None
            try:
                for answer in self._predict(path, None, native):
                    yield Path(path), answer
            except Error as error:
                fault = error
            finally:
                free.put(native)
            yield Path(path), fault

        return pieces_in_parallel(answers, paths, workers)


class _Settings(NamedTuple):
    path: str
    threads: int
    runtime: str


def _digest(model: Model) -> str:
    """Tells models apart by their entries, among which are the recipe and the network's checksum."""
    digest = hashlib.sha256()
    for name, data in model.entries.items():
        digest.update(f"{name} {len(data)}\n".encode() + data)
    return digest.hexdigest()


def _reopened(kind: type[Model], settings: _Settings, digest: str) -> Model:
    model = kind(settings.path, settings.threads, settings.runtime or None)
    if _digest(model) != digest:
        raise Error(f"{settings.path}: another model than the one that was pickled or copied")
    return model
