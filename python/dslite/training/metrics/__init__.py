"""From scores to measures with intervals, and comparisons of them. Imports no TensorFlow."""
