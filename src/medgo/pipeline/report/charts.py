"""Line and interval charts as SVG for a page: plain shapes with titles, coloured by classes. Knows no run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT = 420, 230
_LEFT, _RIGHT, _TOP, _BOTTOM = 42, 14, 12, 36
_COLOURS = 8
_MOST_POINTS = 400
_CHARACTER = 6.6  # pixels that a small letter takes


@dataclass(frozen=True, slots=True)
class Series:
    """A line.

    Args:
        name: For the legend.
        points: (x, y), x rising.
        bars: (low, high) of each y; empty for none.
    """

    name: str
    points: tuple[tuple[float, float], ...]
    bars: tuple[tuple[float, float], ...] = ()


def line_chart(series: Sequence[Series], x_label: str, *, y_range: tuple[float, float] | None = None) -> str:
    """Draw lines over one x; empty where there is nothing to draw.

    Args:
        series: Lines; those of more than 400 points are thinned evenly, ends kept.
        x_label: What x counts.
        y_range: Least and most y; None takes what is there.
    """
    drawn = [each for each in series if each.points]
    if not drawn:
        return ""
    xs = [x for each in drawn for x, _ in each.points]
    ys = [y for each in drawn for _, y in each.points] + [end for each in drawn for bar in each.bars for end in bar]
    x_low, x_high = min(xs), max(xs)
    y_low, y_high = y_range or (min(ys), max(ys))
    scale = _Scale(x_low, x_high if x_high > x_low else x_low + 1, y_low, y_high if y_high > y_low else y_low + 1)
    parts = [*_axes(scale, x_label)]
    for number, each in enumerate(drawn):
        parts += _line(each, number % _COLOURS, scale)
    legend, height = _legend(drawn)
    whole = _HEIGHT + height
    return (
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {whole}" role="img" aria-label="{escape(x_label)}">'
        f"{''.join(parts)}{legend}</svg>"
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    x_low: float
    x_high: float
    y_low: float
    y_high: float

    def x(self, value: float) -> float:
        share = (value - self.x_low) / (self.x_high - self.x_low)
        return round(_LEFT + share * (_WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = (value - self.y_low) / (self.y_high - self.y_low)
        return round(_HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM), 1)


def _axes(scale: _Scale, x_label: str) -> list[str]:
    parts = []
    for value in _ticks(scale.y_low, scale.y_high):
        y = scale.y(value)
        parts.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="tick" x="{_LEFT - 6}" y="{y + 4}" text-anchor="end">{_short(value)}</text>')
    for value in _ticks(scale.x_low, scale.x_high):
        x, y = scale.x(value), _HEIGHT - _BOTTOM
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{y}"/>')
        parts.append(f'<text class="tick" x="{x}" y="{y + 15}" text-anchor="middle">{_short(value)}</text>')
    label = escape(x_label)
    parts.append(f'<text class="tick" x="{_WIDTH - _RIGHT}" y="{_HEIGHT - 4}" text-anchor="end">{label}</text>')
    return parts


def _line(series: Series, colour: int, scale: _Scale) -> list[str]:
    kept = _thinned(len(series.points))
    points = [series.points[at] for at in kept]
    path = " ".join(f"{scale.x(x)},{scale.y(y)}" for x, y in points)
    parts = [f'<polyline class="line c{colour}" points="{path}"><title>{escape(series.name)}</title></polyline>']
    for at in kept if series.bars else ():
        (plain_x, value), (low, high) = series.points[at], series.bars[at]
        x, y, title = scale.x(plain_x), scale.y(value), f"{escape(series.name)}: {value:.4g} ({low:.4g} – {high:.4g})"
        parts += [
            f'<line class="bar c{colour}" x1="{x}" x2="{x}" y1="{scale.y(low)}" y2="{scale.y(high)}"/>',
            f'<circle class="dot c{colour}" cx="{x}" cy="{y}" r="3.5"><title>{title}</title></circle>',
        ]
    return parts


def _legend(series: Sequence[Series]) -> tuple[str, int]:
    """Names under the chart, in as many lines as they need; returns their height."""
    parts, x, y = [], float(_LEFT), _HEIGHT + 12
    for number, each in enumerate(series):
        width = 22 + _CHARACTER * len(each.name)
        if x + width > _WIDTH and x > _LEFT:
            x, y = float(_LEFT), y + 17
        parts.append(
            f'<line class="line c{number % _COLOURS}" x1="{x}" x2="{x + 14}" y1="{y - 4}" y2="{y - 4}"/>'
            f'<text class="tick" x="{x + 18}" y="{y}">{escape(each.name)}</text>'
        )
        x += width + 10
    return "".join(parts), y - _HEIGHT + 8


def _thinned(count: int) -> list[int]:
    if count <= _MOST_POINTS:
        return list(range(count))
    step = (count - 1) / (_MOST_POINTS - 1)
    return sorted({round(at * step) for at in range(_MOST_POINTS)})


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers between two."""
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
    first = math.ceil(low / step - 1e-9)
    return [round(at * step, 12) for at in range(first, math.floor(high / step + 1e-9) + 1)]


def _short(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= size:
            return f"{value / size:g}{letter}"
    return f"{value:g}"
