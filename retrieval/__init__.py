"""From a record to evidence: formats, record store, passages, index, search.

Knows no HTTP, no user and no language model. Imports only `models` and `prompts`.
"""
