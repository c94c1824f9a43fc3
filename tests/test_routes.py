"""Rules of the whole route table, which no tool reports and AWS refuses late or never."""

from collections import defaultdict

from chalicelib.core.http.surfaces import surface_of
from tests.platform import Platform


def test_sibling_path_variables_have_one_name(platform: Platform) -> None:
    """API Gateway refuses `/u/{id}` beside `/u/{uid}/x`; Chalice and its local server do not notice."""
    names: defaultdict[str, set[str]] = defaultdict(set)
    for path in platform.app.routes:
        segments = path.strip("/").split("/")
        for depth, segment in enumerate(segments):
            if segment.startswith("{"):
                names["/".join("{}" if part.startswith("{") else part for part in segments[:depth])].add(segment)
    assert {parent: found for parent, found in names.items() if len(found) > 1} == {}


def test_the_api_has_room_for_more_paths(platform: Platform) -> None:
    """API Gateway allows 300 resources an API by default, and every part of a path is one."""
    resources = {
        tuple(segments[: depth + 1])
        for path in platform.app.routes
        for segments in [path.strip("/").split("/")]
        for depth in range(len(segments))
    }
    assert len(resources) <= 280


def test_every_route_says_what_it_does(platform: Platform) -> None:
    silent = [
        f"{method} {path}"
        for path, methods in platform.app.routes.items()
        for method, entry in methods.items()
        if not (entry.view_function.__doc__ or "").strip()
    ]
    assert silent == []


def test_an_unknown_path_is_404_in_the_words_of_its_surface(platform: Platform) -> None:
    admin = platform.app.render_unrouted("GET", "/admin/nothing", 404)
    assert admin.status_code == 404
    assert '"code":"RESOURCE_NOT_FOUND"' in admin.body
    plain = platform.app.render_unrouted("GET", "/nothing", 404)
    assert plain.body == '{"message":"There is nothing at this address."}'


def test_prefixes_of_surfaces_are_whole_segments(platform: Platform) -> None:
    assert surface_of("/administrators", platform.app.surfaces).name == "platform"
    assert surface_of("/admin/partners", platform.app.surfaces).name == "admin"
