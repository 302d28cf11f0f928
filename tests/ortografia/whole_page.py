"""A page's words as one text: the speller starts once for each page, not for each paragraph."""

from __future__ import annotations

from pyspelling.filters import SourceText
from pyspelling.filters.html import HtmlFilter


class WholePage(HtmlFilter):
    """pyspelling's filter of HTML, with all that it finds in a page put together."""

    def sfilter(self, source: SourceText) -> list[SourceText]:
        """The words of a page, a paragraph a line."""
        text = "\n".join(part.text for part in super().sfilter(source))
        return [SourceText(text, source.context, source.encoding, "html")]


def get_plugin() -> type[WholePage]:
    """What pyspelling asks a module of its pipeline for."""
    return WholePage
