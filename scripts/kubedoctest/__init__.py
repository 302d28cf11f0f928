"""Runs the code blocks of Markdown pages against a Kubernetes cluster and compares what they show.

Each package uses only those above it::

    commands      what a shell command does, known from its words
    page          a page's fences, and its commands with their documented output
    shell         the bash that runs them
    cluster       what the API server says meanwhile
    values        what differs in every run, and what the page calls it
    comparison    documented against real
    verdicts      what became of each block, and how it is told
    update        what the page should show instead of what is not true
    run           one page from start to end
    recordings    the same, kept and judged again without a cluster
    plugin        all of it as a plugin of pytest; nothing else knows pytest

``testing`` judges pages without pytest. A command's way from its page to its verdict goes by
``page.transcript`` (the step), ``run.chapter`` (what comes next, and whether it is tried again),
``shell.session`` (bash runs it), ``run.judgement`` (the verdict) with ``comparison`` and
``values``; that of a command that goes on, by ``run.streams``.

What changes while pages run is held by six, with the parts that only they use::

    plugin.session.PytestRun    the pages of one pytest run, and what became of each (``PartRun``)
    run.run_session.RunSession  the cluster and the supervisor of a run, and each page's sandbox
    run.chapter.Chapter         a page's way: its ``Schedule``, what is known of it (``Judge``,
                                by ``accept`` alone), and what goes on in it (``Streams``)
    shell.session.Terminal      one bash, its output and its jobs
    cluster.timeline.Timeline   what the API server has said, up to the moment that a page is at
    recordings.recorder         what a page was told; ``recordings.replay`` stands for all of these
"""
