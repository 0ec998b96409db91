"""Drawn YAML, and what kubectl and the server read in it: the same values, the same refusals.

`python -m tests.yamlio.snippets [SEED] [COUNT]` builds tests/oracle/yaml (Go, linking sigs.k8s.io/yaml) and compares COUNT
snippets; `python -m tests.yamlio.snippets record` writes a sample with the answers to `snippets.jsonl`, for the tests.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from modelwright.problems import Problem
from modelwright.yamlio import read
from modelwright.yamlio.block import read_block

HERE = Path(__file__).parent
RECORD = HERE / "snippets.jsonl"
ORACLE = HERE.parent / "oracle" / "yaml"
SAMPLE, SAMPLE_SEED = 400, 7

_SCALARS = ["y", "Y", "yes", "YES", "yEs", "n", "No", "NO", "on", "Off", "OFF", "true", "True", "TRUE", "tRue", "false", "~", "null", "Null", "NULL", "nULL", "0", "-0", "+0", "1", "-1", "+1", "08", "09", "007", "0777", "-010", "0o17", "0O17", "0x1F", "-0xff", "0X", "0b101", "0b12", "0b-1", "1_000", "_1", "1__0", "0x_F", "1.0", "1.", ".5", "-.5", "+.5", ".", "..", "...", "1e3", "1E+3", "1e-7", "1e", "1e999", "-1e999", "1.5_0", ".inf", "-.inf", "+.INF", ".nan", ".NaN", "1:30", "12:30:45", "1:60", "2024-01-01", "2024-1-1", "2024-01-01T10:00:00Z", "2024-01-01t10:00:00.5-07:00", "9223372036854775807", "9223372036854775808", "18446744073709551616", "-9223372036854775809", "123456789012345678901234567890", "0.1", "1e22", "1e21", "3.0e5", "1234567e8", "abc", "a-b", "a.b/c", "=", "<<", "<<x", "a#b", "a:b", "http://x/y?z=1", "-x", "--x", "-1x", "1.2.3", "10Gi", "1e3m", "100m", "é", "日本", "%x", "@x", "`x`", "!x", "&x", "*x"]
_QUOTED = (
    "''", '""', "'it''s'", '"\\n"', '"\\u00e9"', '"\\x41"', '"\\d"', '"a\\\n  b"', "'a\n  b'", "'y'", '"1"', "'~'", '"\\/"', '"\\e"',
    '"\\U0001F600"', '"\\ud83d\\ude00"', '"\\0"', '"tab\\t"', "'<<'", '"#"',
)  # fmt: skip
_TAGS = ("!!str ", "!!int ", "!!float ", "!!bool ", "!!null ", "!!binary ", "!!timestamp ", "!mine ", "! ", "!!map ", "!!seq ",
         "!<tag:yaml.org,2002:str> ", "!!set ", "!!omap ", "!e!x ")  # fmt: skip
_COMMENTS = ("", "", "", " # said", " #", "#no", "\t# tab")
_BLOCKS = ("|", ">", "|-", ">-", "|+", ">+", "|2", ">1-", "|0", "| # c")


class Author:
    """Writes one snippet after another from a seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.anchors: list[str] = []

    def snippet(self) -> str:
        self.anchors = []
        pick = self.chance.random()
        count = 1 if pick < 0.8 else self.chance.randint(2, 3)
        heads = ["---", "--- ", "--- # c", "---\t", "---"] if count > 1 or self.chance.random() < 0.2 else [""]
        parts = []
        for number in range(count):
            head = self.chance.choice(heads) if number or len(heads) > 1 else ""
            parts.append((f"{head}\n" if head else "") + self.node(0, 0))
            if self.chance.random() < 0.02:
                parts.append("...")
        text = "\n".join(parts) + self.chance.choice(("\n", "\n", "\n", "", "\n\n"))
        return self._spoiled(text)

    def _spoiled(self, text: str) -> str:
        pick = self.chance.random()
        if pick < 0.02:
            text = self.chance.choice(("%YAML 1.1\n---\n", "%YAML 1.2\n---\n", "%TAG !e! tag:e,2000:\n---\n", "%FOO bar\n---\n")) + text
        elif pick < 0.05:
            text = text.replace("\n", "\r\n")
        elif pick < 0.07:
            text = "\ufeff" + text
        elif pick < 0.09:
            text = text.replace("  ", "\t", 1)
        for _ in range(self.chance.choice((0, 0, 0, 1, 2))):
            at = self.chance.randint(0, len(text))
            if self.chance.random() < 0.5:
                text = text[:at] + text[at + 1 :]
            else:
                text = text[:at] + self.chance.choice(" \n\t:-#'\"[]{},&*!|>%@`?<~.01ay\u2028\u0085é\r\\") + text[at:]
        return text

    def node(self, depth: int, indent: int) -> str:
        """A node in block style, its lines after the first indented."""
        pick = self.chance.random()
        if depth > 3 or pick < 0.1:
            return self.scalar()
        if pick < 0.55:
            return self.block_map(depth, indent)
        if pick < 0.75:
            return self.block_list(depth, indent)
        return self.flow(depth)

    def block_map(self, depth: int, indent: int) -> str:
        pad, lines = " " * indent, []
        for _ in range(self.chance.randint(1, 4)):
            lines.append(self.entry(depth, indent))
            if self.chance.random() < 0.05:
                lines.append(self.chance.choice(("# a line", "", "   ")))
        return f"\n{pad}".join(lines)

    def entry(self, depth: int, indent: int) -> str:
        key = self.key()
        pick = self.chance.random()
        if pick < 0.08 and self.anchors:
            return f"<<: {self.merged()}"
        if pick < 0.12:
            return f"? {key}\n{' ' * indent}: {self.scalar()}"
        if pick < 0.4 and depth < 3:
            step = self.chance.choice((1, 2, 2, 2, 4))
            anchor = self.anchor()
            return f"{key}:{f' {anchor.strip()}' if anchor else ''}\n{' ' * (indent + step)}{self.node(depth + 1, indent + step)}"
        if pick < 0.48:
            return f"{key}: {self.block_text(indent)}"
        comment = self.chance.choice(_COMMENTS)
        return f"{key}: {self.anchor()}{self.flow(depth) if pick < 0.6 else self.scalar()}{comment}"

    def block_list(self, depth: int, indent: int) -> str:
        pad = " " * indent
        items = []
        for _ in range(self.chance.randint(1, 3)):
            inner = self.node(depth + 1, indent + 2)
            items.append(f"- {self.anchor() if not inner.startswith('-') else ''}{inner}")
        return f"\n{pad}".join(items)

    def block_text(self, indent: int) -> str:
        step = " " * (indent + self.chance.choice((1, 2, 2)))
        words = self.chance.choice((["a"], ["a", "b"], ["a", "", "b"], ["a", "  b", "c"], ["# no comment"], ["a: b"], ["", "a"]))
        return f"{self.chance.choice(_BLOCKS)}\n" + "\n".join(f"{step}{word}" if word else "" for word in words)

    def flow(self, depth: int) -> str:
        if depth > 3:
            return self.scalar()
        items = [self.flow(depth + 2) if self.chance.random() < 0.2 else self.scalar() for _ in range(self.chance.randint(0, 3))]
        if self.chance.random() < 0.5:
            return f"[{self.chance.choice((', ', ',')).join(items)}{self.chance.choice(('', '', ','))}]"
        pairs = [f"{self.key()}{self.chance.choice((': ', ':', ' : ', ''))}{item}" for item in items]
        if self.anchors and self.chance.random() < 0.15:
            pairs.append(f"<<: {self.merged()}")
        return "{" + ", ".join(pairs) + "}"

    def key(self) -> str:
        pick = self.chance.random()
        if pick < 0.7:
            return self.chance.choice(["a", "b", "c", "a", "b", "name", "kind"])
        if pick < 0.95:
            return self.chance.choice(_SCALARS)
        return self.chance.choice((*_QUOTED, "[a]", "{a: b}", "&k k", "*x", "!!str 1", "!!int 2", "!!binary aGk=", "? a"))

    def anchor(self) -> str:
        if self.chance.random() > 0.08:
            return ""
        name = self.chance.choice("xyz")
        self.anchors.append(name)
        return f"&{name} "

    def merged(self) -> str:
        name = self.chance.choice(self.anchors)
        return self.chance.choice((f"*{name}", f"*{name}", f"[*{name}, {{b: 1}}]", "{a: 1}", "null", "[]"))

    def scalar(self) -> str:
        pick = self.chance.random()
        if pick < 0.55:
            return self.chance.choice(_SCALARS)
        if pick < 0.68:
            return self.chance.choice(_QUOTED)
        if pick < 0.78:
            return self.chance.choice(_TAGS) + self.chance.choice((*_SCALARS, *_QUOTED, "aGk=", "/w=="))
        if pick < 0.84 and self.anchors:
            return f"*{self.chance.choice(self.anchors)}"
        if pick < 0.9:
            return "".join(self.chance.choice("0123456789+-._eExob:aT") for _ in range(self.chance.randint(1, 6)))
        return self.chance.choice(("a b", "a  b", "a\n   b", "a: b", "a #b", "a#b", "- a", "[", "}", ",", "a,b", "", "", "'", '"', "?", "? a"))


def snippets(seed: int, count: int) -> list[str]:
    author = Author(seed)
    return [author.snippet() for _ in range(count)]


def ask(texts: Sequence[str]) -> list[dict[str, Any]]:
    """What Kubernetes reads. Needs Go and its modules."""
    with tempfile.TemporaryDirectory() as folder:
        binary = Path(folder) / "oracle"
        subprocess.run(["go", "build", "-o", str(binary), "."], cwd=ORACLE, check=True)
        lines = "".join(json.dumps({"text": text}) + "\n" for text in texts)
        made = subprocess.run([str(binary)], input=lines, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in made.stdout.split("\n") if line]


Check = Callable[[str, Sequence[Problem], Sequence[Mapping[str, Any]]], Any]

EXPLAINED: Mapping[str, tuple[Check, str]] = {
    "more text": (
        lambda text, problems, documents: any(d.get("more") for d in documents),
        "The server reads the first value of a document and drops what follows in silence, `...` and all; we refuse it, or "
        "read it as the next document where `...` ends the first.",
    ),
    "keys alike": (
        lambda text, problems, documents: _said(problems, "is said twice", "again"),
        "`1.0` and `\"1\"` are two keys in YAML and one in JSON, where the last wins in silence; we tell of both.",
    ),
    "merged keys": (
        lambda text, problems, documents: "<<" in text and not problems,
        "Strict decoding counts a key that `<<` brings and the map says as said twice; kubectl, which is who reads YAML, is "
        "lenient there.",
    ),
    "odd keys": (
        lambda text, problems, documents: _said(problems, "cannot be a key", "a key cannot be"),
        "A list or map as a key is dropped by the server where it is empty, and an error elsewhere; here always an error.",
    ),
    "colon before a bracket": (
        lambda text, problems, documents: _said(problems, "found unexpected ':'"),
        "libyaml refuses text that ends with `:` between brackets, which the server takes as text.",
    ),
    "escaped quote": (
        lambda text, problems, documents: "\\'" in text and _said(problems, "a backslash in double quotes"),
        "`\\'` is an escape to the server and none to libyaml; we refuse it.",
    ),
    "tags": (
        lambda text, problems, documents: "!" in text and problems and (_said(problems, "tag") or re.search("!\\S*,", text)),
        "libyaml refuses some characters in tags that the server, which ignores such tags, takes.",
    ),
    "comment at a separator": (
        lambda text, problems, documents: _said(problems, "behind `---`"),
        "`---#` separates documents for kubectl and is text in YAML; we refuse it.",
    ),
    "empty before `...`": (
        lambda text, problems, documents: any("expected node content" in d.get("error", "") for d in documents)
        and re.search(r"^---.*\n\.\.\.", text, re.MULTILINE),
        "A document with nothing but `...` is an error to the server; to us it is as empty as it looks.",
    ),
    "JSON": (
        lambda text, problems, documents: text.lstrip().startswith("{") and "\\/" in text and not problems,
        "kubectl reads what is JSON as JSON, where `\\/` is an escape; the oracle reads everything as YAML.",
    ),
    "odd breaks": (
        lambda text, problems, documents: re.search("\r(?!\n)|[\x85\u2028\u2029]|.\ufeff", text, re.DOTALL),
        "kubectl splits files at line feeds alone, YAML at lone carriage returns, U+0085, U+2028 and U+2029 too; and a byte "
        "order mark inside a file is text for one and nothing for the other.",
    ),
}
"""Where we differ on purpose, or where libyaml gives no choice: when it applies, and why."""


def _said(problems: Sequence[Problem], *words: str) -> bool:
    return any(word in problem.message for problem in problems for word in words)


def difference(text: str, answer: Mapping[str, Any]) -> str:
    """The class of a disagreement about a snippet; empty where there is none."""
    documents, problems = read(text, "f")
    everyday = read_block(text)
    if everyday is not None and (problems or not _same(list(everyday), list(documents))):
        return "read otherwise line by line"
    refused = any("error" in d or not d["strict"] for d in answer["documents"])
    found = _differs(documents, bool(problems), answer["documents"], refused)
    if not found:
        return ""
    return next((f"{name} ({found})" for name, (applies, _) in EXPLAINED.items() if applies(text, problems, answer["documents"])), found)


def _differs(documents: Sequence[Any], wrong: bool, theirs: Sequence[Mapping[str, Any]], refused: bool) -> str:
    if wrong != refused:
        return "refused, though the server takes it" if wrong else "taken, though the server refuses it"
    if wrong:
        return ""
    ours = [each for each in documents if each is not None]
    values = [d["json"] for d in theirs if d.get("json") is not None]
    return "" if _same(ours, values) else "another value"


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, bool) or isinstance(theirs, bool) or ours is None or theirs is None:
        return ours is theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(_same(ours[key], theirs[key]) for key in ours)
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    if isinstance(ours, int | float) and isinstance(theirs, int | float):
        return float(ours) == float(theirs) if isinstance(ours, float) or isinstance(theirs, float) else ours == theirs
    return type(ours) is type(theirs) and bool(ours == theirs)


Row = tuple[str, Mapping[str, Any]]


def recorded() -> list[Row]:
    """The sample: snippets and the recorded answers."""
    rows = map(json.loads, RECORD.read_text(encoding="utf-8").rstrip("\n").split("\n"))
    return [(row["text"], row["answer"]) for row in rows]


def compared(rows: Iterable[Row]) -> tuple[Counter[str], int, list[str]]:
    """Disagreements by class, how many snippets are taken, and what has no explanation."""
    classes: Counter[str] = Counter()
    taken, odd = 0, []
    for text, answer in rows:
        taken += all(d.get("strict") for d in answer["documents"])
        found = difference(text, answer)
        classes[found.partition(" (")[0]] += bool(found)
        if found and found.partition(" (")[0] not in EXPLAINED:
            theirs = json.dumps(answer, ensure_ascii=False)[:500]
            odd.append(f"{found}\n{text!r}\n  server: {theirs}\n  ours: {str(read(text, 'f'))[:500]}")
    return +classes, taken, odd


def main(seed: int = 1, count: int = 100_000) -> int:
    """Compare, and write the figures down; 1 where a disagreement has no explanation."""
    from tests.conformance import Section, write

    texts = snippets(seed, count)
    classes, taken, odd = compared(zip(texts, ask(texts), strict=True))
    print("\n".join(odd))
    rows = [f"| {name} | {classes[name]} | {why} |" for name, (_, why) in EXPLAINED.items() if classes[name]]
    figures = f"{count:,} drawn snippets (seed {seed}): {taken:,} taken, {count - taken:,} refused by the server's reader."
    left = f"Disagreements without an explanation: {len(odd)}."
    write(Section.YAML, "\n".join([figures, "", "| difference | snippets | why |", "|---|---|---|", *rows, "", left]))
    return int(bool(odd))


def record() -> int:
    """Ask about the sample anew."""
    texts = [text for text in snippets(SAMPLE_SEED, SAMPLE) if len(text) < 400]
    rows = [{"text": text, "answer": answer} for text, answer in zip(texts, ask(texts), strict=True)]
    RECORD.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(record() if sys.argv[1:] == ["record"] else main(*map(int, sys.argv[1:])))
