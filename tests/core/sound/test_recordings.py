"""What is found in folders: links followed once, and nothing passed over without a word."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dslite import Error
from dslite.recordings import LeftOut, audio_in, expand


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


def below(root: Path, paths: list[Path]) -> list[str]:
    return [path.relative_to(root).as_posix() for path in paths]


def test_links_are_followed_and_loops_are_not(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "a.wav", "sub/b.wav")
    touch(tmp_path / "disk", "c.wav")
    (root / "disk").symlink_to("../disk")
    (root / "again").symlink_to("../disk")
    (root / "sub" / "up").symlink_to("..")
    (root / "itself").symlink_to("itself")
    (root / "linked.wav").symlink_to("../disk/c.wav")
    left_out = LeftOut()
    found = below(root, audio_in(root, left_out))
    assert found == ["a.wav", "again/c.wav", "linked.wav", "sub/b.wav"]
    messages = [failure.message for failure in left_out.failures]
    assert messages == [f"{root}/itself: Too many levels of symbolic links"]


def test_other_suffixes_are_counted(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "a.wav", "x.m4a", "sub/y.M4A", "notes.txt", "README", ".hidden.m4a")
    left_out = LeftOut()
    assert below(root, expand([root], left_out)) == ["a.wav"]
    assert left_out.note() == "4 files are not read, by the suffix: .m4a (2), no suffix (1), .txt (1)"
    assert LeftOut().note() == ""


def test_a_folder_of_nothing_but_others_says_what_there_is(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "x.m4a")
    with pytest.raises(Error, match=r"no audio file .*; 1 file is not read, by the suffix: .m4a \(1\)"):
        expand([root])


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "a.wav")
    os.mkfifo(root / "pipe.wav")
    (root / "gone.wav").symlink_to("nowhere")
    left_out = LeftOut()
    assert below(root, expand([root], left_out)) == ["a.wav"]
    assert [failure.message for failure in left_out.failures] == [
        f"{root}/gone.wav: a link to nothing, expected a file",
        f"{root}/pipe.wav: a pipe or a device, expected a file",
    ]


PROGRAM = """
import sys; from pathlib import Path; from dslite.recordings import *
left_out = LeftOut(); print(len(expand([Path(sys.argv[1])], left_out)))
for failure in left_out.failures: print(failure.message)
"""


def test_a_locked_folder_is_named(tmp_path: Path) -> None:
    root = touch(tmp_path / "in", "a.wav", "locked/b.wav")
    (root / "locked").chmod(0)
    without = ["--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
    as_others = ["setpriv", *without] if os.geteuid() == 0 else []
    if as_others and shutil.which("setpriv") is None:
        pytest.skip("root may read every folder, and setpriv (util-linux) is not here")
    try:
        command = [*as_others, sys.executable, "-c", PROGRAM, root]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    finally:
        (root / "locked").chmod(0o700)
    assert done.stdout == f"1\n{root}/locked: Permission denied; this folder is left out\n"
