"""A labelled set made from nothing, and the whole way from it to a model file."""
