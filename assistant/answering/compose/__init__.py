"""Compose exact sentences from facts, one module for each kind of question."""
