"""Number and time formats of the pages. Pure, without I/O."""

from datetime import datetime


def amount(value: int | float) -> str:
    """A number with thousands separators: `1,234.5`."""
    return f"{value:,}"


def day(moment: datetime) -> str:
    """`22 Nov 2026`, in UTC."""
    return f"{moment.day} {moment:%b %Y}"


def minute(moment: datetime) -> str:
    """`22 Nov 2026, 07:41 UTC`."""
    return f"{day(moment)}, {moment:%H:%M} UTC"
