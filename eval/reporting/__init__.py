"""The report: one French page and JSON, from `results.json`."""
