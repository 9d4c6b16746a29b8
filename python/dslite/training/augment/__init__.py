"""Variations of the recordings while a network learns: of the sound, and of the pictures made of it.

``settings`` says what may vary and imports no TensorFlow; ``signal`` varies samples before the core makes
pictures of them; ``model`` varies the pictures inside the training step.
"""
