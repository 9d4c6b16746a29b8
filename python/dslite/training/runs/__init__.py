"""The folder that holds all there is to know of a training: written, read back, compared."""
