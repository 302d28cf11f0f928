"""Draw the graph of chapter 06 from what its queries answered in the recorded run.

    .venv/bin/python -m tests.site.draw_graph

It writes ``docs/assets/06-pedidos.svg``. To be run when the chapter was recorded anew; test_graph
says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from kubedoctest.recordings import recording

ROOT = Path(__file__).resolve().parents[2]
RECORDED = ROOT / "tests" / "recordings" / "capitulos.json.gz"
SECTION = "docs/06-observabilidad.md#Prometheus"
GRAPH = ROOT / "docs" / "assets" / "06-pedidos.svg"
TITLES = ("réplicas que contestan", "pedidos por segundo de cada réplica")
WIDTH, HEIGHT = 640, 170  # of one panel, in the picture's units: a chapter's column of pixels
LEFT, RIGHT, TOP, BOTTOM = 40, 16, 34, 26  # room around the curve of a panel

_SAMPLE = re.compile(r"^([0-9.e+-]+) @\[([0-9.]+)\]$", re.MULTILINE)
_STYLE = """
    text { font: 13px sans-serif; fill: #1f2430 }
    .title { font-weight: bold }
    .paper { fill: #ffffff }
    .grid { stroke: #d0d5dd }
    .curve { fill: none; stroke: #1d5fd1; stroke-width: 2.5 }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6e9ef }
      .paper { fill: #1e2129 }
      .grid { stroke: #454a57 }
      .curve { stroke: #8ab4ff }
    }
"""


@dataclass(frozen=True)
class Curve:
    """What a query over a while answered: seconds since 1970 and values."""

    samples: tuple[tuple[float, float], ...]

    @property
    def values(self) -> list[float]:
        """The values in the order of their times."""
        return [value for _, value in self.samples]


def curves(recorded: Path = RECORDED) -> list[Curve]:
    """What each query over a while of the chapter answered, when it was true."""
    page = recording.read(recorded)[SECTION]
    answers = {
        run.step: run.seen.output  # of a step that was tried again, the last answer
        for run in page.runs
        if run.seen is not None and "promtool query range" in run.command
    }
    return [read(output) for _, output in sorted(answers.items())]


def read(output: str) -> Curve:
    """The samples of one answer of ``promtool query range``."""
    return Curve(tuple((float(at), float(value)) for value, at in _SAMPLE.findall(output)))


def drawn(of: list[Curve]) -> str:
    """The picture, a panel for each curve, all of them over the same time."""
    times = [at for curve in of for at, _ in curve.samples]
    first, last = min(times), max(times)
    panels = [
        _panel(title, curve, first, last, number * HEIGHT)
        for number, (title, curve) in enumerate(zip(TITLES, of, strict=True))
    ]
    whole = HEIGHT * len(of)
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}" '
            f'width="{WIDTH}" height="{whole}" role="img" aria-labelledby="titulo descripcion">',
            f'  <title id="titulo">{TITLES[0].capitalize()}, y {TITLES[1]}</title>',
            f'  <desc id="descripcion">{told(of)}</desc>',
            f"  <style>{_STYLE}  </style>",
            f'  <rect class="paper" width="{WIDTH}" height="{whole}" rx="6"/>',
            *panels,
            "</svg>\n",
        ]
    )


def told(of: list[Curve]) -> str:
    """What the picture shows, in words."""
    replicas, requests = (curve.values for curve in of)
    seconds = round(of[0].samples[-1][0] - of[0].samples[0][0])
    return (
        f"En {seconds} segundos, las réplicas que contestan van de {min(replicas):.0f} a "
        f"{max(replicas):.0f}. Los pedidos por segundo de cada una llegan a "
        f"{_spanish(max(requests))} y terminan en {_spanish(requests[-1])}."
    )


def _panel(title: str, curve: Curve, first: float, last: float, top: int) -> str:
    most = 2 * ceil(max(curve.values) / 2)
    ground, height = top + HEIGHT - BOTTOM, HEIGHT - TOP - BOTTOM
    across = WIDTH - LEFT - RIGHT

    def x(at: float) -> float:
        return LEFT + across * (at - first) / (last - first)

    def y(value: float) -> float:
        return ground - height * value / most

    lines = [f'  <text class="title" x="{LEFT}" y="{top + 20}">{title}</text>']
    for value in (0, most // 2, most):
        level = y(value)
        lines += [
            f'  <path class="grid" d="M{LEFT} {level:.1f}H{WIDTH - RIGHT}"/>',
            f'  <text x="{LEFT - 8}" y="{level + 4:.1f}" text-anchor="end">{value}</text>',
        ]
    for after in range(0, int(last - first) + 1, 20):
        label = f'x="{x(first + after):.1f}" y="{ground + 18}" text-anchor="middle"'
        lines.append(f"  <text {label}>{after} s</text>")
    points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in curve.samples)
    return "\n".join([*lines, f'  <polyline class="curve" points="{points}"/>'])


def _spanish(number: float) -> str:
    return f"{number:.1f}".replace(".", ",")


def main() -> None:
    """Write the picture."""
    GRAPH.write_text(drawn(curves()), encoding="utf-8")
    print(f"{GRAPH.relative_to(ROOT)}: {told(curves())}")


if __name__ == "__main__":
    main()
