"""Sound to pictures to answers: one recipe, one core, one model file, the same bits everywhere.

    >>> import dslite
    >>> front = dslite.FrontEnd(dslite.Recipe())
    >>> samples = dslite.read_audio("clip.flac", 16000)         # doctest: +SKIP
    >>> front.tensors(front.chunks(samples)).shape               # doctest: +SKIP
    (2, 224, 224, 3)
    >>> for answer in dslite.Model("model.tflite").predict("clip.flac"):   # doctest: +SKIP
    ...     print(answer.start_s, answer.label, answer.scores)
    >>> stream = dslite.Model("model.tflite").stream(rate_hz=48000)          # doctest: +SKIP
    >>> for answer in stream.push(samples):                                  # doctest: +SKIP
    ...     print(answer.start_s, answer.label, answer.scores)

Nothing here imports TensorFlow; ``dslite.training`` does, and ``dslite.DeepSpectrum``, a scikit-learn
transformer that is loaded when it is asked for.
"""

from importlib.metadata import version as _version
from typing import TYPE_CHECKING as _TYPE_CHECKING

from ._dslite import (
    AudioWarning,
    Error,
    FrontEnd,
    Recipe,
    active_isa,
    fingerprint,
    force_isa,
    supported_isas,
)
from .audio import read_audio
from .explain.explanation import Explanation
from .model import Model
from .results import Answer, Event, FileAnswers
from .stream import Decision, Stream

if _TYPE_CHECKING:
    from .deep_spectrum import DeepSpectrum as DeepSpectrum

__version__ = _version("dslite")

__all__ = [
    "Answer",
    "AudioWarning",
    "Decision",
    "Error",
    "Event",
    "Explanation",
    "FileAnswers",
    "FrontEnd",
    "Model",
    "Recipe",
    "Stream",
    "__version__",
    "active_isa",
    "fingerprint",
    "force_isa",
    "read_audio",
    "supported_isas",
]

_native_repr = Recipe.__repr__
# pprint, and with it scikit-learn, looks it up in a dictionary; pybind11's own cannot be hashed.
Recipe.__repr__ = lambda recipe: _native_repr(recipe)  # type: ignore[method-assign]


def __getattr__(name: str) -> object:
    """Load what needs ``pip install '.[train]'``."""
    if name == "DeepSpectrum":
        from .deep_spectrum import DeepSpectrum

        return DeepSpectrum
    raise AttributeError(f"module 'dslite' has no attribute '{name}'")
