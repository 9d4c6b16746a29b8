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

Nothing here imports TensorFlow; ``dslite.training`` does.
"""

from importlib.metadata import version as _version

from ._dslite import (
    Error,
    FrontEnd,
    Recipe,
    active_isa,
    fingerprint,
    force_isa,
    supported_isas,
)
from .answer import Answer, Event
from .audio import read_audio
from .model import Model
from .stream import Decision, Stream

__version__ = _version("dslite")

__all__ = [
    "Answer",
    "Decision",
    "Error",
    "Event",
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
