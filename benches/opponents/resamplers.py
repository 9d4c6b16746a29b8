"""Libraries that resample: work F, at the quality that comes nearest to dslite's."""

from math import gcd

import numpy as np

from benches.works import Call, Work


def soxr_hq(work: Work) -> Call:
    import soxr

    return lambda: soxr.resample(work.samples, *work.rates_hz, quality="HQ")


def soxr_vhq(work: Work) -> Call:
    import soxr

    return lambda: soxr.resample(work.samples, *work.rates_hz, quality="VHQ")


def scipy_polyphase(work: Work) -> Call:
    """A Kaiser window of dslite's length and shape; SciPy's default filter is much shorter."""
    from scipy.signal import firwin, resample_poly

    from_hz, to_hz = work.rates_hz
    divisor = gcd(from_hz, to_hz)
    up, down = to_hz // divisor, from_hz // divisor
    half = 88 * max(up, down)
    taps = firwin(2 * half + 1, 0.952 / max(up, down), window=("kaiser", 12.8)).astype(np.float32)
    return lambda: resample_poly(work.samples, up, down, window=taps)


def libsamplerate(work: Work) -> Call:
    import samplerate

    from_hz, to_hz = work.rates_hz
    samples = np.append(work.samples, np.zeros(8, np.float32))  # it may leave the last output out
    count = len(work.expected)
    return lambda: samplerate.resample(samples, to_hz / from_hz, "sinc_best")[:count]
