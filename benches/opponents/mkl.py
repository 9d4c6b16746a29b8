"""Intel's MKL through mkl_fft."""

import mkl_fft

from benches.works import Call, Work


def fft(work: Work) -> Call:
    return lambda: mkl_fft.rfft(work.samples)
