"""Pictures from strangers: decoded once, kept as a JPEG of ours that has nothing in it but the picture."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from contract.wire import InvalidInput

FORMATS = ("JPEG", "PNG", "WEBP")
SIDE = 2048
MAX_PIXELS = 50_000_000  # the largest that phones make by default have 48 million
QUALITY = 85

NO_IMAGE = "This file is no photo that we can read. Please send a JPEG, PNG or WebP picture."
TOO_MANY_PIXELS = f"This photo has too many pixels: at most {MAX_PIXELS // 1_000_000} million, please."
ANIMATED = "This picture moves. Please send a photo."


def as_jpeg(data: bytes) -> bytes:
    """The picture upright, at most ``SIDE`` pixels wide and high, on white where it is transparent, without any
    metadata (EXIF, place, comments, profiles).

    Raises:
        InvalidInput: not a whole picture of ``FORMATS``, more than ``MAX_PIXELS``, or animated.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check(image)
            return _encoded(_upright(image))
    except InvalidInput:
        raise
    except Image.DecompressionBombError:
        raise InvalidInput(TOO_MANY_PIXELS) from None
    except Exception:  # a broken file may raise nearly anything
        raise InvalidInput(NO_IMAGE) from None


def _check(image: Image.Image) -> None:
    if image.width * image.height > MAX_PIXELS:
        raise InvalidInput(TOO_MANY_PIXELS)
    if image.format in ("PNG", "WEBP") and getattr(image, "is_animated", False):  # phones put two stills into a JPEG
        raise InvalidInput(ANIMATED)


def _upright(image: Image.Image) -> Image.Image:
    image.draft("RGB", (SIDE, SIDE))  # a large JPEG is decoded at a fraction of its size
    small = image if image.mode in ("L", "RGB", "RGBA") else image.convert(_full_mode(image))
    small.thumbnail((SIDE, SIDE))  # before anything else: each copy of a large one takes 200 MB
    return _on_white(ImageOps.exif_transpose(small))


def _full_mode(image: Image.Image) -> str:
    return "RGBA" if image.has_transparency_data else "RGB"


def _on_white(image: Image.Image) -> Image.Image:
    if _full_mode(image) == "RGB":
        return image.convert("RGB")
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image.convert("RGBA"))
    return white.convert("RGB")


def _encoded(image: Image.Image) -> bytes:
    image.info.clear()  # Pillow would write a comment that the file had
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()
