"""NumPy and SciPy's FFT, by hand."""

import numpy as np
import scipy.fft

from benches import reference
from benches.works import Call, Work


def picture(work: Work) -> Call:
    numbers = work.numbers
    frames = reference.frames(work.samples, numbers)
    window = reference.hann(numbers).astype(np.float32)
    mel = reference.mel_matrix(numbers).astype(np.float32)
    entries, steps = (table.astype(np.float32) for table in reference.tensor_palette())
    pixels = reference.picture_cells(len(frames), numbers.bands)
    out = np.empty((*pixels.shape, 3), np.float32)

    def run() -> np.ndarray:
        power = reference.power(scipy.fft.rfft(frames * window, workers=1)) @ mel
        db = 10 * np.log10(np.maximum(power, numbers.amin, out=power), out=power)
        low = db.min()
        at = (db - low) * (255 / (db.max() - low))
        below = at.astype(np.int32)
        cells = entries.take(below, axis=0)
        cells += steps.take(below, axis=0) * (at - below)[..., None].astype(np.float32)
        return cells.reshape(-1, 3).take(pixels, axis=0, out=out, mode="clip")

    return run


def fft(work: Work) -> Call:
    return lambda: scipy.fft.rfft(work.samples, workers=1)
