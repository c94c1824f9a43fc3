"""What a request is about, apart from its body."""

from typing import NamedTuple


class Target(NamedTuple):
    """What a request is about: its method, its concrete path and its query. `template` is the path of its route."""

    method: str
    template: str
    path: str
    query: str

    @property
    def path_and_query(self) -> str:
        """The address below the API's base."""
        return f"{self.path}?{self.query}" if self.query else self.path
