"""Metrics: pure functions, one module each, that import nothing of the service; each states its source."""
