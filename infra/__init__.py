"""Packaging and deployment: resources from the models, roles from the calls, the zip, the checks. Never deployed."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LOCAL: Final = ROOT / ".local"
