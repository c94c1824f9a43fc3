"""Browser requests: the visit, submitted forms, and redirects."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from chalice.app import Request, Response

from chalicelib.core.errors import BadRequest, Forbidden
from chalicelib.core.http import pages
from chalicelib.core.http.forms import FORM_TYPE, flat_form, form_pairs
from chalicelib.core.http.parse import content_type
from chalicelib.core.http.request import raw_body
from chalicelib.core.http.surfaces import Surface
from chalicelib.core.settings import settings
from chalicelib.pages.service.sessions import Realm, Visit, find_visit

TEMPLATES = Path(__file__).parent.parent / "templates"
LARGEST_FORM = 64 * 1024
CSRF_FIELD = "csrf"
_OWN = ("same-origin", "none")

# Every path that answers in HTML.
surface = Surface(name="pages", render_error=pages.error_page("/claim", "My NFTs"))


def visit_of(request: Request, realm: Realm) -> Visit:
    """The browser's visit. Makes at most one request."""
    return find_visit(realm, pages.cookie_of(request, realm.cookie))


def page(visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
    """Renders a template, which gets `visit`, `csrf` and the given values.

    The values `cookies` and `headers` belong to the answer and are not passed to the template.
    """
    cookies = [*cookies_of(visit), *values.pop("cookies", ())]
    return pages.page(TEMPLATES, template, status=status, cookies=cookies, visit=visit, csrf=visit.csrf, **values)


def see_other(visit: Visit, path: str) -> Response:
    """Redirects to another page; sets the session cookie for a new visit."""
    return pages.see_other(path, cookies=cookies_of(visit))


def cookies_of(visit: Visit) -> list[str]:
    """`Set-Cookie` values for a new visit. The cookie ends with the browser or with the sign-in."""
    if not visit.is_new:
        return []
    seconds = None if visit.content is None else visit.realm.seconds
    realm = visit.realm
    return [pages.set_cookie(realm.cookie, visit.secret, seconds=seconds, strict=realm.strict)]


def form_of(request: Request, visit: Visit) -> dict[str, str]:
    """The fields of a form that one of this site's pages sent from this browser.

    Raises `Forbidden` for another site's form, `BadRequest` for a body that is not a form.
    """
    if not _is_same_site(request):
        raise Forbidden("This form can be sent from our own pages only.")
    if content_type(request.headers) != FORM_TYPE:
        raise BadRequest(f"The body must be a form: Content-Type: {FORM_TYPE}.")
    fields = flat_form(form_pairs(raw_body(request), max_bytes=LARGEST_FORM))
    if visit.is_new or not visit.is_csrf_token(fields.pop(CSRF_FIELD, "")):
        raise Forbidden(
            "This page has been open for too long, or your browser keeps no cookies for us. Go back, load the page "
            "again, and send the form once more."
        )
    return fields


def own_host(request: Request) -> str:
    """The host of this site: the stage's public host; in a local run, the request's `Host`."""
    public = urlsplit(settings().public_url).netloc
    return str(request.headers.get("host", public)) if settings().is_local else public


def _is_same_site(request: Request) -> bool:
    """True unless the browser's headers name another site. Without such headers, the form's CSRF token decides."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in _OWN
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc in (own_host(request), urlsplit(settings().public_url).netloc)
