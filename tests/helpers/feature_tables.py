"""Tables of features read back by others: pandas, and the rules of Weka."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import arff


def read_back(path: Path) -> pd.DataFrame:
    """The rows as someone else's reader has them."""
    if path.suffix == ".csv":
        return pd.read_csv(path)
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".arff":
        rows, about = arff.loadarff(path)
        table = pd.DataFrame({name: rows[name] for name in about.names()})
        for name in ("file", "label"):
            assert about[name][0] == "nominal"
            table[name] = [value.decode() for value in table[name]]
        return table
    arrays = np.load(path, allow_pickle=False)
    features = dict(zip(arrays["names"], arrays["features"].T, strict=True))
    assert arrays["features"].dtype == np.float32
    others = {name: arrays[name] for name in ("file", "start", "end") if name in arrays}
    return pd.DataFrame(others | features | {"label": arrays["label"]})


def weka_tokens(line: str) -> list[str]:
    """The values of a line by the rules of Weka's reader: Java's StreamTokenizer with two kinds of quotes."""
    tokens, position = [], 0
    escapes = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
    while position < len(line):
        character = line[position]
        if character <= " " or character in ",{}":
            position += 1
        elif character in "'\"":
            token, position = "", position + 1
            while line[position] != character:
                if line[position] == "\\":
                    position += 1
                    assert line[position] not in "01234567"  # octal
                    token += escapes.get(line[position], line[position])
                else:
                    token += line[position]
                position += 1
            tokens.append(token)
            position += 1
        else:
            end = next((i for i in range(position, len(line)) if line[i] in " ,{}'\"%"), len(line))
            tokens.append(line[position:end])
            position = end
    return tokens
