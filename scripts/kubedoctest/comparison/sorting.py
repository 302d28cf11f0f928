"""What ``kubectl get --sort-by`` puts its rows in the order of, where a column shows it.

Sources: k8s.io/kubectl/pkg/cmd/get (sorter.go: a field that is missing comes first, quantities by
what they amount to, other texts naturally), github.com/fvbommel/sortorder (NaturalLess),
k8s.io/cli-runtime/pkg/printers (customcolumn.go).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from kubedoctest.values.shapes import age_in_seconds

_CUSTOM = "custom-columns="
_OF_ITS_OWN = {"metadata.creationTimestamp": "AGE", "spec.nodeName": "NODE"}
"""By what is sorted, the column of kubectl's own tables that shows it."""
_MISSING = "<none>"
_QUANTITY = re.compile(
    r"(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))"
    r"(?:(?P<binary>[KMGTPE])i|(?P<decimal>[numkMGTPE])|[eE](?P<exponent>[+-]?[0-9]{1,3}))?"
)
_DECIMAL = {"n": -9, "u": -6, "m": -3, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


@dataclass(frozen=True)
class Sorting:
    """The order of a table's rows.

    Attributes:
        heading: that of the column by which they are sorted.
        ages: whether the column shows how long ago that was.
    """

    heading: str
    ages: bool = False

    def misplaced(self, shown: Sequence[str]) -> tuple[str, str] | None:
        """The first value of the column that cannot come after the one before: both of them."""
        return next((two for two in itertools.pairwise(shown) if self._less(two[1], two[0])), None)

    def _less(self, one: str, other: str) -> bool:
        if _MISSING in (one, other):
            return one == _MISSING != other
        if self.ages:
            age, than_age = age_in_seconds(one), age_in_seconds(other)
            return age is not None and than_age is not None and age > than_age
        amount, than = _quantity(one), _quantity(other)
        if amount is not None and than is not None:
            return amount < than
        return _natural(one) < _natural(other)


def of(path: str | None, output: str | None) -> Sorting | None:
    """The order that shows in a table.

    Args:
        path: what ``--sort-by`` says, or None.
        output: what ``-o`` says, or None.
    """
    if not path:
        return None
    wanted = _bare(path)
    if not output or output == "wide":
        heading = _OF_ITS_OWN.get(wanted)
        return None if heading is None else Sorting(heading, ages=heading == "AGE")
    if not output.startswith(_CUSTOM):
        return None
    columns = [column.partition(":") for column in output.removeprefix(_CUSTOM).split(",")]
    headings = [heading for heading, _, _ in columns]
    found = (heading for heading, _, shown in columns if _bare(shown) == wanted)
    return next((Sorting(one) for one in found if headings.count(one) == 1), None)


def _bare(path: str) -> str:
    """A path as kubectl understands it, however it is written: ``{.a.b}``, ``.a.b``, ``a.b``."""
    inner = re.fullmatch(r"\{(.*)\}", path.strip())
    return (inner[1] if inner else path).strip().removeprefix(".")


def _natural(text: str) -> list[tuple[int, int]]:
    """What texts are compared by: their digits as numbers, all else letter by letter."""
    return [
        (ord("0"), int(piece)) if piece.isdigit() else (ord(piece), 0)
        for piece in re.findall(r"[0-9]+|[^0-9]", text)
    ]


def _quantity(text: str) -> Fraction | None:
    """What ``50m`` or ``1Gi`` amounts to; None for what is no quantity."""
    match = _QUANTITY.fullmatch(text)
    if match is None:
        return None
    number = Fraction(match["number"])
    if match["binary"]:
        return number * (1 << 10 * ("KMGTPE".index(match["binary"]) + 1))
    power = match["exponent"] or _DECIMAL.get(match["decimal"] or "", 0)
    return number * Fraction(f"1e{power}")
