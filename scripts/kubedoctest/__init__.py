"""Runs the code blocks of Markdown pages against a Kubernetes cluster and compares what they show.

Each package uses only those above it::

    commands      what a shell command does, known from its words
    page          a page's fences, and its commands with their documented output
    shell         the bash that runs them
    cluster       what the API server says meanwhile
    values        what differs in every run, and what the page calls it
    comparison    documented against real
    amending      what the page should show instead, for who asks to amend it
    verdicts      what became of each block, and how it is told
    run           one page from start to end
    recordings    the same, kept and judged again without a cluster

and ``plugin``, the only module that knows pytest, stands on them all.
"""
