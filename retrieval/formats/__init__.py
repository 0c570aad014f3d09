"""Formats: bytes -> Compositions, Facts and blocks of rendered text."""
