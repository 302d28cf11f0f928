"""What bash says of background jobs: a reader may or may not see it, so a page may or may not."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kubedoctest.transcript import DocumentedLine

_STARTED = re.compile(r"\[\d+\] \d+")
_ENDED = re.compile(
    r"\[\d+\][+-]?\s+(?:Done|Exit \d+|Terminated|Killed|Interrupt|Hangup|Quit|Broken pipe)\b.*"
)


def without_notices(
    documented: Sequence[DocumentedLine], output: str
) -> tuple[DocumentedLine, ...]:
    """The documented lines without the notices of jobs that the real output does not hold.

    ``[1] 1234`` names a process of the author's, and bash says ``[1]+  Terminated …`` at the prompt
    that follows the job's end, whichever that is.
    """
    answered = any(_ENDED.fullmatch(line.rstrip()) for line in output.split("\n"))
    return tuple(
        line
        for line in documented
        if not _STARTED.fullmatch(line.text) and (answered or not _ENDED.fullmatch(line.text))
    )
