"""TensorFlow and Keras, imported without the log lines that would bury our own messages."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def hidden_output() -> Iterator[None]:
    """Keep off the terminal what C++ code writes to stderr; exceptions carry what is wrong."""
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


# TensorFlow logs its CPU features and missing GPUs before any log level is read.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
with hidden_output():
    import keras
    import tensorflow as tf

tf.get_logger().setLevel("ERROR")

__all__ = ["hidden_output", "keras", "tf"]
