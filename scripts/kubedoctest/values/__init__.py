"""The values of a page that differ in every run: generated, allocated, or known by shape alone.

``names``, ``addresses`` and ``nodes`` find them in real objects; ``bindings`` holds what each is
called in the page.
"""
