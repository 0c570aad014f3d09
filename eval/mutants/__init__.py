"""The harness proves itself: an oracle that is always right, and services that are wrong on purpose."""
