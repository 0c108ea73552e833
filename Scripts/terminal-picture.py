#!/usr/bin/env python3
# DeployKit
# SPDX-License-Identifier: Apache-2.0
#
# Draws what a terminal showed as SVG: standard input with the escape sequences of colours to standard
# output. The word behind the prompt is the first argument.
import re, sys
from xml.sax.saxutils import escape

STYLES = {"1": 'font-weight="bold"', "2": 'fill="#8b949e"', "31": 'fill="#ff7b72"',
          "32": 'fill="#7ee787"', "33": 'fill="#e3b341"'}
WIDTH, LINE, LEFT, TOP = 8.43, 18, 16, 46

lines = ["$ " + sys.argv[1]] + sys.stdin.read().rstrip("\n").split("\n")
rows = []
for number, line in enumerate(lines):
    x, style, spans = LEFT, "", []
    for part in re.split(r"(\x1b\[[0-9]*m)", line):
        code = re.fullmatch(r"\x1b\[([0-9]*)m", part)
        if code:
            style = STYLES.get(code.group(1), "")
        elif part:
            # Each run has its place and width, so that no font puts the columns out.
            spans.append('<tspan x="%.1f" textLength="%.1f" %s>%s</tspan>' % (
                x, len(part) * WIDTH, style, escape(part)))
            x += len(part) * WIDTH
    rows.append('<text y="%d" xml:space="preserve">%s</text>' % (TOP + number * LINE, "".join(spans)))
width = round(2 * LEFT + 80 * WIDTH)
height = TOP + len(lines) * LINE
print('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" '
      'aria-label="A terminal: %s" font-family="ui-monospace,Menlo,Consolas,monospace" '
      'font-size="14" fill="#e6edf3">' % (width, height, width, height, escape(sys.argv[1])))
print('<rect width="100%" height="100%" rx="8" fill="#0d1117"/>')
for index, colour in enumerate(["#ff5f57", "#febc2e", "#28c840"]):
    print('<circle cx="%d" cy="18" r="5" fill="%s"/>' % (20 + index * 18, colour))
print("\n".join(rows))
print("</svg>")
