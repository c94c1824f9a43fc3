"""Why a local run cannot begin, in words for the developer."""


class LocalRunFailed(Exception):
    """The run cannot begin; the message is one sentence or two for the user."""
