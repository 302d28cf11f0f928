"""What became of each block, and the ways of telling it: terminal, results file, annotations."""
