"""The headers that pages are served with: our own scripts and styles alone, in no frame, kept by no cache."""

from collections.abc import Sequence

from chalicelib.core.settings import settings

Headers = dict[str, str | list[str]]
_YEAR = 365 * 24 * 3600


def page_headers(*, form_targets: Sequence[str] = (), images: bool = False) -> Headers:
    """Headers of an HTML page.

    `form_targets` are other sources that a form may lead to; `images` lets pictures come from any https host, for pages
    that show what partners drew. The referrer policy is not `no-referrer`, with which browsers send a form's `Origin`
    as `null`.
    """
    pictures = " https:" if images else ""
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": f"'self'{pictures}",
        "connect-src": "'self'",
        "form-action": " ".join(("'self'", *form_targets)),
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    headers: Headers = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": "; ".join(f"{name} {sources}" for name, sources in policy.items()),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
        "Cache-Control": "no-store",
    }
    if settings().public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}"
    return headers
