"""Renders templates as pages: every value is escaped, and an unknown name is an error, never an empty string.

Templates write paths as the routes have them. Where the API has no domain of its own, its address has the stage's name
before every path; so `render` puts that before the paths of a page.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chalicelib.core.html.assets import asset_url
from chalicelib.core.settings import settings
from chalicelib.core.times import stored_time

_OWN_PATH = re.compile(r'(?<=\s)(href|src|action|data-poll|data-message|data-terms)="(?=/(?!/))')
_SHARED = Path(__file__).parent / "templates"


def render(folder: Path | None, template: str, **values: Any) -> str:
    """A page as HTML, of a feature's own folder of templates or, where it is None, of the shared one."""
    text = str(environment_of(folder or _SHARED).get_template(template).render(values))
    prefix = public_path("")
    return _OWN_PATH.sub(lambda found: f"{found[0]}{prefix}", text) if prefix else text


def public_path(path: str) -> str:
    """A path of ours as browsers ask for it."""
    return urlsplit(settings().public_url).path.rstrip("/") + path


@lru_cache(maxsize=16)
def environment_of(folder: Path) -> Any:
    """Jinja's environment of a folder of templates."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # only pages need it

    from chalicelib.core.html.compiled import CompiledTemplates

    environment = Environment(
        loader=FileSystemLoader([folder, _SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=CompiledTemplates(),
    )
    environment.globals["asset"] = asset_url
    environment.filters["moment"] = _moment
    return environment


def _moment(at: float | str) -> datetime:
    """Unix seconds, or a time in ISO 8601, as a time in UTC."""
    return stored_time(at).astimezone(UTC) if isinstance(at, str) else datetime.fromtimestamp(at, UTC)
