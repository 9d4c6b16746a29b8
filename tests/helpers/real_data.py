"""Where the real recordings are."""

import os
from pathlib import Path

import pytest
from cpp_builds import REPOSITORY


def place_of_data(name: str) -> Path:
    """Where a set of real recordings is, if it is there: in $DSLITE_DATA or ../shared/data."""
    return Path(os.environ.get("DSLITE_DATA", REPOSITORY.parent / "shared" / "data")) / name


def data_folder(name: str) -> Path:
    """A set of real recordings; skips where it is missing."""
    if not (folder := place_of_data(name)).is_dir():
        pytest.skip(f"real recordings not found: {folder} (DSLITE_DATA names their folder)")
    return folder
