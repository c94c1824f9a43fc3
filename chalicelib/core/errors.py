"""Errors that know their HTTP status; each surface renders them in its own form.

    ApiError
    ├── BadRequest          400
    ├── Unauthorized        401
    ├── Forbidden           403
    ├── NotFound            404
    ├── MethodNotAllowed    405
    ├── Conflict            409
    ├── PayloadTooLarge     413
    ├── UnsupportedMedia    415
    ├── Unprocessable       422
    ├── TooManyRequests     429
    │   └── Contended           other calls kept writing the same rows
    ├── ServerError         500
    ├── Unavailable         503
    └── LoopDetected        508

`code` is for programs; a surface with codes of its own has subclasses for them.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import ClassVar, TypeVar

T = TypeVar("T")


class ApiError(Exception):
    """A refusal that the caller is told about. `message` is a sentence for people, without internals.

    `param` is the field or parameter at fault. `headers` are sent on every surface.
    """

    status: ClassVar[int] = 500
    code: str = "INTERNAL"

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.param = param
        self.headers = dict(headers or {})
        if code is not None:
            self.code = code


class BadRequest(ApiError):
    """The request itself is wrong: its form, a field, a combination.

    `wrong` has pairs of field and reason, one for each field that the message names.
    """

    status = 400
    code = "QUERY_INCOMPLETE"
    wrong: Sequence[tuple[str, str]] = ()

    @classmethod
    def of_fields(cls, wrong: Sequence[tuple[str, str]], *, message: str) -> "BadRequest":
        """A refusal that names several fields, the first as its `param`."""
        error = cls(message, param=wrong[0][0])
        error.wrong = wrong
        return error


class Unauthorized(ApiError):
    """No valid credential."""

    status = 401
    code = "UNAUTHORIZED"


class Forbidden(ApiError):
    """A credential that may not do this."""

    status = 403
    code = "FORBIDDEN"


class NotFound(ApiError):
    """The addressed thing does not exist, or is not the caller's."""

    status = 404
    code = "RESOURCE_NOT_FOUND"


class MethodNotAllowed(ApiError):
    """The path does not answer this method; `allowed` are those that it answers, for the header `Allow`."""

    status = 405
    code = "METHOD_NOT_ALLOWED"

    def __init__(self, message: str, *, allowed: Collection[str]) -> None:
        super().__init__(message)
        self.allowed = allowed


class Conflict(ApiError):
    """The request contradicts what is stored."""

    status = 409
    code = "CONFLICT"


class PayloadTooLarge(ApiError):
    """The body is over the stated limit."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"


class UnsupportedMedia(ApiError):
    """A content type that the route does not read."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"


class Unprocessable(ApiError):
    """A request that is well-formed and cannot be carried out as it stands."""

    status = 422
    code = "UNPROCESSABLE"


class TooManyRequests(ApiError):
    """More was asked for at once than is served; the caller may ask again after `retry_after` seconds."""

    status = 429
    code = "TOO_MANY_REQUESTS"

    def __init__(self, message: str, *, retry_after: int = 60) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after)})


class Contended(TooManyRequests):
    """Conflicts with other calls' transactions outlasted every retry of the commit; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            "Too many calls are changing the same thing at the same time. Please send the request again.",
            retry_after=1,
        )


class Unavailable(ApiError):
    """A service that we depend on does not answer; the same request may succeed later."""

    status = 503
    code = "UNAVAILABLE"


class LoopDetected(ApiError):
    """A call of this service that leads back to it."""

    status = 508
    code = "LOOP_DETECTED"


class ServerError(ApiError):
    """Our own fault; the message names only the request id."""

    status = 500
    code = "INTERNAL"


def existing(found: T | None, *, otherwise: Exception) -> T:
    """`found`. Raises `otherwise` where it is None."""
    if found is None:
        raise otherwise
    return found


_BY_STATUS: dict[int, type[ApiError]] = {
    error.status: error
    for error in (
        BadRequest,
        Unauthorized,
        Forbidden,
        NotFound,
        Conflict,
        PayloadTooLarge,
        UnsupportedMedia,
        Unprocessable,
        TooManyRequests,
    )
}


def error_for_status(status: int, message: str) -> ApiError:
    """The error for an HTTP status that the framework, the server or the gateway chose.

    Any other 4xx becomes 400, and any other status 500.
    """
    return _BY_STATUS.get(status, BadRequest if 400 <= status < 500 else ServerError)(message)
