"""The suites of the evaluation: each makes cases and scores what came back. `registry` lists them."""
