"""Signals that are hard in known ways."""

import numpy as np


def synthetic_signals(samples: int, rate_hz: int = 16000) -> dict[str, np.ndarray]:
    """Seeded signals, float32, each with something a front end can get wrong."""
    rng = np.random.default_rng(7)
    t = np.arange(samples) / rate_hz
    sweep = np.sin(2 * np.pi * (100 * t + (rate_hz / 4 - 100) / (2 * max(t[-1], 1e-9)) * t * t))
    clicks = np.zeros(samples)
    clicks[:: max(1, samples // 7)] = 1.0
    signals = {
        "noise": 0.1 * rng.standard_normal(samples),
        "loud_noise": 3.0 * rng.standard_normal(samples),
        "tone": 0.5 * np.sin(2 * np.pi * 1000.3 * t) + 1e-4 * rng.standard_normal(samples),
        "sweep": 0.7 * sweep,
        "clicks": clicks,
        "offset": 0.3 + 0.01 * rng.standard_normal(samples),
        "fading": rng.standard_normal(samples) * np.exp(-6 * np.arange(samples) / samples),
        "faint": 1e-6 * rng.standard_normal(samples),
        "silence": np.zeros(samples),
        "subnormal": 1e-41 * rng.standard_normal(samples),
    }
    return {name: signal.astype(np.float32) for name, signal in signals.items()}
