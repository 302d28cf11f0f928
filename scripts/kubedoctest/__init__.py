"""Runs the code blocks of Markdown pages against a Kubernetes cluster and compares what they show.

The package reads in the order in which data flows::

    document, inventory    a page and its fences
    transcript             a console fence: commands and their documented output
    session                the bash that runs them
    timeline, cluster      what the API server says meanwhile
    bindings, comparison   documented against real
    rewriting, amender     what the page should show instead, for who asks to amend it
    chapter                one page run from start to end
    plugin                 the only module that knows pytest
"""
