"""Files of messages: the chips of those that were sent, and the button that adds some."""

from typing import Any

import reflex as rx
from reflex.components.component import Component

from escalation_app.components.base import FilePickerElement, count_of, each, plain_link, when
from escalation_app.components.icons import icon
from escalation_app.domain.attachments import ENDINGS, MOST_BYTES, MOST_FILES


def file_chips(files: Any) -> Any:
    """``FileChip``s of a message, images shown small; nothing when there are none."""
    return when(
        count_of(files) > 0,
        rx.el.ul(each(files, _chip), class_name="files", aria_label="Files"),
    )


def _chip(file: Any) -> Component:
    image = rx.el.img(src=file.url, alt="", loading="lazy")
    return rx.el.li(
        plain_link(
            when(file.is_image, image),
            icon("clip", "sm"),
            rx.el.span(file.name, class_name="cut"),
            rx.el.span(file.size, class_name="part"),
            to=file.url,
            class_name=when(file.is_image, "file image", "file"),
        ),
        key=file.key,
    )


def file_picker() -> Component:
    """Adds files to the form around it, which is sent with their keys as its field ``files``. Files
    can also be dropped on the form, or pasted."""
    return FilePickerElement.create(
        most=str(MOST_FILES),
        largest=str(MOST_BYTES),
        endings=",".join(f".{ending}" for ending in ENDINGS),
    )
