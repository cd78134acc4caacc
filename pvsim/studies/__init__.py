"""Questions asked of runs: the run itself, its uncertainty, a claim held against it."""
