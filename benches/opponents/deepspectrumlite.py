"""DeepSpectrumLite's preprocessing of a chunk in TensorFlow's operations, as its paper's pipeline has
it: in tf.function, and converted to TensorFlow Lite and run by LiteRT."""

import numpy as np
import tensorflow as tf

from benches import reference
from benches.works import Call, Work

PEAK = 0.7079  # −3 dBFS


def one_thread() -> None:
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)


def preprocessor(work: Work):
    """The tf.function: a chunk of ``work`` → its tensor."""
    numbers = work.numbers
    mel = tf.constant(reference.mel_matrix(numbers), tf.float32)
    palette = tf.constant(reference.viridis(), tf.float32)
    mean = tf.constant(reference.TORCH_MEAN, tf.float32)
    deviation = tf.constant(reference.TORCH_DEVIATION, tf.float32)
    size = (reference.PICTURE_SIZE, reference.PICTURE_SIZE)

    def colours(values: tf.Tensor) -> tf.Tensor:
        low = tf.reduce_min(values)
        at = tf.minimum(255 * (values - low) / (tf.reduce_max(values) - low), 255)
        below = tf.floor(at)
        share = tf.expand_dims(at - below, -1)
        lower = tf.gather(palette, tf.cast(below, tf.int32))
        upper = tf.gather(palette, tf.cast(tf.math.ceil(at), tf.int32))
        return lower * (1 - share) + upper * share

    @tf.function(input_signature=[tf.TensorSpec(work.samples.shape, tf.float32)])
    def run(samples: tf.Tensor) -> tf.Tensor:
        samples = samples * (PEAK / tf.reduce_max(tf.abs(samples)))
        spectra = tf.signal.stft(samples, numbers.window, numbers.hop, numbers.fft)
        power = tf.matmul(tf.abs(spectra) ** 2, mel)
        db = 10 / np.log(10) * tf.math.log(tf.maximum(power, numbers.amin))
        picture = tf.image.resize(colours(db)[None], size, "nearest") * 255
        picture = tf.image.rot90(tf.clip_by_value(picture, 0, 255))
        return (picture[0] / 255 - mean) / deviation

    return run


def in_tf_function(work: Work) -> Call:
    one_thread()
    run = preprocessor(work)
    samples = tf.constant(work.samples)
    return lambda: run(samples).numpy()


def on_litert(work: Work) -> Call:
    from ai_edge_litert.interpreter import Interpreter

    one_thread()
    run = preprocessor(work)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([run.get_concrete_function()])
    interpreter = Interpreter(model_content=converter.convert(), num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    result = interpreter.get_output_details()[0]["index"]

    def call() -> np.ndarray:
        interpreter.set_tensor(source, work.samples)
        interpreter.invoke()
        return interpreter.get_tensor(result)

    return call
