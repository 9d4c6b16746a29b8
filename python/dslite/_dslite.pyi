from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, SupportsFloat, SupportsIndex, SupportsInt, overload

import numpy as np
import numpy.typing as npt

MIN_RATE_HZ: int
MAX_RATE_HZ: int
MAX_CHANNELS: int

_F32 = npt.NDArray[np.float32]

class Error(RuntimeError): ...
class AudioWarning(UserWarning): ...

class RecipeAudio:
    """[audio]: rate and channel."""

    @property
    def sample_rate_hz(self) -> int:
        """The rate that recordings are resampled to: a whole number of Hz from 100 to 768000 [default: 16000]."""

    @property
    def channel(self) -> int | Literal["mix"]:
        """The mean of all channels, or one of them: "mix" or a channel number from 0 to 1023 [default: "mix"]."""

    @property
    def normalize(self) -> Literal["none", "peak"]:
        """Whether each chunk is scaled to a peak of -3 dBFS: one of "none", "peak" [default: "none"]."""

class RecipeChunk:
    """[chunk]: how sound is cut."""

    @property
    def seconds(self) -> float:
        """Length of a chunk: one picture, one answer: seconds from 0 (the whole clip) to 86400 [default: 4.0]."""

    @property
    def hop_seconds(self) -> float:
        """From the start of a chunk to the start of the next: seconds above 0 and at most 86400 [default: 2.0]."""

    @property
    def tail(self) -> Literal["pad", "repeat", "drop"]:
        """What becomes of the sound at the end that no full chunk holds: one of "pad", "repeat", "drop" [default: "pad"]."""

class RecipeStft:
    """[stft]: frames and their spectra."""

    @property
    def window_seconds(self) -> float:
        """Length of a frame: seconds above 0 and at most 86400 [default: 0.128]."""

    @property
    def hop_seconds(self) -> float:
        """From the start of a frame to the start of the next: seconds above 0 and at most 86400 [default: 0.064]."""

    @property
    def fft_seconds(self) -> float:
        """Length of the transform; zeros follow the frame: seconds above 0 and at most 86400 [default: 0.128]."""

    @property
    def window(self) -> Literal["hann", "hann_symmetric", "hamming", "povey", "rectangular"]:
        """Shape of the window: one of "hann", "hann_symmetric", "hamming", "povey", "rectangular" [default: "hann"]."""

    @property
    def center(self) -> Literal["none", "reflect", "zero"]:
        """Padding of the chunk by half a window on both sides: one of "none", "reflect", "zero" [default: "none"]."""

    @property
    def power(self) -> float:
        """Exponent of the magnitude: 1 magnitude, 2 power: a number from 0.1 to 4 [default: 2.0]."""

    @property
    def preemphasis(self) -> float:
        """c in x[i] - c*x[i-1], within each frame: a number from 0 to 1 [default: 0.0]."""

    @property
    def remove_dc(self) -> bool:
        """Whether each frame's mean is subtracted: true or false [default: false]."""

class RecipeMel:
    """[mel]: bands of the spectrum."""

    @property
    def bands(self) -> int:
        """How many mel bands: a whole number from 0 (no mel) to 4096 [default: 128]."""

    @property
    def low_hz(self) -> float:
        """Lower edge of the first band: Hz from 0 to 384000 [default: 0.0]."""

    @property
    def high_hz(self) -> float:
        """Upper edge of the last band: Hz from 0.001 to 384000 [default: 8000.0]."""

    @property
    def scale(self) -> Literal["htk", "slaney"]:
        """Formula of the mel scale: one of "htk", "slaney" [default: "htk"]."""

    @property
    def triangles(self) -> Literal["mel", "hz"]:
        """What the slopes of the bands are linear in: one of "mel", "hz" [default: "mel"]."""

    @property
    def norm(self) -> Literal["none", "slaney"]:
        """Whether each band is divided by half its width in Hz: one of "none", "slaney" [default: "none"]."""

class RecipeScale:
    """[scale]: powers to decibels."""

    @property
    def kind(self) -> Literal["db", "log", "none", "pcen"]:
        """Scale of the bands' powers: one of "db", "log", "none", "pcen" [default: "db"]."""

    @property
    def amin(self) -> float:
        """Floor of "db"; added inside "log": a number from 1e-37 to 1e30 [default: 1.0e-16]."""

    @property
    def reference(self) -> float | Literal["max"]:
        """What is 0 dB; "max" is the chunk's loudest band: "max" or a number from 1e-30 to 1e30 [default: 1.0]."""

    @property
    def top_db(self) -> float:
        """Clips what lies further below the chunk's maximum: dB from 0 (off) to 1000 [default: 0.0]."""

class RecipeMfcc:
    """[mfcc]: cepstral coefficients."""

    @property
    def count(self) -> int:
        """How many cepstral coefficients are kept: a whole number from 0 (off) to 4096 [default: 0]."""

    @property
    def lifter(self) -> float:
        """L in 1 + L/2*sin(pi*n/L), the weight of coefficient n: a number from 0 (off) to 10000 [default: 0.0]."""

class RecipePicture:
    """[picture]: colours and size."""

    @property
    def colormap(self) -> Literal["viridis", "cividis", "inferno", "magma", "plasma", "gray", "none"]:
        """matplotlib's colours; "none": one channel of raw values: one of "viridis", "cividis", "inferno", "magma", "plasma", "gray", "none" [default: "viridis"]."""

    @property
    def width(self) -> int:
        """Time, running right: a whole number of pixels from 1 to 8192 [default: 224]."""

    @property
    def height(self) -> int:
        """Frequency, running up: a whole number of pixels from 1 to 8192 [default: 224]."""

    @property
    def resize(
        self,
    ) -> Literal[
        "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic"
    ]:
        """Method of tf.image.resize: one of "nearest", "bilinear", "bicubic", "area", "lanczos3", "lanczos5", "gaussian", "mitchellcubic" [default: "nearest"]."""

    @property
    def antialias(self) -> bool:
        """Whether the kernel is widened where the picture shrinks: true or false [default: false]."""

class RecipeTensor:
    """[tensor]: the backbone's input."""

    @property
    def scaling(self) -> Literal["torch", "tf", "caffe", "none"]:
        """What the backbone was trained on: one of "torch", "tf", "caffe", "none" [default: "torch"]."""

class RecipeDecision:
    """[decision]: answers to events."""

    @property
    def smoothing(self) -> Literal["none", "mean", "exponential"]:
        """How each class's score is smoothed over the answers: one of "none", "mean", "exponential" [default: "none"]."""

    @property
    def smoothing_chunks(self) -> int:
        """How many last answers "mean" averages: a whole number of answers from 1 to 10000 [default: 3]."""

    @property
    def smoothing_factor(self) -> float:
        """Weight of the newest score in "exponential": a number above 0 and at most 1 [default: 0.5]."""

    @property
    def threshold(self) -> float:
        """A class is active from this smoothed score on: a score from -1e30 to 1e30, or 0 for the best class [default: 0.0]."""

    @property
    def class_thresholds(self) -> str:
        """Thresholds of single labels: "dog = 0.8; silence = off": a "text" [default: ""]."""

    @property
    def minimum_seconds(self) -> float:
        """Shorter events are dropped: seconds from 0 (off) to 86400 [default: 0.0]."""

    @property
    def refractory_seconds(self) -> float:
        """Pause of a class after an event of it: seconds from 0 (off) to 86400 [default: 0.0]."""

class Recipe:
    def __init__(self) -> None: ...
    @staticmethod
    def from_toml(text: str) -> Recipe: ...
    @staticmethod
    def preset(name: str) -> Recipe: ...
    @staticmethod
    def preset_names() -> list[str]: ...
    def to_toml(self) -> str: ...
    def replace(self, **tables: dict[str, bool | int | float | str]) -> Recipe: ...
    def samples(self, seconds: SupportsFloat | SupportsIndex) -> int: ...
    @property
    def channels(self) -> int: ...
    def to_dict(self) -> dict[str, dict[str, bool | int | float | str]]: ...
    @property
    def audio(self) -> RecipeAudio: ...
    @property
    def chunk(self) -> RecipeChunk: ...
    @property
    def stft(self) -> RecipeStft: ...
    @property
    def mel(self) -> RecipeMel: ...
    @property
    def scale(self) -> RecipeScale: ...
    @property
    def mfcc(self) -> RecipeMfcc: ...
    @property
    def picture(self) -> RecipePicture: ...
    @property
    def tensor(self) -> RecipeTensor: ...
    @property
    def decision(self) -> RecipeDecision: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...

class FrontEnd:
    def __init__(self, recipe: Recipe | None = None) -> None: ...
    @property
    def recipe(self) -> Recipe: ...
    @property
    def chunk_samples(self) -> int: ...
    def log_mel(self, samples: _F32, out: _F32 | None = None) -> _F32: ...
    def picture(self, samples: _F32, out: _F32 | None = None) -> _F32: ...
    def tensor(self, samples: _F32, out: _F32 | None = None) -> _F32: ...
    def tensor_quantized(
        self,
        samples: _F32,
        scale: SupportsFloat | SupportsIndex,
        zero_point: SupportsIndex,
        dtype: Literal["int8", "uint8"] = "int8",
        out: npt.NDArray[np.integer[Any]] | None = None,
    ) -> npt.NDArray[np.integer[Any]]: ...
    def tensors(
        self, batch: _F32 | list[_F32 | Excerpt], threads: int = 0, out: _F32 | None = None
    ) -> _F32: ...
    def chunk(self, samples: _F32, index: int) -> _F32: ...
    def chunks(self, samples: _F32) -> _F32: ...
    def spans(self, count: int) -> list[tuple[int, int]]: ...

class NativeModel:
    def __init__(
        self,
        path: str,
        threads: int = 1,
        library: str = "",
        package_folder: str = "",
        times_operators: bool = False,
    ) -> None: ...
    @property
    def recipe(self) -> Recipe: ...
    @property
    def labels(self) -> list[str]: ...
    @property
    def is_classifier(self) -> bool: ...
    @property
    def runtime(self) -> str: ...
    @property
    def input(self) -> dict[str, Any]: ...
    @property
    def output(self) -> dict[str, Any]: ...
    @property
    def maps(self) -> dict[str, Any] | None: ...
    @property
    def entries(self) -> dict[str, bytes]: ...
    def scores(self, samples: _F32) -> _F32: ...
    def scores_of_tensor(self, tensor: _F32) -> _F32: ...
    def explain(self, samples: _F32) -> tuple[_F32, _F32]: ...
    def relevance(self, scores: _F32, maps: _F32, label: SupportsInt | SupportsIndex) -> _F32: ...

class AnswerReader:
    def __init__(self, model: NativeModel, blocks: Iterable[_F32], name: str | bytes = "samples") -> None: ...
    def __iter__(self) -> AnswerReader: ...
    def __next__(self) -> tuple[float, float, int, _F32, _F32 | None]: ...

class NativeStream:
    def __init__(
        self, model: NativeModel, rate_hz: SupportsInt | SupportsIndex, channels: SupportsInt | SupportsIndex
    ) -> None: ...
    @property
    def rate_hz(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def frames(self) -> int: ...
    def push(self, samples: _F32) -> list[tuple[float, float, int, _F32, _F32 | None]]: ...
    def finish(self) -> list[tuple[float, float, int, _F32, _F32 | None]]: ...

class NativeDecision:
    def __init__(self, model: NativeModel, recipe: Recipe | None = None) -> None: ...
    @property
    def smoothed(self) -> _F32: ...
    def push(
        self,
        start_s: SupportsFloat | SupportsIndex,
        end_s: SupportsFloat | SupportsIndex,
        scores: _F32,
    ) -> list[tuple[float, float, int, float]]: ...
    def finish(self) -> list[tuple[float, float, int, float]]: ...

class StageCheck:
    @property
    def stage(self) -> str: ...
    @property
    def values(self) -> int: ...
    @property
    def different(self) -> int: ...
    @property
    def first(self) -> int: ...
    @property
    def found(self) -> float: ...
    @property
    def expected(self) -> float: ...
    @property
    def largest(self) -> float: ...
    @property
    def tolerance(self) -> float: ...
    @property
    def agrees(self) -> bool: ...

class StageTime:
    @property
    def stage(self) -> str: ...
    @property
    def median_ms(self) -> float: ...
    @property
    def p99_ms(self) -> float: ...

class StageBench:
    @property
    def stages(self) -> list[StageTime]: ...
    @property
    def repeats(self) -> int: ...
    @property
    def chunk_seconds(self) -> float: ...
    @property
    def hop_seconds(self) -> float: ...
    @property
    def real_time_factor(self) -> float: ...
    @property
    def peak_memory_bytes(self) -> int: ...
    @property
    def isa(self) -> str: ...
    @property
    def runtime(self) -> str: ...

class OperatorTime:
    @property
    def kind(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def ms(self) -> float: ...

class Fft:
    def __init__(self, length: int) -> None: ...
    def __call__(
        self, frames: _F32, out: npt.NDArray[np.complex64] | None = None
    ) -> npt.NDArray[np.complex64]: ...

class WavFile:
    def __init__(self, path: str | bytes) -> None: ...
    @property
    def frames(self) -> int: ...
    @property
    def rate_hz(self) -> int: ...
    @property
    def channels(self) -> int: ...
    @property
    def is_float(self) -> bool: ...

class ChunkReader:
    def __init__(self, recipe: Recipe, blocks: Iterable[_F32]) -> None: ...
    def __iter__(self) -> ChunkReader: ...
    def __next__(self) -> tuple[int, int, _F32]: ...

class SignalReader:
    @overload
    def __init__(
        self,
        path: str | bytes,
        rate_hz: SupportsInt | SupportsIndex,
        channel: SupportsInt | SupportsIndex = -1,
    ) -> None: ...
    @overload
    def __init__(
        self,
        read: Callable[[int], bytes],
        name: str | bytes,
        rate_hz: SupportsInt | SupportsIndex,
        channel: SupportsInt | SupportsIndex = -1,
    ) -> None: ...
    def __iter__(self) -> SignalReader: ...
    def __next__(self) -> _F32: ...

class Excerpt:
    def __init__(
        self,
        path: str | bytes,
        first: SupportsInt | SupportsIndex,
        count: SupportsInt | SupportsIndex,
        channel: SupportsInt | SupportsIndex = -1,
    ) -> None: ...
    def __len__(self) -> int: ...
    def read(self) -> _F32: ...

class Resampler:
    def __init__(self, from_hz: int, to_hz: int) -> None: ...
    def push(self, samples: _F32) -> _F32: ...
    def flush(self) -> _F32: ...

def strongest_regions(
    recipe: Recipe, chunk_seconds: SupportsFloat | SupportsIndex, relevance: _F32
) -> list[tuple[float, float, float, float, float]]: ...
def verify(model: NativeModel) -> list[StageCheck]: ...
def bench(model: NativeModel, repeats: int = 50, rate_hz: int = 48000) -> StageBench: ...
def bench_operators(model: NativeModel, repeats: int = 50) -> list[OperatorTime]: ...
def read_bundle(path: str) -> dict[str, bytes]: ...
def read_wav(path: str | bytes) -> tuple[_F32, int]: ...
def decode_wav(content: bytes, name: str | bytes) -> tuple[_F32, int]: ...
def wav_is_readable(head: bytes) -> bool: ...
def to_mono(samples: _F32, channel: int = -1) -> _F32: ...
def resample(samples: _F32, from_hz: int, to_hz: int) -> _F32: ...
def window(recipe: Recipe) -> _F32: ...
def mel_matrix(recipe: Recipe) -> _F32: ...
def fingerprint(picture: npt.NDArray[Any]) -> str: ...
def peak_memory_bytes() -> int: ...
def active_isa() -> str: ...
def supported_isas() -> Sequence[str]: ...
def force_isa(name: str) -> None: ...
