"""Files written whole: what is replaced, what is written into, and what is left behind."""

import os
import signal
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dslite import Error
from dslite.util.atomic import check_writable, replacing


def write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)


def test_a_file_is_replaced_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_bytes(b"old")
    write(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(UnicodeEncodeError), replacing(path) as file:
        file.write("half \ud800".encode(errors="surrogateescape"))
    assert path.read_bytes() == b"new"
    assert os.listdir(tmp_path) == ["out.csv"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_its_target_is_written(tmp_path: Path, exists: bool) -> None:
    (tmp_path / "disk").mkdir()
    target, link = tmp_path / "disk" / "target", tmp_path / "link"
    if exists:
        target.write_bytes(b"old")
    link.symlink_to("disk/target")
    write(link, b"new")
    assert os.readlink(link) == "disk/target"
    assert target.read_bytes() == b"new"
    assert sorted(os.listdir(tmp_path)) == ["disk", "link"]
    assert os.listdir(tmp_path / "disk") == ["target"]


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    content = bytes(range(256)) * 4096  # more than a pipe holds at a time
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    with replacing(path) as file:
        file.write(b"????" + content[4:])
        file.seek(0)
        file.write(content[:4])  # as writers of archives do
    reader.join(30)
    assert read == [content]
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_device_stays_a_device(tmp_path: Path) -> None:
    device = tmp_path / "null"
    try:
        os.mknod(device, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        device.write_bytes(b"")
    except PermissionError:
        device = Path("/dev/null")  # not root: it could not be replaced either
    write(device, b"gone")
    assert stat.S_ISCHR(device.stat().st_mode)


def test_a_full_device_is_an_error_of_one_line() -> None:
    with pytest.raises(Error, match=r"^/dev/full: cannot be written: No space left on device$"):
        write(Path("/dev/full"), b"x" * 100_000)


def test_stdout_by_its_name_is_appended_to(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"before\n")
    program = (
        "from pathlib import Path; from dslite.util.atomic import replacing\n"
        "with replacing(Path('/dev/stdout')) as file: file.write(b'new\\n')"
    )
    with log.open("ab") as out:
        subprocess.run([sys.executable, "-c", program], stdout=out, check=True)
    assert log.read_bytes() == b"before\nnew\n"


def test_the_longest_name_there_may_be(tmp_path: Path) -> None:
    path = tmp_path / ("ä" * 127)  # 254 bytes
    write(path, b"x")
    assert path.read_bytes() == b"x"


def test_what_cannot_be_written_is_said_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(Error, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(Error, match=r"there is no folder .*nowhere to write it into"):
        check_writable(tmp_path / "nowhere" / "x")
    (tmp_path / "link").symlink_to("gone/target")
    with pytest.raises(Error, match=r"there is no folder .*gone to write it into"):
        check_writable(tmp_path / "link")
    check_writable(Path("/dev/null"))


def test_sigterm_leaves_no_temporary_file(tmp_path: Path) -> None:
    """A command that is ended while it waits for a recording from a pipe leaves the folder as it was."""
    os.mkfifo(tmp_path / "clip.wav")
    program = (
        "import sys; from pathlib import Path; import click; from dslite.cli.common.base import Group\n"
        "from dslite.util.atomic import replacing\n"
        "@click.group(cls=Group)\n"
        "def main(): pass\n"
        "@main.command()\n"
        "def work():\n"
        f"    with replacing(Path({str(tmp_path / 'out.csv')!r})) as file:\n"
        "        print('begun', flush=True)\n"
        f"        open({str(tmp_path / 'clip.wav')!r}).read()\n"
        "main(['work'])"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        assert len(os.listdir(tmp_path)) == 2
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 128 + signal.SIGTERM
    assert os.listdir(tmp_path) == ["clip.wav"]
