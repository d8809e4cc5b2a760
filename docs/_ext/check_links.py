"""Every link and anchor of the built site leads somewhere within it; addresses of other sites have the form of one.

    python docs/_ext/check_links.py docs/_build/html

Other sites are not asked: the machine that builds may have no network.
"""

import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlparse


class Links(HTMLParser):
    """What a page links to, and the anchors that it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect one element's."""
        for name, value in attrs:
            if name == "id" or (tag == "a" and name == "name"):
                self.anchors.add(value or "")
            elif name in ("href", "src") and value and tag != "base":
                self.links.add(value)


def read(site: Path) -> dict[Path, Links]:
    """Return the links of every page."""
    found = {}
    for page in site.rglob("*.html"):
        found[page] = Links()
        found[page].feed(page.read_text(encoding="utf-8"))
    return found


def broken(site: Path) -> list[str]:
    """Return what leads nowhere, a line each."""
    pages = read(site)
    return [
        f"{page.relative_to(site)}: {link}"
        for page, found in sorted(pages.items())
        for link in sorted(found.links)
        if not leads(page, link, pages)
    ]


def leads(page: Path, link: str, pages: dict[Path, Links]) -> bool:
    """Say whether a link of a page leads somewhere."""
    address = urlparse(link)
    if address.scheme in ("http", "https"):
        return "." in address.netloc or address.netloc.startswith("localhost")
    if address.scheme:  # data: and the like hold what they show
        return True
    target = (page.parent / unquote(address.path)).resolve() if address.path else page
    if target.is_dir():
        target /= "index.html"
    anchor = unquote(address.fragment)
    # pages that our own commands make have views behind their anchors, which their scripts open
    known = target not in pages or "live" in page.parts or not anchor or anchor in pages[target].anchors
    return target.exists() and known


def main() -> None:
    """Check a site; exit with 1 when a link leads nowhere."""
    site = Path(sys.argv[1]).resolve()
    wrong = broken(site)
    print("\n".join(wrong) or f"all links within {len(read(site))} pages lead somewhere")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
