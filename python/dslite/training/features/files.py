"""Rows of features written as they come, as CSV, ARFF, NPZ or Parquet; none of them held in memory.

The columns are ``file``, of windows ``start`` and ``end`` in seconds, the features, and where there are
labels ``label``: last, where Weka looks for the class.
"""

from __future__ import annotations

import re
import zipfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Protocol, overload

import numpy as np
import numpy.typing as npt

from dslite.util.atomic import check_writable, replacing
from dslite.util.scratch import scratch_folder
from dslite.util.spill import mapped, spilling
from dslite.util.text import csv_line, escaped, utf8

#: Parquet: so many bytes of features, or rows, become one row group, the unit that is read at once.
ROW_GROUP_BYTES, ROW_GROUP_ROWS = 1 << 24, 8192
#: NPZ: rows of a column that are converted at a time.
BLOCK = 4096


@dataclass(frozen=True)
class Columns:
    """What every row of a file holds.

    ``files`` names the recordings, and ``labels``, where given, is the label of each.
    """

    files: Sequence[str]
    features: Sequence[str]
    times: bool
    labels: Sequence[str] | None = None

    def names(self) -> list[str]:
        """The columns' names, in order."""
        times = ["start", "end"] if self.times else []
        return ["file", *times, *self.features, *(["label"] if self.labels is not None else [])]


class _Escaped(Sequence[str]):
    """Names of files, of which some may be no UTF-8, as text that every format takes."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    def __len__(self) -> int:
        return len(self._names)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> _Escaped: ...
    def __getitem__(self, index: int | slice) -> str | _Escaped:
        found = self._names[index]
        return escaped(found) if isinstance(found, str) else _Escaped(found)


class Writer(Protocol):
    """Takes rows: of which file, from when to when, and (features,) float32."""

    def add(self, file: int, start_s: float, end_s: float, features: npt.NDArray[np.float32]) -> None:
        """Write one row."""

    def finish(self) -> None:
        """Write what is still to be written."""


def check_output(path: Path) -> None:
    """Find out before long work whether ``path`` has a known suffix and can be written.

    Raises:
        ValueError: another suffix than .csv, .arff, .npz or .parquet.
        Error: it cannot be written.
    """
    if path.suffix not in WRITERS:
        raise ValueError(f"{path}: '{path.suffix}' given, expected one of {', '.join(WRITERS)}")
    check_writable(path)


@contextmanager
def writing(path: Path, columns: Columns) -> Iterator[Writer]:
    """Write rows to ``path``, in the format of its suffix; it is there when all are, or not at all.

    Raises:
        ValueError: an unknown suffix.
        Error: it cannot be written, a full disk among the reasons; ``path`` is as it was.
    """
    check_output(path)
    # Parquet and NumPy's archive hold text, not bytes; one spelling for all four.
    columns = replace(columns, files=_Escaped(columns.files))
    with replacing(path) as file, ExitStack() as stack:
        writer = WRITERS[path.suffix](file, columns, stack)
        yield writer
        writer.finish()


def _number(value: float) -> str:
    """Nine digits: enough to read any float32 back."""
    return f"{value:.9g}"


def _seconds(value: float) -> str:
    return repr(float(value))


class _Lines:
    """CSV, and what the rows of an ARFF file have in common with it."""

    def __init__(self, file: IO[bytes], columns: Columns, stack: ExitStack) -> None:
        self._file = file
        self._columns = columns
        self._write_header()

    def _write_header(self) -> None:
        self._write(csv_line(self._columns.names()))

    def _text(self, text: str) -> str:
        return csv_line([text])

    def _write(self, line: str) -> None:
        self._file.write(utf8(line) + b"\n")

    def add(self, file: int, start_s: float, end_s: float, features: npt.NDArray[np.float32]) -> None:
        """Write one row."""
        columns = self._columns
        cells = [self._text(columns.files[file])]
        cells += [_seconds(start_s), _seconds(end_s)] if columns.times else []
        cells += map(_number, features.tolist())
        cells += [self._text(columns.labels[file])] if columns.labels is not None else []
        self._write(",".join(cells))

    def finish(self) -> None:
        """Nothing is left to write."""


#: As Java's StreamTokenizer, by which Weka reads, takes them.
_ARFF_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


class _Arff(_Lines):
    """Weka's format; files and labels are nominal, as SciPy reads no string attributes."""

    def _write_header(self) -> None:
        columns = self._columns
        self._write("@relation dslite\n")
        # Not joined: of many files the line is long.
        self._file.write(b"@attribute file {")
        for index, name in enumerate(columns.files):
            self._file.write(utf8(("," if index else "") + self._text(name)))
        self._write("}")
        last = -1 if columns.labels is not None else None
        for name in columns.names()[1:last]:
            # Neither reader needs quotes here, and SciPy would keep them.
            plain = re.fullmatch(r"[\w./:+-]+", name, re.ASCII)
            self._write(f"@attribute {name if plain else self._text(name)} numeric")
        if columns.labels is not None:
            classes = ",".join(map(self._text, sorted(set(columns.labels))))
            self._write(f"@attribute label {{{classes}}}")
        self._write("\n@data")

    def _text(self, text: str) -> str:
        r"""Quote by Weka's rules, where a backslash escapes.

        Always, and by double quotes: SciPy learns the kind of quotes from the first line, and knows these
        without.
        """
        return '"' + "".join(_ARFF_ESCAPES.get(character, character) for character in text) + '"'


class _Npz:
    """NumPy's archive of arrays; the features wait on disk until their number is known."""

    def __init__(self, file: IO[bytes], columns: Columns, stack: ExitStack) -> None:
        self._file = file
        self._columns = columns
        folder = stack.enter_context(scratch_folder())
        self._spilt = folder / "features.f32"
        self._spilling = stack.enter_context(ExitStack())
        self._spill = self._spilling.enter_context(spilling(self._spilt))
        self._of, self._starts, self._ends = array("q"), array("d"), array("d")

    def add(self, file: int, start_s: float, end_s: float, features: npt.NDArray[np.float32]) -> None:
        """Keep one row."""
        self._spill.write(features.tobytes())
        self._of.append(file)
        self._starts.append(start_s)
        self._ends.append(end_s)

    def finish(self) -> None:
        """Write the archive."""
        self._spilling.close()
        columns = self._columns
        features = mapped(self._spilt).reshape(len(self._of), len(columns.features))
        with zipfile.ZipFile(self._file, "w", zipfile.ZIP_STORED) as archive:
            self._member(archive, "file", _Texts(columns.files, self._of))
            if columns.times:
                self._member(archive, "start", np.frombuffer(self._starts, np.float64))
                self._member(archive, "end", np.frombuffer(self._ends, np.float64))
            self._member(archive, "features", features)
            self._member(archive, "names", np.asarray(columns.features))
            if columns.labels is not None:
                self._member(archive, "label", _Texts(columns.labels, self._of))

    def _member(self, archive: zipfile.ZipFile, name: str, values: Any) -> None:
        """Write an array as ``name``.npy, a block of rows at a time."""
        head = {"descr": values.dtype.str, "fortran_order": False, "shape": values.shape}
        with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
            np.lib.format.write_array_header_1_0(member, head)
            for start in range(0, len(values), BLOCK):
                member.write(np.ascontiguousarray(values[start : start + BLOCK]).tobytes())


class _Texts:
    """An array of the texts chosen by ``of``, made a slice at a time: NumPy stores four bytes a letter."""

    def __init__(self, texts: Sequence[str], of: array[int]) -> None:
        self._texts = texts
        self._of = of
        self.dtype = np.dtype(f"<U{max(1, *map(len, texts)) if texts else 1}")
        self.shape = (len(of),)

    def __len__(self) -> int:
        return len(self._of)

    def __getitem__(self, rows: slice) -> npt.NDArray[np.str_]:
        return np.asarray([self._texts[index] for index in self._of[rows]], dtype=self.dtype)


class _Parquet:
    """Parquet, a column a feature, by row groups."""

    def __init__(self, file: IO[bytes], columns: Columns, stack: ExitStack) -> None:
        import pyarrow
        from pyarrow.parquet import ParquetWriter

        self._arrow = pyarrow
        self._columns = columns
        kinds = {"file": pyarrow.string(), "start": pyarrow.float64(), "end": pyarrow.float64()}
        kinds |= dict.fromkeys(columns.features, pyarrow.float32()) | {"label": pyarrow.string()}
        self._schema = pyarrow.schema([(name, kinds[name]) for name in columns.names()])
        # Statistics of thousands of columns would outgrow memory before the rows do.
        self._writer = stack.enter_context(
            ParquetWriter(file, self._schema, use_dictionary=["file", "label"], write_statistics=False)
        )
        self._rows = min(ROW_GROUP_ROWS, max(64, ROW_GROUP_BYTES // (4 * len(columns.features))))
        self._kept: list[tuple[int, float, float, npt.NDArray[np.float32]]] = []

    def add(self, file: int, start_s: float, end_s: float, features: npt.NDArray[np.float32]) -> None:
        """Keep one row until the row group is full."""
        self._kept.append((file, start_s, end_s, features))
        if len(self._kept) == self._rows:
            self.finish()

    def finish(self) -> None:
        """Write the rows kept as a row group."""
        if not self._kept:
            return
        of, starts, ends, features = zip(*self._kept, strict=True)
        self._kept = []
        columns = self._columns
        values: list[Any] = [[columns.files[index] for index in of]]
        values += [starts, ends] if columns.times else []
        values += list(np.ascontiguousarray(np.stack(features).T))
        values += [[columns.labels[index] for index in of]] if columns.labels is not None else []
        arrays = [self._arrow.array(v, field.type) for v, field in zip(values, self._schema, strict=True)]
        self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))


WRITERS: dict[str, Callable[[IO[bytes], Columns, ExitStack], Writer]] = {
    ".csv": _Lines,
    ".arff": _Arff,
    ".npz": _Npz,
    ".parquet": _Parquet,
}
