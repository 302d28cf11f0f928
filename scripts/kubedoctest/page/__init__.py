"""What a page holds: its fences, what each of them means, and its commands with their output.

``inventory`` makes a ``document`` of a page; ``transcript``, commands and outputs of a fence.
"""
