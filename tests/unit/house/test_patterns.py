"""No text from outside keeps a pattern of the package busy: each of them takes time in proportion to the text."""

from __future__ import annotations

import ast
import math
import re
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import odoo_sync_tui

PACKAGE = Path(odoo_sync_tui.__file__).parent
LENGTH = 100_000
SECONDS_PER_PATTERN = 1
"""Of the processor. A linear pattern takes a millisecond for each text, a quadratic one some seconds."""
PIECES = ("//a:", "//a:b", "//", "a", "0", "a.", "a@", "a:", " ", "\t ", "\n", '"', '"a ', ".", "-", "%", "=", "&a=b")


def patterns() -> Iterator[tuple[str, re.Pattern[str], set[str]]]:
    """Every pattern written as a literal in the package: file and line, the pattern, and the methods that use it."""
    for path in sorted(PACKAGE.rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if not re.search(r"^import re$", source, re.MULTILINE):
            continue
        tree = ast.parse(source)
        assignments = [each for each in ast.walk(tree) if isinstance(each, ast.Assign | ast.AnnAssign)]
        names = {
            id(each.value): ast.unparse(each.targets[0] if isinstance(each, ast.Assign) else each.target)
            for each in assignments
        }
        calls = [each for each in ast.walk(tree) if isinstance(each, ast.Call)]
        functions = {ast.unparse(each.func) for each in calls}
        for node in calls:
            function = ast.unparse(node.func)
            if not function.startswith("re.") or not node.args:
                continue
            flags = [each.value for each in node.keywords if each.arg == "flags"] or node.args[1:]
            try:
                literal = ast.literal_eval(node.args[0])
            except ValueError:
                continue  # put together when the program runs
            is_compiled = function == "re.compile"
            used = functions if is_compiled else {function}
            methods = {each.rpartition(".")[2] for each in used if each.startswith(f"{names.get(id(node), 're')}.")}
            flag = eval(ast.unparse(flags[0]), {"re": re}) if flags and (is_compiled or node.keywords) else 0
            if isinstance(literal, str):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno} {literal!r}", re.compile(literal, flag), methods


def hostile_texts(pattern: str) -> Iterator[str]:
    """Long texts that begin like a match over and over again, and never end like one."""
    words = re.findall(r"\w[\w ]+", re.sub(r"\\.", " ", pattern))
    starts = [words[: end + 1] for end in range(len(words))]
    for piece in (*PIECES, *words, *("".join(each) for each in starts), *(" 1 ".join(each) for each in starts)):
        yield piece * (LENGTH // len(piece)) + "\x00"
        yield "".join(words[:1]) + piece * (LENGTH // len(piece)) + "\x00"


def search_all() -> None:
    """Search each hostile text for each pattern; the system ends the process at one that takes too long."""
    for place, pattern, methods in patterns():
        sys.stdout.write(f"{place}\n")
        sys.stdout.flush()
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = math.ceil(used.ru_utime + used.ru_stime) + SECONDS_PER_PATTERN
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        for text in dict.fromkeys(hostile_texts(pattern.pattern)):
            if "fullmatch" in methods:
                pattern.fullmatch(text)
            if "match" in methods:
                pattern.match(text)
            if methods.isdisjoint({"fullmatch", "match"}):
                pattern.findall(text)
    sys.stdout.write("done\n")


def test_each_pattern_takes_time_in_proportion_to_the_text() -> None:
    program = f"from {__name__} import search_all; search_all()"
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=PACKAGE.parent, capture_output=True, text=True, check=False
    )
    assert ended.stdout.splitlines()[-1:] == ["done"], f"the last one took too long:\n{ended.stdout}{ended.stderr}"
