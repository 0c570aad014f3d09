"""Admission of sentence checkers: a checker is calibrated against trivial predictors before it may count."""
