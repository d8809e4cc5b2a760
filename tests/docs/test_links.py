"""Links within the README and the documentation lead somewhere; those to other sites have the form of an address."""

import re
from urllib.parse import urlparse

from each_case import each_case
from markdown_blocks import DOCS, PAGES, ROOT, prose

_LINK = re.compile(r"(?<!`)\[[^\]]*\]\(([^)\s]+)\)")


@each_case("page", PAGES)
def test_links_lead_somewhere(page):
    path = PAGES[page]
    for link in _LINK.findall(prose(path.read_text(encoding="utf-8"))):
        if link.startswith(("http:", "https:")):
            assert urlparse(link).netloc.count(".") >= 1, link
        else:
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target.exists() or (DOCS / f"{file}.md").exists(), f"{page}: {link}"
            assert not anchor or anchor in anchors(target.read_text(encoding="utf-8")), f"{page}: {link}"
            assert ROOT in target.parents, f"{page}: {link}"


def anchors(text):
    """Return the anchors of a page: of its headings, as GitHub and MyST make them, and those it names itself."""
    headings = re.findall(r"^#{1,6} (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {*plain, *re.findall(r"^\(([\w-]+)\)=$", text, re.MULTILINE)}
