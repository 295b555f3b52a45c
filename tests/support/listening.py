"""What is logged while a test looks on."""

import logging


class Listener(logging.Handler):
    """Keeps what it hears; for fixtures of a module, which have no caplog."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record)
