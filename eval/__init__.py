"""Evaluation of the service: the synthetic hospital, suites, metrics and gate."""
