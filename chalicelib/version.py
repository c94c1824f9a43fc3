"""The platform's version: the only place where it is written."""

from typing import Final

VERSION: Final = "1.0.0"
