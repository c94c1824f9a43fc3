"""The apps that are compared: the packed API, and others made from its zip."""

import shutil
import zipfile
from pathlib import Path

import botocore

from infra.zip.dependencies import compile_tree

OURS, ALL = "Spacegarden", "Spacegarden with every API and page loaded"
ONE_ROUTE, BARE = "one route, same libraries", "bare handler on botocore"
_ONE_ROUTE_TRIMMED = "one route, with our data of botocore's"
_OTHERS = {ONE_ROUTE: "one_route.py", _ONE_ROUTE_TRIMMED: "one_route.py", BARE: "bare.py"}
EVERY = (OURS, ALL, *_OTHERS)
_HERE = Path(__file__).parent


def unpacked(code: Path, scratch: Path, names: tuple[str, ...] = EVERY) -> dict[str, Path]:
    """The folder of each app: the zip, the zip with every part loaded at start, the zip with another `app.py`."""
    tasks = {name: scratch / str(number) for number, name in enumerate(names)}
    for name, task in tasks.items():
        with zipfile.ZipFile(code) as packed:
            packed.extractall(task)
        if name == OURS:
            continue
        for compiled in (task / "__pycache__").glob("app.*"):
            compiled.unlink()
        if name == ALL:
            with (task / "app.py").open("a") as app:
                app.write("app.load_all()\n")
        else:
            shutil.rmtree(task / "chalicelib")
            shutil.copy(_HERE / _OTHERS[name], task / "app.py")
        compile_tree(task, only="app.py")
        if name in (ONE_ROUTE, BARE):
            _publish_data(task / "botocore" / "data")
    return tasks


def variables(address: str) -> dict[str, str]:
    """The environment of each app; `address` is where it finds AWS."""
    return {
        "SPACEGARDEN_STAGE": "dev",
        "SPACEGARDEN_PUBLIC_URL": "http://spacegarden.test",
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
    }


def _publish_data(packed: Path) -> None:
    """Gives an app botocore's data as they are published; the zip holds a part of them."""
    published = Path(botocore.__file__).parent / "data"
    shutil.copy(published / "endpoints.json", packed)
    for description in list(packed.rglob("service-2.json")):
        description.unlink()
        shutil.copy(published / description.relative_to(packed).with_suffix(".json.gz"), description.parent)
