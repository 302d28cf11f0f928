"""Documented output against real output.

From a real piece to what a page may show for it, from that to what a line can stand for, and from
all lines to one answer::

    pattern         all that a page may show for a real line, or for a row of a table
    documented      documented lines, also between ``...``, and the real ones they can stand for
    table           how tables are read, sorted and paired
    output_format   how a command's output is to be read
    solve           whether all lines can be true at once: every comparison ends there
    outputs         what a command wrote, tables and text
    stream          what a command that goes on has printed
    object_query    which objects a command lists, and the documented tables of them
    stretch         those tables by what was recorded: true at some moment, and still true
    replicas        answers that any of several pods may give
    job_notices     what bash tells of background jobs
    ages            the times that a page tells
    mismatch        why it differs, for a person
"""
