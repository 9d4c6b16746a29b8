"""What the documentation says of the recipe is what the core does."""

import re
import tomllib

import pytest
from cpp_builds import REPOSITORY

import dslite

TEXT = (REPOSITORY / "docs" / "recipe.md").read_text()
KEY_ROW = re.compile(r"^\| `(\w+)` \| `([^`]+)` \|", re.MULTILINE)


def documented() -> dict[str, dict[str, object]]:
    """The tables of docs/recipe.md: {table: {key: default}}."""
    _, *parts = re.split(r"^## \[(\w+)\]$", TEXT, flags=re.MULTILINE)
    return {
        table: {key: tomllib.loads(f"value = {default}")["value"] for key, default in KEY_ROW.findall(part)}
        for table, part in zip(parts[::2], parts[1::2], strict=True)
    }


def test_every_key_is_documented_with_its_default():
    assert documented() == dslite.Recipe().to_dict()


def test_the_error_shown_is_the_error_raised():
    shown = re.search(r"^line 2: .*$", TEXT, re.MULTILINE).group()
    with pytest.raises(ValueError, match=f"^{re.escape(shown)}$"):
        dslite.Recipe.from_toml("[stft]\nhop_seconds = 0\n")
