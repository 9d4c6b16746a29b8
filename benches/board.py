"""dslite-run beside a bare C loop around the same inference library and model: time, memory, a day of sound.

    python -m benches.board dslite-run libLiteRt.so model.tflite [--hours 24]

The model takes and gives floats. Both run on one thread, in turns. Peak memory is the kernel's VmHWM, read
while a program waits for more input.
"""

import argparse
import json
import re
import statistics
import subprocess
import tempfile
import time
import wave
from pathlib import Path

import numpy as np

import dslite

SOURCE = Path(__file__).parent / "bare.c"
RATE_HZ = 16000


def kib(pid: int, name: str) -> int:
    """A figure of /proc/PID/status, such as VmHWM, the peak of resident memory."""
    return int(re.search(rf"{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())[1])


class Program:
    """A program that answers a line for what is written to it."""

    def __init__(self, *command: str | Path):
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [str(word) for word in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
        )

    def answer(self, sound: bytes = b"") -> float:
        """Writes, waits for a line, and returns the milliseconds since the program began."""
        self.process.stdin.write(sound)
        line = self.process.stdout.readline()
        assert line.strip(), "no answer"
        return (time.perf_counter() - self.began) * 1000

    def end(self) -> int:
        """The peak of its memory in kB; then the program ends."""
        peak = kib(self.process.pid, "VmHWM")
        self.process.stdin.close()
        self.process.stdout.read()
        assert self.process.wait() == 0
        return peak


def write_wav(path: Path, seconds: float) -> Path:
    noise = np.random.default_rng(0).integers(-9000, 9000, int(seconds * RATE_HZ)).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(noise.tobytes())
    return path


def side_by_side(program: Path, bare: list, library: Path, model: Path, clip: Path, runs: int):
    """(exec to first answer in ms, peak memory in kB) of both, `runs` of each in turns."""
    rows: dict[str, list[tuple[float, int]]] = {"dslite-run": [], "bare": []}
    seconds = dslite.Model(model).recipe.chunk.seconds
    raw = np.zeros(int(2 * seconds * RATE_HZ), "<i2").tobytes()
    for _ in range(runs):
        one = Program(program, "--runtime", library, model, clip)
        first = one.answer()
        one.process.communicate()
        live = Program(program, "--runtime", library, "--rate", str(RATE_HZ), model, "-")
        live.answer(raw)
        rows["dslite-run"].append((first, live.end()))
        loop = Program(*bare)
        first = loop.answer(b"\n")
        loop.answer(b"\n")
        rows["bare"].append((first, loop.end()))
    return rows


def day(program: Path, library: Path, model: Path, hours: float) -> None:
    """Hours of noise as fast as it goes: every answer, its times, and the memory as it goes."""
    chunk = dslite.Model(model).recipe.chunk
    minute = np.random.default_rng(1).integers(-9000, 9000, 60 * RATE_HZ).astype("<i2").tobytes()
    command = [program, "--runtime", library, "--rate", str(RATE_HZ), model, "-"]
    with tempfile.TemporaryFile("w+") as answers:
        process = subprocess.Popen([str(w) for w in command], stdin=subprocess.PIPE, stdout=answers)
        resident = []
        for _ in range(int(hours * 60)):
            process.stdin.write(minute)
            resident.append(kib(process.pid, "VmRSS"))
        process.stdin.close()
        assert process.wait() == 0
        answers.seek(0)
        spans = [(row["start"], row["end"]) for row in map(json.loads, answers)]
    expected = (hours * 3600 - chunk.seconds) / chunk.hop_seconds + 1
    exact = all(
        (start, end) == (i * chunk.hop_seconds, i * chunk.hop_seconds + chunk.seconds)
        for i, (start, end) in enumerate(spans[: int(expected)])
    )
    print(f"{hours:g} h: {len(spans)} answers ({int(expected)} whole chunks), times exact: {exact}")
    print(f"resident memory, kB: {resident[1]} after a minute, at most {max(resident[1:])} later")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in "program", "library", "model":
        parser.add_argument(name, type=Path)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--hours", type=float, default=0)
    wanted = parser.parse_args()
    program, library, model = (path.resolve() for path in (wanted.program, wanted.library, wanted.model))
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["cc", "-O2", "-o", f"{folder}/bare", str(SOURCE), "-ldl"], check=True)
        opened = dslite.Model(model)
        picture = opened.recipe.picture
        sides = picture.height, picture.width, 1 if picture.colormap == "none" else 3, len(opened.labels)
        bare = [f"{folder}/bare", library, model, *sides]
        clip = write_wav(Path(folder) / "clip.wav", 4.0)
        rows = side_by_side(program, bare, library, model, clip, wanted.runs)
    for name, measured in rows.items():
        first, peak = zip(*measured, strict=True)
        print(
            f"{name}: exec to first answer {min(first):.1f} ms at best, "
            f"{statistics.median(first):.1f} median; peak memory {statistics.median(peak):.0f} kB"
        )
    told = subprocess.run(
        [program, "--runtime", library, "--bench", "--rate", str(RATE_HZ), model],
        capture_output=True,
        check=True,
    )
    stages = {name: row["median_ms"] for name, row in json.loads(told.stdout)["stages"].items()}
    others = sum(stages[name] for name in ("resample", "mel", "tensor") if name in stages)
    print(f"per chunk: network {stages['network']:.2f} ms, everything else {others:.3f} ms")
    print(f"everything else is {100 * others / (others + stages['network']):.2f} % of both")
    if wanted.hours:
        day(program, library, model, wanted.hours)


if __name__ == "__main__":
    main()
