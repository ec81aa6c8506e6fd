"""The page's files: all there, all announced, cached but asked about, free of what the policy forbids."""

import re
from pathlib import Path

import httpx
import pytest

WEB = Path(__file__).resolve().parents[3] / "gateway" / "web"
MODULES = sorted((WEB / "static").glob("*.js"))


def test_the_page_announces_every_module_and_style():
    page = (WEB / "index.html").read_text(encoding="utf-8")
    named = set(re.findall(r'(?:href|src)="/static/([^"]+)"', page))
    assert named == {path.name for path in (WEB / "static").iterdir()}


@pytest.mark.parametrize("path", [WEB / "widget.js", *MODULES], ids=lambda path: path.name)
def test_nothing_turns_text_into_html_or_code(path):
    source = path.read_text(encoding="utf-8")
    forbidden = r"innerHTML\s*\+?=|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3\.org)[a-z]"
    code = "\n".join(line for line in source.splitlines() if not line.lstrip().startswith("*"))
    assert re.findall(forbidden, code) == []


def test_the_page_has_no_inline_script_style_or_handler():
    page = (WEB / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", page) == []


def test_a_known_file_is_not_sent_again(chat_url):
    first = httpx.get(f"{chat_url}/static/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = httpx.get(f"{chat_url}/static/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
