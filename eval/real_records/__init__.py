"""Questions on public records that nobody of this project wrote, their gold computed from the raw files.

Nothing here reads a record with this project's readers: only `json`, `lxml` and the standards' own fields.
The two halves of the patients are apart by hash: one to look at, one to report.
"""
