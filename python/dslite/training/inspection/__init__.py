"""What a data set is like, before anything is trained on it, and the recipe that suits it. No TensorFlow."""
