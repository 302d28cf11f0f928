"""Documented output against real output, at one moment (``outputs``) or over time (``stretch``)."""
