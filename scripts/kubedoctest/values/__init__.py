"""The values of a page that differ in every run: generated, allocated, or known by shape alone.

``names`` and ``generated`` find them in real objects, ``shapes`` in what programs write; what each
is called in the page is bound in ``bindings``, one to one. ``authored`` is what is literal, because
the author chose it; ``authors_clock`` says whether times can be of one run.
"""
