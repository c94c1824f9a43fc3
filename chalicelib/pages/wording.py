"""Number formats of the pages. Pure, without I/O."""


def amount(value: int | float) -> str:
    """A number with thousands separators: `1,234.5`."""
    return f"{value:,}"
