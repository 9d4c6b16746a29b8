"""Folders of temporary files: gone at the end, and swept after processes that were killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from dslite.util.scratch import scratch_folder

HOLD = """
import sys, time
from dslite.util.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "train.f32").write_bytes(bytes(1000))
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def hold() -> tuple[subprocess.Popen, Path]:
    """A process with a folder of its own."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True)
    return process, Path(process.stdout.readline().strip())


def test_a_folder_is_gone_at_the_end_and_after_an_error(temporary):
    def fail_within() -> None:
        with scratch_folder() as folder:
            (folder / "some").write_text("thing")
            assert folder.parent == temporary
            raise KeyError

    with pytest.raises(KeyError):
        fail_within()
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_deleted_and_what_a_living_one_has_is_not(temporary):
    killed, left = hold()
    living, used = hold()
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait()
    assert (left / "train.f32").is_file()
    with scratch_folder() as own:
        assert set(temporary.iterdir()) == {used, own}
        assert (used / "train.f32").stat().st_size == 1000
    living.kill()
    living.wait()
    living.stdout.close()
    killed.stdout.close()


def test_what_is_not_ours_is_left_alone(temporary, tmp_path_factory):
    """A folder of that name without a lock, a link to a folder with a free one, a file."""
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / ".lock").write_text("")
    (temporary / "dslite-link").symlink_to(elsewhere)
    (temporary / "dslite-mine").mkdir()
    (temporary / "dslite-notes").write_text("mine")
    with scratch_folder():
        pass
    assert sorted(path.name for path in temporary.iterdir()) == ["dslite-link", "dslite-mine", "dslite-notes"]
    assert (elsewhere / ".lock").exists()
