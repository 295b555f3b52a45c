"""Which files may be attached: what they are called, how large they are, what stands in them."""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import PurePosixPath
from types import MappingProxyType

from escalation_app.domain.errors import Invalid

MOST_BYTES = 10 * 1024 * 1024
"""Bytes of one file."""
MOST_FILES = 10
"""Files of one message."""
MOST_WAITING = 30
"""Files that one person has uploaded and not sent."""
HEAD = 16
"""How many bytes of a file its content is told by."""
_NAME_LENGTH = 120

PLAIN = "text/plain; charset=utf-8"
OPAQUE = "application/octet-stream"
IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""What is shown where it stands; everything else is only handed over."""

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_TYPES: Mapping[str, tuple[str, tuple[bytes, ...]]] = MappingProxyType(
    {
        "png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
        "jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
        "jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
        "gif": ("image/gif", (b"GIF87a", b"GIF89a")),
        "webp": ("image/webp", (b"RIFF",)),
        "pdf": ("application/pdf", (b"%PDF-",)),
        **dict.fromkeys(("zip", "docx", "xlsx", "pptx", "odt", "ods"), (OPAQUE, _ZIP)),
        "gz": (OPAQUE, (b"\x1f\x8b",)),
        **dict.fromkeys(("txt", "log", "csv", "md", "json", "xml", "yaml", "yml"), (PLAIN, ())),
        "eml": (OPAQUE, ()),
    }
)
"""By the ending of the name: how it is served, and how its content begins where that is known."""
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe")

ENDINGS = tuple(sorted(_TYPES))


def file_name(given: str) -> str:
    """The last part of a path that a browser gave, without what no file system or header takes.

    Raises Invalid when nothing is left.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", given))[-1]
    name = "".join(one for one in last if unicodedata.category(one)[0] != "C").strip(" .")
    path = PurePosixPath(name)
    if not path.stem or name in (".", ".."):
        raise Invalid("That file has no name.")
    return path.stem[: _NAME_LENGTH - len(path.suffix)] + path.suffix


def media_type_of(name: str, head: bytes) -> str:
    """How a file is served, by the ending of its name and its first HEAD bytes.

    Raises Invalid for an ending that is not taken, and for content that is not what it says.
    """
    ending = PurePosixPath(name).suffix.lstrip(".").lower()
    found = _TYPES.get(ending)
    if found is None:
        kinds = ", ".join(ENDINGS)
        raise Invalid(f"{name}: files of this kind are not taken. These are: {kinds}.")
    media_type, beginnings = found
    is_program = head.startswith(_PROGRAMS)
    if is_program or (beginnings and not head.startswith(beginnings)):
        raise Invalid(f"{name}: this is no {ending} file.")
    return media_type


def require_size(name: str, size: int) -> None:
    """Raises Invalid for an empty file and for one that is too large; `size` is in bytes."""
    if size == 0:
        raise Invalid(f"{name} is empty.")
    if size > MOST_BYTES:
        raise Invalid(f"{name} is larger than {MOST_BYTES // 1024 // 1024} MB.")


def size_words(size: int) -> str:
    """A size as people say it: "4 MB", "812 kB"."""
    for unit, length in (("MB", 1024 * 1024), ("kB", 1024)):
        if size >= length:
            count = size / length
            return (
                f"{count:.1f} {unit}"
                if count < 10 and round(count, 1) % 1
                else f"{count:.0f} {unit}"
            )
    return f"{size} bytes"
