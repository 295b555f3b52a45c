"""Where the content of attachments stands: one file for each, beside the database."""

import hashlib
import os
import secrets
import shutil
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from escalation_app.domain.attachments import HEAD, require_size
from escalation_app.settings import settings

_HALF_SENT_FOR = timedelta(hours=1)


class Incoming:
    """A file that is arriving. What is not kept leaves nothing behind."""

    def __init__(self, name: str) -> None:
        """Raises OSError when there is no room."""
        self.key = secrets.token_urlsafe(18)
        self.head = b""
        self.size = 0
        self._name = name
        self._hash = hashlib.sha256()
        folder = _folder() / "incoming"
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / self.key
        self._file = self._path.open("xb")

    @property
    def digest(self) -> str:
        """SHA-256 of what has arrived, in hexadecimal."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes. Raises Invalid as soon as the file is too large."""
        self.size += len(chunk)
        if self.size:
            require_size(self._name, self.size)
        if len(self.head) < HEAD:
            self.head = (self.head + chunk)[:HEAD]
        self._hash.update(chunk)
        self._file.write(chunk)

    def keep(self) -> None:
        """The whole file has arrived: put it in its place, safe from a crash. Raises Invalid."""
        require_size(self._name, self.size)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        place = path_of(self.key)
        place.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(place)

    def discard(self) -> None:
        """Leave nothing behind, whether it was kept or not."""
        self._file.close()
        self._path.unlink(missing_ok=True)
        path_of(self.key).unlink(missing_ok=True)


def path_of(key: str) -> Path:
    """Where the content of an attachment stands. `key` is one that we made."""
    return _folder() / key[:2] / key


def share(key: str) -> str:
    """Another key under which the same content stands, also once the first one is gone. Where
    there is no content, there is none under the new key either."""
    other = secrets.token_urlsafe(18)
    place = path_of(other)
    place.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        try:
            place.hardlink_to(path_of(key))
        except OSError:  # a file system that knows no links
            shutil.copyfile(path_of(key), place)
    return other


def read_whole(key: str, digest: str) -> bytes | None:
    """The content of an attachment; None when it is missing or not what was uploaded."""
    try:
        content = path_of(key).read_bytes()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == digest else None


def sweep_half_sent(now: datetime) -> None:
    """Remove what a crash left of uploads that were never finished."""
    for path in (_folder() / "incoming").glob("*"):
        with suppress(FileNotFoundError):  # it has arrived meanwhile
            if path.stat().st_mtime < (now - _HALF_SENT_FOR).timestamp():
                path.unlink()


def _folder() -> Path:
    return settings().data_dir / "attachments"
