"""The figures of a stage's functions are medians of their starts, and the most that any of their processes held."""

from stage.figures import Figures, Start


def test_a_function_is_a_line_with_its_median_start_and_its_highest_memory() -> None:
    figures = Figures()
    for init in (0.5, 0.1, 0.3):
        figures.started("app", Start(init, init / 2), memory_mb=512, zip_bytes=11_730_000)
    figures.answered("app", 60.2)
    figures.answered("app", 75.6)
    figures.answered("app", 70.0)
    assert figures.table().splitlines()[2:] == ["| app | 3 | 300 | 150 | 76 | 512 | 11.73 |"]


def test_a_function_that_never_answered_has_no_memory() -> None:
    figures = Figures()
    figures.started("deliver_webhooks", Start(0.2, 0.1), memory_mb=256, zip_bytes=1_000_000)
    assert figures.table().splitlines()[2:] == ["| deliver_webhooks | 1 | 200 | 100 |  | 256 | 1.00 |"]
