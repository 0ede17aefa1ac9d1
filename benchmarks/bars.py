"""Bar charts on a logarithmic scale, as SVG, without a library."""

from __future__ import annotations

import math


def drawn(charts: dict[str, dict[str, float]]) -> str:
    """Return bars on a logarithmic scale, a chart below the other, as SVG."""
    left, width, line, gap = 150, 560, 22, 46
    low, high = 6, 11
    height = sum(gap + line * len(bars) for bars in charts.values()) + 20
    out = [
        '<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" font-size="12"',
        f' viewBox="0 0 {left + width + 110} {height}">',
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    y = 0
    for title, bars in charts.items():
        y += gap
        out.append(f'<text x="{left}" y="{y - 22}" font-weight="bold">{title}</text>')
        for power in range(low, high + 1):
            x = left + width * (power - low) / (high - low)
            label = f"{10 ** (power - 6):,} MB"
            out.append(f'<text x="{x}" y="{y - 6}" font-size="9" fill="#777">{label}</text>')
            out.append(f'<path d="M{x} {y - 4}v{line * len(bars)}" stroke="#ddd"/>')
        for name, value in bars.items():
            length = max(2.0, width * (math.log10(value) - low) / (high - low))
            colour = "#1b7f5c" if name.startswith("here") else "#8899aa"
            end = left + length + 4
            out += [
                f'<text x="{left - 6}" y="{y + 12}" text-anchor="end">{name}</text>',
                f'<rect x="{left}" y="{y}" width="{length:.1f}" height="16" fill="{colour}"/>',
                f'<text x="{end:.1f}" y="{y + 12}">{value / 1e6:,.1f} MB</text>',
            ]
            y += line
    return "\n".join([*out, "</svg>", ""])
