"""From a folder of recordings to one model file; needs ``pip install '.[train]'``.

The modules here may import TensorFlow, scikit-learn and pandas; nothing outside imports them before
a command needs them.
"""
