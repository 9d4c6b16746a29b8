"""Draw what augmentation makes of one recording: python augmentation.py [CLIP] [OUTPUT.png]"""

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from dslite import FrontEnd, Recipe, read_audio
from dslite.demo.sounds import record
from dslite.training.augment.model import vary
from dslite.training.augment.settings import Augmentation
from dslite.training.augment.signal import SignalAugmenter
from dslite.training.network.quiet_tensorflow import tf

ALWAYS = {"probability_min": 1.0, "probability_max": 1.0, "sapaugment": False}
SETTINGS = {
    "as it is": Augmentation(),
    "specaugment": Augmentation(specaugment=True, frequency_masks=2, time_masks=2, **ALWAYS),
    "cutmix": Augmentation(cutmix=True, cutmix_min=0.4, cutmix_max=0.5, **ALWAYS),
    "mixup": Augmentation(mixup=1.0),
    "time shift": Augmentation(time_shift=0.4),
}

recipe = Recipe().replace(chunk={"seconds": 3.0}, tensor={"scaling": "none"})
front, rate_hz = FrontEnd(recipe), recipe.audio.sample_rate_hz
clip = Path(sys.argv[1]) if len(sys.argv) > 1 else None
sound = read_audio(clip, rate_hz) if clip else record("birds", np.random.default_rng(4), rate_hz)
other = record("siren", np.random.default_rng(1), rate_hz)
# CutMix and mixup need another recording in the batch.
batch = np.stack([front.chunks(np.float32(samples))[0] for samples in (sound, other)])

figure = Figure(figsize=(10, 2.6), layout="constrained", dpi=80)
for axes, (name, settings) in zip(figure.subplots(1, len(SETTINGS)), SETTINGS.items(), strict=True):
    varied = SignalAugmenter(settings)(batch, np.random.default_rng(3))
    seed = tf.constant([0, 12], tf.int64)
    pictures, targets = vary(front.tensors(varied), tf.eye(2), None, settings, seed)
    axes.imshow(np.asarray(pictures[0]) / 255)
    axes.set_title(f"{name}\ntarget {targets[0, 0]:.2f}, {targets[0, 1]:.2f}", fontsize=9)
    axes.set_axis_off()
figure.savefig(sys.argv[2] if len(sys.argv) > 2 else "augmentation.png", pil_kwargs={"optimize": True})
