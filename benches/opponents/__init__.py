"""Others doing the works. Each function takes a Work and returns a call that does it once.

Tables are made beforehand and memory is reused where the library lets its user do so: every opponent
is written as someone who cares about speed would write it.
"""
