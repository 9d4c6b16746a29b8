"""The Keras model of a run, kept beside its model file: what was learnt, before it was converted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dslite import Error
from dslite.util.atomic import replacing

NETWORK = "network.keras"


def save_network(model: Any, run: Path) -> None:
    """Write ``model`` into the folder of its run.

    Raises:
        Error: it cannot be written.
    """
    draft = run / f".{NETWORK}"  # Keras goes by the ending and opens the file itself
    try:
        model.save(draft)
        content = draft.read_bytes()
    except OSError as error:
        raise Error(f"{run / NETWORK}: cannot be written: {error.strerror or error}") from error
    finally:
        draft.unlink(missing_ok=True)
    with replacing(run / NETWORK) as file:
        file.write(content)


def load_network(run: Path) -> Any:
    """Read the Keras model of a run.

    Raises:
        Error: it is missing or damaged.
    """
    from dslite.training.network import arelu  # noqa: F401, its layer is known to Keras once it is imported
    from dslite.training.network.quiet_tensorflow import keras

    path = run / NETWORK
    if not path.is_file():
        raise Error(f"{path}: no such file; the run was not finished, or made by an older dslite")
    try:
        return keras.saving.load_model(path, compile=False)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Error(
            f"{path}: not a network that Keras reads: {' '.join(str(error).split())[:160]}"
        ) from error
