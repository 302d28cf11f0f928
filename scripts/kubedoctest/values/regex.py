"""Regexes that a page's names and answers are read with: thousands of them, most never needed."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def compiled(regex: str) -> re.Pattern[str]:
    """The regex, compiled when it is first needed: a page's are more than ``re`` itself keeps."""
    return re.compile(regex)
