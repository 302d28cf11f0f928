"""Runs the code blocks of Markdown pages against a Kubernetes cluster and compares what they show.

The package reads in the order in which data flows::

    document, inventory    a page and its fences
    transcript             a console fence: commands and their documented output
    terminals, endless     what runs in which terminal, and what never ends
    session, interpreter   the bash, and the Python, that run them
    running, stream        commands that go on while the page does
    timeline, cluster      what the API server says meanwhile
    names, generated       what the cluster generated, from one moment to the next
    bindings, ties         what the page calls it
    form, comparison       documented against real
    rewriting, amender     what the page should show instead, for who asks to amend it
    chapter                one page run from start to end
    recorder, replay       the same, kept and compared again without a cluster
    plugin                 the only module that knows pytest
"""
