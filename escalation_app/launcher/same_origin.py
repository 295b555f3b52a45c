"""Makes the built front end independent of where it is served.

Reflex bakes the address of its backend into the bundle: one build could serve one port of one
host. This plugin has a placeholder baked in, and after the build replaces it by an expression
that reads the address the page itself came from.
"""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from reflex_base.constants import Endpoint
from reflex_base.environment import environment
from reflex_base.plugins.base import Plugin

_HASHES_FILE = "script-hashes.json"

_PLACEHOLDER = "same-origin.invalid"
_BAKED = re.compile(rf"""(["'`])(ws|http)://{re.escape(_PLACEHOLDER)}(/[\w/-]*)\1""")
_WITHIN_TEXT = re.compile(rf"JSON\.parse\([^)]*{re.escape(_PLACEHOLDER)}")
_ORIGIN = {"http": "location.origin", "ws": 'location.origin.replace(/^http/,"ws")'}
_INLINE_SCRIPT = re.compile(r"<script(?P<attributes>[^>]*)>(?P<body>.*?)</script>", re.DOTALL)


class SameOriginPlugin(Plugin):
    """Reflex calls these while it builds."""

    def update_env_json(self, **context: Any) -> dict[str, Any]:
        """Bake the placeholder in instead of a host and a port."""
        return {
            endpoint.name: f"{'ws' if endpoint is Endpoint.EVENT else 'http'}"
            f"://{_PLACEHOLDER}/{endpoint.value}"
            for endpoint in Endpoint
        }

    def post_build(self, **context: Any) -> None:
        """Replace the placeholder in the built scripts and note the hashes of the inline ones.

        Raises RuntimeError if a placeholder is left, or none was found: Reflex has then changed
        the way it bakes the address in.
        """
        bundle = Path(context["static_dir"])
        patched = sum(_patch(script) for script in bundle.rglob("*.js"))
        if not patched:
            raise RuntimeError("the bundle holds no backend address to replace")
        (bundle.parent / _HASHES_FILE).write_text(json.dumps(inline_script_hashes(bundle)))


def _patch(script: Path) -> int:
    """Replace every placeholder of one file in place and return how many there were."""
    before = script.read_text("utf-8")
    after, count = _BAKED.subn(lambda m: f'({_ORIGIN[m[2]]}+"{m[3]}")', before)
    if _PLACEHOLDER in after or _WITHIN_TEXT.search(before):
        raise RuntimeError(f"{script.name} holds the backend address in an unknown way")
    if count:
        script.write_text(after, "utf-8")
    return count


def script_hashes() -> list[str]:
    """CSP source expressions of the inline scripts in the bundle this process serves, if any."""
    built = environment.REFLEX_WEB_WORKDIR.get() / "build" / _HASHES_FILE
    return json.loads(built.read_text()) if built.exists() else []


def inline_script_hashes(bundle: Path) -> list[str]:
    """CSP source expressions ('sha256-...') of the scripts written into the bundle's pages."""
    bodies = {
        match["body"]
        for page in bundle.rglob("*.html")
        for match in _INLINE_SCRIPT.finditer(page.read_text("utf-8"))
        if "src=" not in match["attributes"] and match["body"]
    }
    digests = (hashlib.sha256(body.encode()).digest() for body in bodies)
    return sorted(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
