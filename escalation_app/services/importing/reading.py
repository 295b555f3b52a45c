"""A delimited file, plain or gzipped, read record by record whatever it holds.

Only one record is in memory at a time, and no record is larger than MAX_RECORD. What cannot be
read costs its own line and nothing after it: an open quote does not swallow the rest of the file.
"""

import codecs
import csv
import gzip
import io
import zlib
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from escalation_app.domain.errors import Invalid
from escalation_app.services.importing.rejects import Rejects

MAX_RECORD = 8_000_000
"""Characters of one record; also bytes of one line."""
MAX_COLUMNS = 2_000
_GZIP = b"\x1f\x8b"
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BOM = "\ufeff"

ByteStream = io.BufferedReader | gzip.GzipFile


class UnreadableFile(Invalid):
    """The file as a whole cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class Encodings:
    """What a line is decoded with: the first that fits. `otherwise` is None to reject the line."""

    first: str
    otherwise: str | None


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `line` is where it starts in the file, from 1."""

    line: int
    cells: list[str]


def read_records(
    path: Path, encodings: Encodings, delimiter: str, rejects: Rejects
) -> Iterator[Record]:
    """The records of the file, the header first, each with as many cells as the header.

    Raises UnreadableFile for a file that cannot be opened, has no header, or whose compressed
    data is damaged.
    """
    try:
        with _opened(path) as stream:
            yield from _whole(_Lines(_decoded(stream, encodings, rejects)), delimiter, rejects)
    except (EOFError, zlib.error, gzip.BadGzipFile) as damaged:
        raise UnreadableFile(f"{path.name} is damaged: {damaged}.") from damaged
    except OSError as refused:
        raise UnreadableFile(f"{path} cannot be read: {refused.strerror or refused}.") from refused


def _opened(path: Path) -> ByteStream:
    """The file's bytes; gzip is known by how it starts, not by its name."""
    stream = path.open("rb")
    if stream.peek(2)[:2] != _GZIP:
        return stream
    stream.close()
    return gzip.open(path, "rb")


# Lines ---------------------------------------------------------------------------------------


def _decoded(
    stream: ByteStream, encodings: Encodings, rejects: Rejects
) -> Iterator[tuple[int, str]]:
    """(line number, text) of every line that can be decoded, without NULs and byte order mark."""
    start = stream.peek(4)[:4]
    wide = next((name for mark, name in _WIDE if start.startswith(mark)), None)
    if wide is not None:
        rejects.repair(1, f"The file is {wide.upper()}, as its first bytes say; read as that.")
        lines = _wide_lines(stream, wide, rejects)
    else:
        lines = _byte_lines(stream, encodings, rejects)
    for number, text in lines:
        if number == 1 and text.startswith(_BOM):
            rejects.repair(1, "A byte order mark stands before the header; left out.")
            text = text[1:]
        if "\x00" in text:
            rejects.repair(number, "NUL characters were left out.")
            text = text.replace("\x00", "")
        yield number, text


def _byte_lines(
    stream: ByteStream, encodings: Encodings, rejects: Rejects
) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(iter(lambda: stream.readline(MAX_RECORD), b""), start=1):
        if _is_cut(line):
            while _is_cut(line):
                line = stream.readline(MAX_RECORD)
            rejects.reject(number, f"The line is longer than {MAX_RECORD:,} bytes.")
            continue
        text = _decode(line, encodings, number, rejects)
        if text is not None:
            yield number, text


def _is_cut(line: bytes) -> bool:
    return len(line) == MAX_RECORD and not line.endswith(b"\n")


def _decode(line: bytes, encodings: Encodings, number: int, rejects: Rejects) -> str | None:
    try:
        return line.decode(encodings.first)
    except UnicodeDecodeError as wrong:
        said = f"Not {encodings.first}: byte 0x{line[wrong.start]:02x} at place {wrong.start + 1}"
    if encodings.otherwise is not None:
        try:
            text = line.decode(encodings.otherwise)
        except UnicodeDecodeError:
            pass
        else:
            rejects.repair(number, f"{said}; read as {encodings.otherwise}.")
            return text
    rejects.reject(number, f"{said}.", [line.decode("ascii", "backslashreplace")])
    return None


def _wide_lines(stream: ByteStream, encoding: str, rejects: Rejects) -> Iterator[tuple[int, str]]:
    with io.TextIOWrapper(stream, encoding, "replace", newline="") as text:
        for number, line in enumerate(iter(lambda: text.readline(MAX_RECORD), ""), start=1):
            if "\ufffd" in line:
                rejects.repair(number, "Characters that are no text were replaced.")
            yield number, line


# Records -------------------------------------------------------------------------------------


class _Lines:
    """Lines that can be given back. `taken` holds those of the record being read."""

    def __init__(self, lines: Iterator[tuple[int, str]]) -> None:
        self._lines = lines
        self._returned: deque[tuple[int, str]] = deque()
        self._size = 0
        self.taken: list[tuple[int, str]] = []

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.taken.append(line)
        self._size += len(line[1])
        if self._size > MAX_RECORD:
            raise csv.Error(f"longer than {MAX_RECORD:,} characters")
        return line[1]

    def begin(self) -> None:
        """A new record begins with the next line."""
        self.taken.clear()
        self._size = 0

    def give_back_all_but_first(self) -> None:
        """Read the record's other lines again, as records of their own."""
        self._returned.extendleft(reversed(self.taken[1:]))


def _whole(lines: _Lines, delimiter: str, rejects: Rejects) -> Iterator[Record]:
    """Records with as many cells as the header; others cost their first line only."""
    csv.field_size_limit(MAX_RECORD)
    width: int | None = None
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as wrong:
            if width is None:
                raise UnreadableFile(f"The first line is no header: {wrong}.") from wrong
            reader = _reject(lines, delimiter, rejects, f"This is no row: {wrong}.", ())
            continue
        if not cells:
            continue
        line = lines.taken[0][0]
        if width is None:
            width = _width(cells)
        elif len(cells) != width:
            said = f"The row has {len(cells)} cells and the header has {width}."
            reader = _reject(lines, delimiter, rejects, said, cells)
            continue
        yield Record(line, cells)
    if width is None:
        raise UnreadableFile("The file has no header: its first line must name the columns.")


def _width(header: Sequence[str]) -> int:
    if len(header) > MAX_COLUMNS:
        raise UnreadableFile(f"The header has more than {MAX_COLUMNS:,} columns.")
    return len(header)


def _reject(
    lines: _Lines, delimiter: str, rejects: Rejects, reason: str, cells: Sequence[str]
) -> Iterator[list[str]]:
    """Reject the record's first line, and go on with a reader that starts at the second."""
    number, text = lines.taken[0]
    rejects.reject(number, reason, cells if len(lines.taken) == 1 and cells else [text.rstrip()])
    lines.give_back_all_but_first()
    rest: Iterable[str] = lines
    return csv.reader(rest, delimiter=delimiter, strict=True)
