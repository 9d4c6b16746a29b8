"""Errors of every stage against float64 oracles: ``python -m benches.accuracy`` prints the table.

The oracles are the tests' (``tests/helpers/oracles.py``); the signals are white noise and, where the
recordings are found (``DSLITE_DATA`` or ``../shared/data``), the first chunks of twenty utterances.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import dslite
from dslite._dslite import Fft, mel_matrix, resample, window

TESTS = Path(__file__).resolve().parent.parent / "tests"
sys.path.insert(0, str(TESTS / "helpers"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import oracles  # noqa: E402

RECIPE = dslite.Recipe()


def errors(ours: np.ndarray, exact: np.ndarray) -> str:
    error = np.abs(ours - exact)
    return f"{error.max():.1e} | {np.sqrt(np.mean(error**2)):.1e}"


def speech() -> list[np.ndarray]:
    data = Path(os.environ.get("DSLITE_DATA", TESTS.parent.parent / "shared" / "data"))
    front = dslite.FrontEnd(RECIPE)
    paths = sorted((data / "emodb" / "wav").glob("*.wav"))[:20]
    return [front.chunks(dslite.read_audio(path, 16000))[0] for path in paths]


def tone_error() -> str:
    """Resampling a tone inside the pass band, against the tone sampled at the new rate."""
    t = np.arange(44100) / 44100
    ours = resample(np.sin(2 * np.pi * 5000 * t).astype(np.float32), 44100, 16000)
    exact = np.sin(2 * np.pi * 5000 * np.arange(len(ours)) / 16000)
    return errors(ours[2000:-2000], exact[2000:-2000])


def rows() -> Iterator[tuple[str, str, str]]:
    import scipy.fft
    import scipy.signal

    noise = (0.1 * np.random.default_rng(0).standard_normal(64000)).astype(np.float32)
    frames = noise[: 30 * 2048].reshape(30, 2048)
    exact = np.fft.rfft(frames.astype(np.float64))
    unit = np.sqrt(np.mean(np.abs(exact) ** 2))
    matrix = oracles.htk_matrix(128, 1025, 16000, 0.0, 8000.0).T
    yield "resample, 5 kHz tone, 44.1 → 16 kHz", "the tone", tone_error()
    yield "window (hann, 2048)", "SciPy", errors(window(RECIPE), scipy.signal.get_window("hann", 2048))
    yield "FFT 2048, of the RMS bin", "NumPy, float64", errors(Fft(2048)(frames) / unit, exact / unit)
    yield "(SciPy's FFT in float32)", "NumPy, float64", errors(scipy.fft.rfft(frames) / unit, exact / unit)
    yield "mel filterbank", "TensorFlow, float64", errors(mel_matrix(RECIPE), matrix)
    for name, chunks in (("noise", [noise]), ("speech", speech())):
        if chunks:
            yield from picture_rows(name, chunks)


def picture_rows(name: str, chunks: list[np.ndarray]) -> Iterator[tuple[str, str, str]]:
    front = dslite.FrontEnd(RECIPE)
    exact = [oracles.default_log_mel(RECIPE, chunk) for chunk in chunks]
    near = np.stack([e > e.max() - 60 for e in exact])
    stack = np.stack(exact)[near]
    ours = np.stack([front.log_mel(chunk) for chunk in chunks])[near]
    theirs = np.stack([oracles.tensorflow_log_mel(RECIPE, chunk) for chunk in chunks])[near]
    yield f"log-mel within 60 dB, dB, {name}", "NumPy, float64", errors(ours, stack)
    yield f"(tf.signal in float32, {name})", "NumPy, float64", errors(theirs, stack)
    pictures = np.stack([oracles.picture(e, RECIPE) for e in exact])
    drawn = np.stack([front.picture(chunk) for chunk in chunks])
    equal = (np.rint(drawn) == np.rint(pictures)).mean()
    yield f"picture of 0…255, {name}", f"oracles; {equal:.2%} equal rounded", errors(drawn, pictures)


def main() -> None:
    print("| stage | against | largest | RMS |\n|---|---|---|---|")
    for stage, oracle, figures in rows():
        print(f"| {stage} | {oracle} | {figures} |")


if __name__ == "__main__":
    main()
