"""What `make docs` does to pages: help of commands, and links that leave this folder."""

import os
import re
import subprocess
import sys
from typing import Any

HELP = re.compile(r"^<!-- help: (.*) -->$", re.MULTILINE)
OUTSIDE = re.compile(r"\[([^\]]*)\]\((?:\.\./)+(?!decisions)([^)#]*)[^)]*\)")
"""A link to a file of the repository, which the site does not have."""


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Put in the help of commands, and name files outside instead of linking them."""
    depth = page.file.src_uri.count("/")

    def named(found: re.Match[str]) -> str:
        # From a folder below, one step up is still inside.
        if found[0].count("../") <= depth:
            return found[0]
        text, path = found[1], found[2]
        return text if text.strip("`") == path else f"{text} (`{path}`)"

    return OUTSIDE.sub(named, HELP.sub(lambda found: _help(found[1]), markdown))


def _help(command: str) -> str:
    """What ``python -m COMMAND --help`` prints."""
    done = subprocess.run(
        [sys.executable, "-m", *command.split(), "--help"],
        capture_output=True, text=True, check=True, env=os.environ | {"COLUMNS": "80"},
    )  # fmt: skip
    return f"```text\n{done.stdout.strip()}\n```"
