"""Texts that Python's own parser reads as times, some of them as other times than the writer meant."""

from typing import Final

NO_TIMES: Final = {
    "compact": "20250608T120000Z",
    "compact without a T": "20250608120000Z",
    "compact date": "20250608",
    "milliseconds since 1970": "1712121512345",
    "week date": "2025-W23-7",
    "compact week date": "2025W237",
    "date with an offset": "2025-06-08+02:00",
    "another letter for the T": "2025-06-08x10:00",
    "a blank for the T": "2025-06-08 10:00:00",
    "small letters": "2025-06-08t10:00:00z",
    "comma": "2025-06-08T10:00:00,5Z",
    "hour alone": "2025-06-08T10",
    "compact clock": "2025-06-08T1000",
    "ten digits of a second": "2025-06-08T10:00:00.0123456789Z",
    "too long": "2025-06-08T10:00:00" + "0" * 60,
}
