"""The pages of sign-in and consent."""

from pathlib import Path
from typing import Any

from chalicelib.core.html import policy, rendering
from chalicelib.oauth.domain import form_target

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """A page as HTML."""
    return rendering.render(_TEMPLATES, template, **values)


def headers(redirect_uri: str | None = None) -> policy.Headers:
    """The headers of every page. Its forms may be sent to this server and lead on to the redirect address."""
    return policy.page_headers(form_targets=() if redirect_uri is None else (form_target(redirect_uri),))
