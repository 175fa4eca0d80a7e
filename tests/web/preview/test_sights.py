"""What the email looks like to eyes that see less: a model, and said to be one."""

import io

import pytest
from PIL import Image, ImageChops

from digest.web.preview import screen
from tests.web.preview.conftest import AS_OF, folder_with, preview


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with preview(folder_with(tmp_path_factory.mktemp("preview")), "--as-of", AS_OF) as served:
        yield served


def seen(page, sight):
    """What the phone shows, once that sight is chosen."""
    page.locator("#choose-sight").select_option(sight)
    page.locator(f".devices[data-sight='{sight}']").wait_for()
    page.wait_for_timeout(100)
    return Image.open(io.BytesIO(page.locator(".phone .glass").screenshot())).convert("RGB")


def strongest(image):
    """How far the colours of a picture lie apart: 0 is grey."""
    red, green, blue = image.split()
    return max(ImageChops.difference(one, other).getextrema()[1] for one, other in ((red, green), (green, blue)))


def test_each_sight_changes_what_is_seen_and_is_called_a_model(running, opened):
    page = opened(running.url)
    page.locator("body[data-lacks='']").wait_for()
    images = {}
    for sight, model in screen.SIGHTS.items():
        images[sight] = seen(page, sight)
        said = page.locator(".truth").first.inner_text()
        assert said.startswith("Real engine" if not sight else "Approximation")
        assert model.says in said
    assert len({image.tobytes() for image in images.values()}) == len(screen.SIGHTS)
    assert strongest(images["none"]) < 8  # what shines in at the round corners
    assert strongest(images[""]) > 100


def test_without_green_cones_red_and_green_of_one_lightness_are_one_colour(running, opened):
    page = opened(running.url)
    page.locator("body[data-lacks='']").wait_for()
    dots = "<div style='position:fixed;inset:0 50% 0 0;background:#b06000'></div><div style='position:fixed;inset:0 0 0 50%;background:#6c8a00'></div>"
    page.locator(".phone iframe.shown").content_frame.locator("body").evaluate(
        "(body, dots) => body.innerHTML = dots", dots
    )
    apart = {}
    for sight in ("", "green"):
        image = seen(page, sight)
        left, right = (image.getpixel((at, 200)) for at in (60, image.width - 60))
        apart[sight] = max(abs(a - b) for a, b in zip(left, right, strict=True))
    assert apart["green"] < apart[""] / 2
