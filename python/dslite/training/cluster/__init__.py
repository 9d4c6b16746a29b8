"""Trainings side by side, in processes of their own or on Dask workers."""
