"""NumPy and FFTW, planned with FFTW_MEASURE."""

import numpy as np
import pyfftw

from benches import reference
from benches.works import Call, Work

# Of (frames, bins) as many rows as the second-level cache holds are done at a time.
BATCH = 256


def _plan(rows: int, length: int) -> pyfftw.FFTW:
    source = pyfftw.empty_aligned((rows, length), "float32")
    spectra = pyfftw.empty_aligned((rows, length // 2 + 1), "complex64")
    return pyfftw.FFTW(source, spectra, axes=(1,), flags=("FFTW_MEASURE",), threads=1)


def log_mel(work: Work) -> Call:
    numbers = work.numbers
    frames = reference.frames(work.samples, numbers)
    window = reference.hann(numbers).astype(np.float32)
    mel = reference.mel_matrix(numbers).astype(np.float32)
    plan = _plan(BATCH, numbers.fft)
    plan.input_array[:] = 0  # beyond the window it stays so
    power = np.empty(plan.output_shape, np.float32)
    square = np.empty_like(power)
    out = np.empty((len(frames), numbers.bands), np.float32)

    def run() -> np.ndarray:
        for start in range(0, len(frames), BATCH):
            part = frames[start : start + BATCH]
            rows = len(part)
            np.multiply(part, window, out=plan.input_array[:rows, : numbers.window])
            plan.execute()
            np.square(plan.output_array.real, out=power)
            np.add(power, np.square(plan.output_array.imag, out=square), out=power)
            np.matmul(power[:rows], mel, out=out[start : start + rows])
        np.add(out, np.float32(numbers.amin), out=out)
        return np.log(out, out=out)

    return run


def fft(work: Work) -> Call:
    plan = _plan(*work.samples.shape)
    plan.input_array[:] = work.samples

    def run() -> np.ndarray:
        plan.execute()
        return plan.output_array

    return run
