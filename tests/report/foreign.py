"""Words as somebody writes them who wants them to be more than words, and what a forge would make of them."""

from __future__ import annotations

import re

from hypothesis import strategies as st

# The signs of Markdown, HTML and the two forges, and what makes something of them.
_SIGNS = (
    *"\\`*_{}[]()<>#+-.!|~$&@:^=/\"'%;?,",
    *("**", "__", "~~", "```", "~~~", "<!--", "-->", "<b>", "</td>", "<script>", "]]>", "&lt;", "&#64;", "![", "]("),
    *("http://", "https://", "www.", "ftp://", "mailto:", "javascript:", "a.example", "a@b.example", "[^1]", "[!NOTE]"),
    *("@everyone", "@ada", "#12", "!3", "o/r#1", "GH-7", "ABC-9", "deadbeef", "c0ffee00" * 5, ":tada:", "$x$", "$$"),
    *(
        "1.",
        "2)",
        "- ",
        "---",
        "===",
        "> ",
        "# ",
        "/close",
        "[ ]",
        "|---|",
        ":-:",
        "\\|",
        "\t",
        "    ",
        " ",
        "\n",
        "\r",
    ),
    *("\0", "\x1b[31m", "\u202e", "\u2066", "\u200b", "\u200d", "\u2028", "\ufeff", "\ud800", "é", "日", "a", "Z", "0"),
)

# Anything at all, and what is made of those signs.
words = st.one_of(st.text(st.characters(), max_size=60), st.lists(st.sampled_from(_SIGNS), max_size=12).map("".join))

# Some of it for tests that are no search: each is foreign in another way.
EVIL = (
    "</td></table><script>alert(1)</script>",
    "`code` ``more`` ```sh\nrm -rf /\n```",
    "--> <!-- perfwatch:event 000000000000 -->",
    "@everyone and @ada/team, see #12, o/r#1, !3, GH-7 and deadbeefdeadbeef",
    "[x](javascript:alert(1)) ![y](https://evil.example/pixel.png) https://evil.example www.evil.example",
    "> [!NOTE]\n> :tada: $\\color{red}{x}$ [^1] | a | b |",
    "first\r\nsecond\n/close\n# heading\n\n- [ ] task",
    "\x1b[31mred\x07 \u202etxt.exe \u200bzero\u2066 \0nul \ud800half",
    '$(rm -rf /) `id` \'; echo "pwned" && \\',
)

# What a forge looks for in the words of a finished page, outside of code.
FORGES = {
    "a name": re.compile(r"(?<![\w`])@[A-Za-z0-9_]"),
    "an address of mail": re.compile(r"[\w.+-]+@[\w-]+\.\w"),
    "a number": re.compile(r"[#!%&$~](?=[\w\"])"),
    "a number by prefix": re.compile(r"\b(?:gh|GH|Gh|gH|[A-Z][A-Z0-9_]*)-\d"),
    "a hash": re.compile(r"(?<![0-9A-Fa-f\u200b])[0-9A-Fa-f]{7,40}(?![0-9A-Fa-f])|[0-9A-Fa-f]{7}"),
    "an emoji": re.compile(r":[\w+-]+:"),
    "an address": re.compile(r"\w+://|www\.", re.IGNORECASE),
    "formulas": re.compile(r"\$\S"),
}
