"""The parts of the record store; use `retrieval.records`."""
