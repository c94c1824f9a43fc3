"""The error of a local run that cannot start."""


class LocalRunFailed(Exception):
    """The run cannot start. The message is one or two sentences for the developer."""
