"""A trend drawn as SVG on the server: the reference band, the line, the points, the first and last values.

Drawn with presentation attributes and one small style for dark mode; no script, no font, no other file.
Sizes are in user units of a 480 by 160 drawing.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from html import escape

from assistant.trends import Point, Trend
from retrieval.formats.french import unit

WIDTH, HEIGHT = 480, 160
COLON = "\u202f: "
"""As French readers write it: a fine no-break space before."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 56, 26, 24
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#2b3440}.title{font-weight:600}.band{fill:#d9ead9}"
    ".line{stroke:#2b5c8a;fill:none;stroke-width:1.5}.dot{fill:#2b5c8a}.out{fill:#a83232}"
    ".axis{stroke:#9aa5b1;stroke-width:1}"
    "@media (prefers-color-scheme:dark){text{fill:#dde3ea}.band{fill:#29402e}.line{stroke:#8bb8e8}"
    ".dot{fill:#8bb8e8}.out{fill:#f08c8c}}"
)


def moment(iso: str) -> float:
    """Seconds since the epoch of an ISO 8601 moment that may lack day, month or zone."""
    padded = iso if len(iso) > 7 else iso + "-01-01"[len(iso) - 4 :] if len(iso) == 4 else f"{iso}-01"
    try:
        when = datetime.fromisoformat(padded.replace("Z", "+00:00"))
    except ValueError:
        when = datetime.fromisoformat(padded[:10])
    return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()


def number(value: Decimal) -> str:
    """A value with the digits of its source and a decimal comma."""
    return format(value, "f").replace(".", ",")


def day(iso: str) -> str:
    """A date as French readers write it: 27/02/2026."""
    return "/".join(reversed(iso[:10].split("-")))


def outside(point: Point) -> bool:
    """Whether the value lies outside the range that its source gave."""
    return (point.low is not None and point.value < point.low) or (
        point.high is not None and point.value > point.high
    )


class _Scale:
    """From moments and values to the drawing."""

    def __init__(self, points: tuple[Point, ...]) -> None:
        times = [moment(point.at) for point in points]
        values = [point.value for point in points]
        values += [limit for point in points[-1:] for limit in (point.low, point.high) if limit is not None]
        self.first, self.last = min(times), max(times)
        low, high = float(min(values)), float(max(values))
        margin = (high - low) * 0.12 or abs(high) * 0.1 or 1.0
        self.low, self.high = low - margin, high + margin

    def x(self, iso: str) -> float:
        span = self.last - self.first
        share = (moment(iso) - self.first) / span if span else 0.5
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 1)

    def y(self, value: Decimal | float) -> float:
        share = (float(value) - self.low) / (self.high - self.low)
        return round(HEIGHT - _BOTTOM - min(1.0, max(0.0, share)) * (HEIGHT - _TOP - _BOTTOM), 1)


def draw(trend: Trend) -> str:
    """The SVG of a trend that has at least one point."""
    scale = _Scale(trend.points)
    last = trend.points[-1]
    title = f"{trend.label} ({trend.unit})" if trend.unit else trend.label
    count = f"{len(trend.points)} valeur{'s' if len(trend.points) > 1 else ''}"
    described = f"{title}{COLON}{count}, dernière {number(last.value)} le {day(last.at)}"
    right, floor = WIDTH - _RIGHT, HEIGHT - _BOTTOM
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    words = f"{escape(last.comparator or '')}{number(last.value)}"
    at = f'x="{scale.x(last.at) + 7}" y="{scale.y(last.value) + 4}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(described)}">',
        f"<title>{escape(described)}</title><style>{_STYLE}</style>",
        _band(last, scale),
        f'<line class="axis" x1="{_LEFT}" x2="{right}" y1="{floor}" y2="{floor}"/>',
        f'<text class="title" x="4" y="15">{escape(title)}</text>',
        _line(trend.points, scale),
        *(_dot(point, scale) for point in trend.points),
        f'<text x="{_LEFT}" y="{HEIGHT - 7}">{day(trend.points[0].at)}</text>',
        f'<text x="{right}" y="{HEIGHT - 7}" text-anchor="end">{day(last.at)}</text>',
        f'<text class="title" {at}>{words}</text>',
        "</svg>",
    ]
    return "".join(parts)


def _band(last: Point, scale: _Scale) -> str:
    if last.low is None and last.high is None:
        return ""
    top = scale.y(last.high) if last.high is not None else float(_TOP)
    bottom = scale.y(last.low) if last.low is not None else float(HEIGHT - _BOTTOM)
    width, height = WIDTH - _LEFT - _RIGHT, round(max(bottom - top, 0), 1)
    band = f'<rect class="band" x="{_LEFT}" y="{top}" width="{width}" height="{height}"/>'
    labels = [(last.high, top), (last.low, bottom)]
    words = (
        f'<text x="{_LEFT - 4}" y="{at + 4}" text-anchor="end">{number(limit)}</text>'
        for limit, at in labels
        if limit is not None
    )
    return band + "".join(words)


def _line(points: tuple[Point, ...], scale: _Scale) -> str:
    path = " ".join(f"{scale.x(point.at)},{scale.y(point.value)}" for point in points)
    return f'<polyline class="line" points="{path}"/>'


def _dot(point: Point, scale: _Scale) -> str:
    words = f"{day(point.at)}{COLON}{point.comparator or ''}{number(point.value)}"
    if point.recorded is not None:
        own = f"{point.comparator or ''}{number(point.recorded)} {unit(point.recorded_unit)}"
        words = f"{day(point.at)}{COLON}{own}, soit {number(point.value)}"
    kind = "out" if outside(point) else "dot"
    return (
        f'<circle class="{kind}" cx="{scale.x(point.at)}" cy="{scale.y(point.value)}" r="3">'
        f"<title>{escape(words)}</title></circle>"
    )
