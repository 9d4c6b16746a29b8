"""The bundle's writer: a .tflite flatbuffer with a ZIP archive of its recipe and more behind it."""

from __future__ import annotations

import io
import os
import time
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from dslite import Recipe
from dslite.util.atomic import replacing
from dslite.util.toml import TomlTables, to_toml

MODEL = "model.toml"
#: One date for every entry, the earliest that ZIP knows: the same model is the same bytes.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)


def write_bundle(path: Path, tflite: bytes, entries: Mapping[str, bytes]) -> None:
    """Write ``tflite`` and behind it ``entries``, uncompressed, in their order.

    Their model.toml gets the CRC-32 of ``tflite`` as ``network_crc32``, by which ``verify`` and ``info``
    find a damaged file.

    Raises:
        Error: the file cannot be written; what was at ``path`` is still there.
    """
    with replacing(path) as file:
        file.write(bundle_bytes(tflite, entries))


def bundle_bytes(tflite: bytes, entries: Mapping[str, bytes]) -> memoryview:
    """What ``write_bundle`` writes."""
    content = io.BytesIO()
    content.write(tflite)
    # Appending makes zipfile count offsets from the start of the whole file, as unzip expects.
    with zipfile.ZipFile(content, "a", zipfile.ZIP_STORED) as archive:
        for name, data in {**entries, MODEL: _with_checksum(entries[MODEL], tflite)}.items():
            info = zipfile.ZipInfo(name, ZIP_DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return content.getbuffer()


def _with_checksum(model_toml: bytes, tflite: bytes) -> bytes:
    """Set the key, which comes first: a key of no table precedes every table."""
    key = b"network_crc32 = "
    kept = [line for line in model_toml.splitlines(keepends=True) if not line.startswith(key)]
    return key + f'"{zlib.crc32(tflite):08x}"\n'.encode() + b"".join(kept)


def core_entries(recipe: Recipe, labels: Sequence[str], model: TomlTables) -> dict[str, bytes]:
    """The entries without which no model answers; ``model``'s table "" comes first."""
    return {
        "recipe.toml": recipe.to_toml().encode(),
        MODEL: to_toml(model).encode(),
        "labels.txt": "".join(f"{label}\n" for label in labels).encode(),
    }


def today() -> str:
    """The date, UTC; $SOURCE_DATE_EPOCH overrides it where a build must repeat exactly."""
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
    return time.strftime("%Y-%m-%d", time.gmtime(seconds))
