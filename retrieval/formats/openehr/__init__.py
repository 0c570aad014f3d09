"""openEHR canonical JSON and XML: one tree, one walk, one rendered text, typed facts."""
