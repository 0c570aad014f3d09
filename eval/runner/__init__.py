"""Runs: from cases and a target to outputs on disk, in pieces that resume, and to `results.json`."""
