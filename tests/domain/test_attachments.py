"""Which files may be attached."""

import pytest

from escalation_app.domain.attachments import (
    MOST_BYTES,
    file_name,
    media_type_of,
    require_size,
    size_words,
)
from escalation_app.domain.errors import Invalid

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 8


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("log.txt", "log.txt"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\ann\\shot.png", "shot.png"),
        ("a\x00b\r\nSet-Cookie: x.txt", "abSet-Cookie: x.txt"),
        ("\u202egnp.txt", "gnp.txt"),
        ("x" * 400 + ".txt", "x" * 116 + ".txt"),
        ("Blåbær och ärter.pdf", "Blåbær och ärter.pdf"),
    ],
)
def test_a_name_loses_its_path_and_what_is_no_letter(given: str, kept: str):
    assert file_name(given) == kept


@pytest.mark.parametrize("given", ["", "..", "/", "a/", "...", "\x00"])
def test_what_is_no_name_is_refused(given: str):
    with pytest.raises(Invalid):
        file_name(given)


@pytest.mark.parametrize(
    ("name", "head", "media_type"),
    [
        ("shot.PNG", PNG, "image/png"),
        ("mail.pdf", b"%PDF-1.7", "application/pdf"),
        ("page.log", b"<html>", "text/plain; charset=utf-8"),
        ("report.docx", b"PK\x03\x04", "application/octet-stream"),
    ],
)
def test_what_is_taken_is_served_as_something_harmless(name: str, head: bytes, media_type: str):
    assert media_type_of(name, head) == media_type


@pytest.mark.parametrize(
    ("name", "head"),
    [
        ("run.exe", b"MZ"),
        ("page.html", b"<html>"),
        ("drawing.svg", b"<svg"),
        ("no-ending", b"text"),
        ("shot.png", b"<html><script>"),
        ("shot.png.html", PNG),
        ("notes.txt", b"MZ\x90"),
        ("notes.txt", b"#!/bin/sh"),
        ("mail.pdf", b"PK\x03\x04"),
    ],
)
def test_other_kinds_and_false_ones_are_refused(name: str, head: bytes):
    with pytest.raises(Invalid):
        media_type_of(name, head)


def test_a_file_is_neither_empty_nor_larger_than_the_limit():
    require_size("a.txt", 1)
    require_size("a.txt", MOST_BYTES)
    for size in (0, MOST_BYTES + 1):
        with pytest.raises(Invalid):
            require_size("a.txt", size)


@pytest.mark.parametrize(
    ("size", "words"),
    [(1, "1 bytes"), (1536, "1.5 kB"), (4 * 1024 * 1024, "4 MB"), (831_488, "812 kB")],
)
def test_a_size_in_words(size: int, words: str):
    assert size_words(size) == words
