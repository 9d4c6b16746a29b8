"""Speed of the front end against other ways to compute the same: ``python -m benches``.

Importing this package sets every numeric library to one thread, so it comes before NumPy.
"""

import os

for _variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[_variable] = "1"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
