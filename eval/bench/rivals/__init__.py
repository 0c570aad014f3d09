"""This pipeline beside what else could be built from the same parts: a stock chain, the bare model."""
