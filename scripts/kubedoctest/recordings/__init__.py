"""Runs kept in a file, and pages judged again by them: no cluster, no waiting."""
