"""Why a URL or a header is refused; the text of each is a sentence to show to the partner who wrote it.

EgressRefused                   the URL is not one we call
├── MalformedUrl                it is not a URL, or one that two parsers may read differently
├── SchemeRefused               not https
├── UserinfoRefused             it holds a user name or password
├── HostRefused                 the host is no public DNS name
├── PortRefused                 a port outside the allowed ones
├── AddressRefused              a literal address in place of a name, in any spelling
└── OwnAddressRefused           it leads back to this service
HeaderRefused                   a header that a partner may not set, or whose text could break the request
"""


class EgressRefused(ValueError):
    """The URL is not one we call."""


class MalformedUrl(EgressRefused):
    """Not a URL, or one that two parsers may read differently."""


class SchemeRefused(EgressRefused):
    """Not https."""


class UserinfoRefused(EgressRefused):
    """The URL holds a user name or a password."""


class HostRefused(EgressRefused):
    """The host is no public DNS name."""


class PortRefused(EgressRefused):
    """A port outside the allowed ones."""


class AddressRefused(EgressRefused):
    """A literal address in place of a name, in any spelling."""


class OwnAddressRefused(EgressRefused):
    """The URL leads back to this service."""


class HeaderRefused(ValueError):
    """A header that may not be set, or whose text could break the request."""
