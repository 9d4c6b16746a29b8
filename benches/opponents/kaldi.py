"""kaldi-native-fbank with its extras (dither, pre-emphasis, mean removal) off; for symmetric windows."""

import kaldi_native_fbank as knf
import numpy as np

from benches.works import Call, Work


def log_mel(work: Work) -> Call:
    numbers = work.numbers
    options = knf.FbankOptions()
    frame = options.frame_opts
    frame.samp_freq = numbers.rate_hz
    frame.frame_length_ms = 1000 * numbers.window / numbers.rate_hz
    frame.frame_shift_ms = 1000 * numbers.hop / numbers.rate_hz
    frame.window_type = "hanning"
    frame.dither = 0.0
    frame.preemph_coeff = 0.0
    frame.remove_dc_offset = False
    frame.snip_edges = True
    options.mel_opts.num_bins = numbers.bands
    options.mel_opts.low_freq = 0.0
    options.use_energy = False

    def run() -> np.ndarray:
        features = knf.OnlineFbank(options)
        features.accept_waveform(numbers.rate_hz, work.samples)
        features.input_finished()
        return np.stack([features.get_frame(i) for i in range(features.num_frames_ready)])

    return run
