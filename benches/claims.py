"""Who is raced, at what, and by how much dslite should win."""

from dataclasses import dataclass
from importlib import import_module

from .works import FFT_512, FFT_2048, LOG_MEL, LOG_MEL_SYMMETRIC, PICTURE, RESAMPLINGS, Call, Work, check


@dataclass(frozen=True)
class Claim:
    """dslite does `work` at least `at_least` times as fast as the opponent, `module:function`."""

    work: Work
    name: str
    opponent: str
    at_least: float
    tolerance: float = 0.0  # 0: the work's own
    share: float = 0.999  # of values within it

    def __str__(self) -> str:
        return f"{self.work.key}: {self.name}"

    def contest(self) -> Call:
        """The opponent, its result compared with dslite's. ImportError where it is not installed."""
        module, function = self.opponent.split(":")
        call = getattr(import_module(f"{__package__}.opponents.{module}"), function)(self.work)
        check(str(self), call(), self.work.expected, self.tolerance or self.work.tolerance, self.share)
        return call


CLAIMS = (
    Claim(PICTURE, "torch.compile of the same ops", "torch_compiled:picture", 7),
    Claim(PICTURE, "NumPy + SciPy FFT + lookup table", "numpy_scipy:picture", 12),
    # matplotlib does not mix neighbouring colours, and where an output pixel's centre falls between
    # two input rows (one picture row in seven) Pillow takes the other one.
    Claim(PICTURE, "librosa + matplotlib + Pillow", "librosa_pillow:picture", 18, tolerance=0.1, share=0.85),
    Claim(PICTURE, "DeepSpectrumLite's ops on LiteRT", "deepspectrumlite:on_litert", 50),
    Claim(PICTURE, "DeepSpectrumLite's ops in tf.function", "deepspectrumlite:in_tf_function", 50),
    Claim(LOG_MEL, "torch.compile", "torch_compiled:log_mel", 2.8),
    Claim(LOG_MEL, "NumPy + pyFFTW", "numpy_pyfftw:log_mel", 4),
    Claim(LOG_MEL, "librosa", "librosa_pillow:log_mel", 7),
    # Kaldi's Hann window is the symmetric one; nothing else differs.
    Claim(LOG_MEL_SYMMETRIC, "kaldi-native-fbank", "kaldi:log_mel", 28),
    *(
        Claim(work, name, opponent, 1)
        for work in (FFT_2048, FFT_512)
        for name, opponent in (
            ("SciPy", "numpy_scipy:fft"),
            ("pyFFTW (MEASURE)", "numpy_pyfftw:fft"),
            ("mkl_fft", "mkl:fft"),
        )
    ),
    *(
        # soxr is 1e-4 off the tones themselves where the rates are no multiples of each other.
        Claim(work, name, f"resamplers:{function}", at_least, tolerance=2e-4)
        for work in RESAMPLINGS
        for name, function, at_least in (
            ("soxr HQ", "soxr_hq", 0.4),
            ("soxr VHQ", "soxr_vhq", 0.5),
            ("SciPy resample_poly, our filter", "scipy_polyphase", 3),
            ("libsamplerate, sinc_best", "libsamplerate", 20),
        )
    ),
)
