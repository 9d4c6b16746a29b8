"""``python -m benches.memory``: the peak memory of decoding for training and of ``dslite embed``, for 1000
and for 100 000 files (links to short clips). Anonymous memory is counted, not the pages of mapped files,
which the system takes back when it needs them."""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
import wave
from pathlib import Path

import numpy as np

RECIPE = """[chunk]\nseconds = 0.25\nhop_seconds = 0.25
[stft]\nwindow_seconds = 0.032\nhop_seconds = 0.015625\nfft_seconds = 0.032
[mel]\nbands = 20\n[picture]\nheight = 16\nwidth = 16\n"""
CLASSES = 10


def make_folder(folder: Path, count: int) -> None:
    """A folder of `CLASSES` folders of links to clips of half a second, and the label table."""
    for index in range(CLASSES):  # a file system allows some ten thousand links to a file
        samples = np.rint(3000 * np.random.default_rng(index).standard_normal(8000)).astype("<i2")
        with wave.open(str(folder / f"{index}.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(16000)
            file.writeframes(samples.tobytes())
    (folder / "recipe.toml").write_text(RECIPE)
    with open(folder / "labels.csv", "w") as table:
        table.write("filename,label,fold\n")
        for index in range(count):
            place = folder / "audio" / f"class{index % CLASSES}" / f"a recording {index:06}.wav"
            if index < CLASSES:
                place.parent.mkdir(parents=True)
            os.link(folder / f"{index % CLASSES}.wav", place)
            table.write(f"{place.relative_to(folder / 'audio')},class{index % CLASSES},{index % 5}\n")


def anonymous_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("RssAnon")) / 1000


class Peak(threading.Thread):
    """Watches the anonymous memory of the process every 20 ms."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.begin = self.most = anonymous_mb()
        self.start()

    def run(self) -> None:
        while True:
            self.most = max(self.most, anonymous_mb())
            time.sleep(0.02)


def decode_for_training(folder: Path) -> None:
    """What ``dslite train`` does before the network: the label table, and every recording into the cache."""
    import dslite
    from dslite.training.data.chunks import decode
    from dslite.training.data.split import by_column
    from dslite.training.data.table import load

    peak = Peak()
    dataset = load(folder / "audio", folder / "labels.csv")
    split = by_column(dataset, "fold", ["4"])
    loaded = peak.most
    front = dslite.FrontEnd(dslite.Recipe.from_toml(RECIPE))
    chunks, failures = decode(split.train.paths, front, folder / "cache.f32")
    print(
        f"{len(chunks):7} chunks, {len(failures)} failures; at the start {peak.begin:.0f} MB, "
        f"with the table {loaded:.0f}, at most {peak.most:.0f}"
    )


def embed(folder: Path, suffix: str) -> None:
    """``dslite embed`` on the folder, in this process."""
    from dslite.cli import main as dslite
    from dslite.training.features.embed import Embedder

    Embedder("small_cnn", "none").vectors([np.zeros(64000, np.float32)])  # TensorFlow's own memory
    peak = Peak()
    out = folder / f"features.{suffix}"
    options = (
        f"--backbone small_cnn --weights none --recipe {folder / 'recipe.toml'} --batch-size 256 -o {out}"
    )
    dslite(["embed", str(folder / "audio"), *options.split()], standalone_mode=False)
    print(f"{out.stat().st_size / 1e6:7.1f} MB; at the start {peak.begin:.0f} MB, at most {peak.most:.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benches.memory", description=__doc__)
    parser.add_argument("--counts", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        folder, work = Path(options.child[0]), options.child[1]
        decode_for_training(folder) if work == "decode" else embed(folder, work)
        return
    for count in options.counts:
        with tempfile.TemporaryDirectory() as name:
            make_folder(Path(name), count)
            for work in ("decode", "npz", "csv", "parquet", "arff"):
                print(f"{count:7} files, {work:<8}", end="", flush=True)
                command = [sys.executable, "-m", "benches.memory", "--child", name, work]
                subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
