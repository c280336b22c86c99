"""Checks that relative links in the documents, and their anchors, exist."""

import pathlib
import re
import subprocess
import sys

root = pathlib.Path(__file__).parent.parent
pages = [root / name for name in subprocess.check_output(["git", "ls-files", "*.md"], cwd=root, text=True).split()]


def text(page):
    """The page without its fenced code."""
    return re.sub(r"^```.*?^```", "", page.read_text(), flags=re.S | re.M)


def anchors(page):
    """The anchors of a page's headings, as GitHub and mdBook make them."""
    names = re.findall(r"^#+ +(.*?) *$", text(page), flags=re.M)
    plain = (re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", name) for name in names)
    return {re.sub(r"[^\w\- ]", "", name.lower()).replace(" ", "-") for name in plain}


broken = []
for page in pages:
    for link in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists():
            broken.append(f"{page.relative_to(root)}: {link} is not there")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            broken.append(f"{page.relative_to(root)}: {link} has no such heading")
print(f"{len(pages)} pages")
sys.exit("\n".join(broken) or 0)
