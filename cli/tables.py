"""Tables of text, made to fit a terminal. Pure."""

from collections.abc import Sequence

_GAP = "  "
_NARROWEST = 10


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, width: int | None) -> str:
    """A table of at most `width` characters a line; None: as wide as it gets.

    The first column names the row and is never cut. The widest of the others are cut first; a cut text ends with `…`.
    Where that is not enough, each row is a paragraph with a line for each column.
    """
    lines = [[column.upper() for column in columns], *rows]
    widths = [max(len(line[position]) for line in lines) for position in range(len(columns))]
    if width is not None:
        fitted = _fitted(widths, width - len(_GAP) * (len(columns) - 1))
        if fitted is None:
            return _paragraphs(lines[0], rows)
        widths = fitted
    return "\n".join(_line(line, widths) for line in lines)


def _fitted(widths: list[int], room: int) -> list[int] | None:
    """The widths cut down to `room` in all, or None where that cannot be."""
    fitted = list(widths)
    while sum(fitted) > room:
        widest = max(range(1, len(fitted)), key=lambda position: fitted[position], default=0)
        if widest == 0 or fitted[widest] <= _NARROWEST:
            return None
        fitted[widest] -= 1
    return fitted


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    cut = [cell if len(cell) <= width else f"{cell[: width - 1]}…" for cell, width in zip(cells, widths, strict=True)]
    return _GAP.join(f"{cell:<{width}}" for cell, width in zip(cut, widths, strict=True)).rstrip()


def _paragraphs(names: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    longest = max(map(len, names))
    return "\n\n".join(
        "\n".join(f"{name:<{longest}}{_GAP}{cell}" for name, cell in zip(names, row, strict=True)) for row in rows
    )
