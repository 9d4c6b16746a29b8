"""From a folder or a table to parts, folds and chunks of sound. Imports no TensorFlow."""
