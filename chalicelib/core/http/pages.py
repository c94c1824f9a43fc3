"""HTML answers, redirects and cookies."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chalice.app import Request, Response

from chalicelib.core.errors import ApiError
from chalicelib.core.html.policy import Headers, page_headers
from chalicelib.core.html.rendering import public_path, render
from chalicelib.core.http.surfaces import RenderError, wording
from chalicelib.core.settings import settings

_TITLES = {
    400: "That did not work",
    401: "Please sign in",
    403: "That is not allowed",
    404: "There is nothing here",
    405: "That did not work",
    409: "That is done already",
    413: "That is too large",
    429: "One moment, please",
    503: "Please try again shortly",
}
_LONGEST_COOKIE = 512


def page(
    folder: Path | None,
    template: str,
    *,
    status: int = 200,
    cookies: Sequence[str] = (),
    headers: Mapping[str, str | list[str]] | None = None,
    **values: Any,
) -> Response:
    """A page made of a template with `values`; `headers` are added to those of every page, or replace them."""
    sent: Headers = {**page_headers(), **(headers or {})}
    if cookies:
        sent["Set-Cookie"] = list(cookies)
    return Response(render(folder, template, **values), status_code=status, headers=sent)


def see_other(path: str, *, cookies: Sequence[str] = ()) -> Response:
    """Redirects the browser (303) to another page of ours, by its route's path."""
    sent: Headers = {**page_headers(), "Location": public_path(path)}
    if cookies:
        sent["Set-Cookie"] = list(cookies)
    return Response("", status_code=303, headers=sent)


def error_page(home: str, name: str) -> RenderError:
    """A renderer of errors as HTML pages, each with a link to `home`, a path of ours, with the text `name`."""

    def render_error(error: ApiError, request_id: str) -> Response:
        return page(
            None,
            "message.html",
            status=error.status,
            headers=error.headers,
            title=_TITLES.get(error.status, "Something went wrong"),
            message=wording(error, request_id),
            home=home,
            home_name=name,
        )

    return render_error


def cookie_of(request: Request, name: str) -> str | None:
    """The value of a cookie as `set_cookie` named it; None where the browser sent none, or one too long."""
    wanted = _cookie_name(name)
    for part in str(request.headers.get("cookie", "")).split(";"):
        given, equals, value = part.strip().partition("=")
        if equals and given == wanted and 1 <= len(value) <= _LONGEST_COOKIE:
            return value
    return None


def set_cookie(name: str, value: str, *, seconds: int | None = None, strict: bool = False) -> str:
    """The value of a `Set-Cookie` header: not for scripts, and by TLS alone where our address is https.

    Without `seconds` it ends with the browser. Over TLS its name begins with `__Host-`, so no other host can have set
    it. A `strict` one is not even sent when somebody follows a link from elsewhere.
    """
    age = "" if seconds is None else f"; Max-Age={seconds}"
    secure = "; Secure" if _is_encrypted() else ""
    site = "Strict" if strict else "Lax"
    return f"{_cookie_name(name)}={value}; Path=/{age}; HttpOnly; SameSite={site}{secure}"


def end_cookie(name: str) -> str:
    """The value of a `Set-Cookie` header that makes the browser forget the cookie."""
    return set_cookie(name, "", seconds=0)


def _cookie_name(name: str) -> str:
    return f"__Host-{name}" if _is_encrypted() else name


def _is_encrypted() -> bool:
    return settings().public_url.startswith("https://")
