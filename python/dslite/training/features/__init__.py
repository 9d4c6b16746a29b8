"""A backbone's activations of many recordings, as tables."""
