"""Local engines: a lazy registry, ``name -> "module:factory"``; one file per vendor library."""
