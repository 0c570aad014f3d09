"""A French hospital whose truth is known: typed truth, documents in openEHR, questions with gold answers."""
