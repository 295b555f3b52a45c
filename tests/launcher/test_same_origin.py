from pathlib import Path

import pytest

from escalation_app.launcher.same_origin import SameOriginPlugin, inline_script_hashes


@pytest.fixture
def client(tmp_path: Path) -> Path:
    folder = tmp_path / "build" / "client"
    (folder / "assets").mkdir(parents=True)
    return folder


def test_no_host_or_port_is_baked_in():
    baked = SameOriginPlugin().update_env_json()

    assert baked["EVENT"] == "ws://same-origin.invalid/_event"
    assert baked["UPLOAD"] == "http://same-origin.invalid/_upload"


@pytest.mark.parametrize("quote", ['"', "'", "`"])
def test_the_bundle_asks_the_address_its_page_came_from(client: Path, quote: str):
    script = client / "assets" / "env.js"
    script.write_text(
        f"e={{PING:{quote}http://same-origin.invalid/ping{quote},"
        f"EVENT:{quote}ws://same-origin.invalid/_event{quote}}}"
    )

    SameOriginPlugin().post_build(static_dir=client)

    assert script.read_text() == (
        'e={PING:(location.origin+"/ping"),EVENT:(location.origin.replace(/^http/,"ws")+"/_event")}'
    )


@pytest.mark.parametrize(
    "content", ["let a=1", 'JSON.parse(\'{"E":"ws://same-origin.invalid/"}\')']
)
def test_a_bundle_made_in_another_way_fails_the_build(client: Path, content: str):
    (client / "assets" / "env.js").write_text(content)

    with pytest.raises(RuntimeError, match="address"):
        SameOriginPlugin().post_build(static_dir=client)


def test_inline_scripts_are_known_by_their_hashes_and_linked_ones_are_not(client: Path):
    (client / "index.html").write_text(
        '<script>alert(1)</script><script src="/assets/a.js"></script>'
        '<script type="module">import "x";</script>'
    )

    hashes = inline_script_hashes(client)

    assert len(hashes) == 2
    assert "'sha256-bhHHL3z2vDgxUt0W3dWQOrprscmda2Y5pLsLg4GF+pI='" in hashes
