"""The base of the HTTP servers that stand in for a part of AWS, or that such a part calls."""

import ssl
import sys
from http.server import ThreadingHTTPServer
from typing import Any


class HttpServer(ThreadingHTTPServer):
    """Gives each connection a thread that does not keep the process alive.

    A client that disconnects while it is answered, or does not speak TLS, is not reported. Any other error that ends a
    connection is printed.
    """

    daemon_threads = True
    # Connections that may wait. The default of 5 is too few for clients that have only a second to connect.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints the error that ended a connection, unless the client ended it."""
        if not isinstance(sys.exception(), (ConnectionError, TimeoutError, ssl.SSLError)):
            super().handle_error(request, client_address)
