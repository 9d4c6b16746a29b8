"""A finished run's network in other numbers: converted, measured against the run's own model, or refused."""
