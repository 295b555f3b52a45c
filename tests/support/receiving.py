"""A web server that takes posts, and answers what a test wants."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiving:
    """`url` is where it listens. It answers with `status`, `headers` and `body`, or as `trickle`
    says, part by part."""

    url: str
    requests: list[Request] = field(default_factory=list[Request])
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b"ok"
    trickle: Callable[[], Iterator[bytes]] | None = None


@contextmanager
def receiving() -> Iterator[Receiving]:
    """A server on a free port of this machine, for the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            names = {name.lower(): value for name, value in self.headers.items()}
            told.requests.append(Request(self.path, names, self.rfile.read(length)))
            if told.trickle is not None:
                for part in told.trickle():
                    try:
                        self.wfile.write(part)
                        self.wfile.flush()
                    except OSError:
                        return
                return
            self.send_response(told.status)
            for name, value in told.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.body)))
            self.end_headers()
            self.wfile.write(told.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        told = Receiving(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
