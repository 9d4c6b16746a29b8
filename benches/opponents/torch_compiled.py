"""torch.compile of the same operations."""

import numpy as np
import torch

from benches import reference
from benches.works import Call, Work

torch.set_num_threads(1)


def _tensor(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))


def _mel_power(numbers: reference.Numbers):
    window, mel = _tensor(reference.hann(numbers)), _tensor(reference.mel_matrix(numbers))

    def run(samples: torch.Tensor) -> torch.Tensor:
        spectra = torch.fft.rfft(samples.unfold(0, numbers.window, numbers.hop) * window, numbers.fft)
        return torch.view_as_real(spectra).square().sum(-1) @ mel

    return run


def _compiled(run, work: Work) -> Call:
    compiled = torch.compile(run, fullgraph=True, dynamic=False)
    samples = torch.from_numpy(work.samples)

    def call() -> np.ndarray:
        with torch.inference_mode():
            return compiled(samples).numpy()

    return call


def picture(work: Work) -> Call:
    mel_power = _mel_power(work.numbers)
    entries, steps = (_tensor(table) for table in reference.tensor_palette())
    frames = len(reference.frames(work.samples, work.numbers))
    pixels = torch.from_numpy(reference.picture_cells(frames, work.numbers.bands))

    def run(samples: torch.Tensor) -> torch.Tensor:
        db = 10 * torch.log10(mel_power(samples).clamp_min(work.numbers.amin))
        low = db.min()
        at = (db - low) * (255 / (db.max() - low))
        below = at.long()
        cells = entries[below] + steps[below] * (at - below)[..., None]
        return cells.reshape(-1, 3)[pixels]

    return _compiled(run, work)


def log_mel(work: Work) -> Call:
    mel_power = _mel_power(work.numbers)
    return _compiled(lambda samples: torch.log(mel_power(samples) + work.numbers.amin), work)
