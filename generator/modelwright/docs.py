"""The reference pages, made from what the program itself knows: `python -m modelwright.docs docs/reference`.

One page per blueprint kind (from the language's schemas), one of all commands, one of all problem codes; and
`docs/rules.md`, a line for each code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from modelwright.load.language import Schema, kind_of, kinds, metadata_schema, schema

NOTE = "<!-- Made by `make docs` from the program itself: edit that. -->\n"
HEAD = "| Field | Type | Default | Meaning |\n|---|---|---|---|\n"


def pages() -> dict[str, str]:
    """File name -> text of every page."""
    made = {f"{kind.lower()}.md": kind_page(kind) for kind in kinds()}
    made |= {"commands.md": commands_page(), "codes.md": codes_page()}
    return {"README.md": _index(made), **made}


def _index(made: Mapping[str, str]) -> str:
    lines = [f"- [{text.splitlines()[2].removeprefix('# ')}]({name})" for name, text in made.items()]
    return _page("Reference", "What the program itself knows, a page each.", "\n".join(lines))


def _page(title: str, *parts: str) -> str:
    return "\n\n".join((f"{NOTE}\n# {title}", *(part.strip("\n") for part in parts if part))) + "\n"


def kind_page(kind: str) -> str:
    """A blueprint kind: a first one to copy, then every field."""
    node = schema(kind)
    return _page(
        kind,
        str(node["description"]),
        f"In the terminal: `modelwright explain {kind.lower()}`. For editors: `modelwright schema {kind}`.",
        _fenced(starter(kind)),
        "## metadata",
        _table(metadata_schema()),
        "## spec",
        _table(node),
        *_rules("", node),
        *_examples(node),
    )


def starter(kind: str) -> str:
    """The blueprint that `modelwright init` or `new` writes."""
    from modelwright.commands.init import FILES
    from modelwright.commands.new import BODIES, HEAD

    if kind == "Workspace":
        return FILES["modelwright.yaml"].format(name="my-team")
    words = {"kind": kind, "name": "my-data" if kind == "Connection" else f"my-{kind.lower()}"}
    others = {"environment": "dev", "cluster": "main", "connection": "my-data", "size": "  size: small\n"}
    return (HEAD + BODIES[kind]).format(**words, **others)


def _fenced(text: str) -> str:
    return f"```yaml\n{text.rstrip()}\n```"


def _table(node: Schema) -> str:
    rows = (" | ".join(("", f"`{name}`", *map(_cell, cells), "")).strip() for name, *cells in _rows(node, ""))
    return HEAD + "\n".join(rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _rows(node: Schema, above: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, default and meaning of each field; `.` leads into maps, `[]` into lists, `*` to any name."""
    properties: Mapping[str, Schema] = node.get("properties") or {}
    known = _container() if above else frozenset()
    shared = known & properties.keys() if len(known & properties.keys()) > len(known) - 3 else frozenset()
    for word, child in properties.items():
        if word in shared:
            continue
        name = f"{above}{word}"
        need = " Required." if word in (node.get("required") or ()) else ""
        later = " Not supported yet." if child.get("later") else ""
        yield name, _kind(child), _default(child), f"{child['description']}{need}{later}"
        if not child.get("free") and not child.get("later"):
            yield from _deeper(child, name)
    if shared:
        words = ", ".join(f"`{word}`" for word in properties if word in shared)
        yield f"{above}…", "", "", f"And the words of a container: {words}."


def _deeper(node: Schema, name: str) -> Iterator[tuple[str, str, str, str]]:
    yield from _rows({**node, "properties": node.get("properties") or {}}, f"{name}.")
    items, extra = node.get("items"), node.get("additionalProperties")
    if isinstance(items, Mapping) and not items.get("free"):
        yield from _rows(items, f"{name}[].")
    if isinstance(extra, Mapping) and not extra.get("free"):
        yield from _rows(extra, f"{name}.*.")


def _container() -> frozenset[str]:
    return frozenset(schema("Model")["properties"]["transformer"]["properties"]) & frozenset(
        schema("Runtime")["properties"]["sidecars"]["additionalProperties"]["properties"]
    )


def _kind(node: Schema) -> str:
    if node.get("enum") == [True]:
        return "`true`"
    return f"one of {', '.join(f'`{word}`' for word in node['enum'])}" if node.get("enum") else kind_of(node)


def _default(node: Schema) -> str:
    if "default" not in node:
        return ""
    value = node["default"]
    return f"`{str(value).lower() if isinstance(value, bool) else ', '.join(value) if isinstance(value, list) else value}`"


def _rules(name: str, node: Schema) -> Iterator[str]:
    """Groups of fields that exclude each other or of which one is needed, here and below."""
    found = list(dict.fromkeys(_groups(name, node)))
    if found:
        yield "## One of\n\n" + "\n".join(f"- {text}" for text in found)


def _groups(name: str, node: Schema) -> Iterator[str]:
    here = f" in `{name}`" if name else ""
    needs = [list(group) for group in node.get("needs") or ()]
    for group in node.get("exclusive") or ():
        words = ", ".join(f"`{word}`" for word in group)
        yield f"{'Exactly' if list(group) in needs else 'At most'} one of {words}{here}."
    for word, child in (node.get("properties") or {}).items():
        inside = f"{name}.{word}" if name else word
        for inner, mark in ((child, ""), (child.get("items"), "[]"), (child.get("additionalProperties"), ".*")):
            if isinstance(inner, Mapping) and not child.get("later"):
                yield from _groups(f"{inside}{mark}", inner)


def _examples(node: Schema) -> Iterator[str]:
    from modelwright.yamlio import emit

    shown = [
        _fenced(emit({word: example}))
        for word, child in node["properties"].items()
        if not child.get("later")
        for example in child.get("examples") or ()
    ]
    if shown:
        yield "## Examples\n\nEach below `spec`."
        yield from shown


def commands_page() -> str:
    """Every command: what it does, its arguments and options, examples."""
    from click import Context

    from modelwright.cli import COMMANDS, EPILOG, cli

    parts = ["What `--help` says. Options of the program itself come before the command.", _options(cli)]
    for name in COMMANDS:
        command: Any = cli.get_command(Context(cli), name)
        parts += _command(name, command)
        for verb, each in getattr(command, "commands", {}).items():
            parts += _command(f"{name} {verb}", each)
    return _page("Commands", *parts, _plain(EPILOG))


def _command(name: str, command: Any) -> list[str]:
    usage = " ".join(["modelwright", name, *_usage(command)])
    return [f"## {name}", f"```\n{usage}\n```", _plain(command.help), _options(command), _plain(command.epilog)]


def _usage(command: Any) -> Iterator[str]:
    if any(p.param_type_name == "option" for p in command.params):
        yield "[OPTIONS]"
    for argument in (p for p in command.params if p.param_type_name == "argument"):
        word = argument.metavar or argument.name.upper() + ("..." if argument.nargs == -1 else "")
        yield word if argument.required else f"[{word}]"


def _plain(text: str | None) -> str:
    """Help as Markdown: what click keeps line by line becomes a block."""
    made = []
    for part in (text or "").split("\n\n"):
        kept = part.removeprefix("\b\n")
        made.append(f"```\n{kept}\n```" if kept != part else " ".join(part.split()))
    return "\n\n".join(made)


def _options(command: Any) -> str:
    rows = []
    for option in (p for p in command.params if p.param_type_name == "option"):
        value = "" if option.is_flag else f" {option.metavar or '/'.join(getattr(option.type, 'choices', ())) or option.type.name.upper()}"
        default = option.default if option.show_default and not option.is_flag else ""
        rows.append(f"| `{', '.join(option.opts)}{value}` | {_cell(option.help or '')} | {f'`{default}`' if default else ''} |")
    return "| Option | Meaning | Default |\n|---|---|---|\n" + "\n".join(rows) if rows else ""


def codes_page() -> str:
    """Every problem code, from the manual."""
    from modelwright.manual import HEADS, codes, pages, releases

    parts = []
    for code in codes():
        entry = pages()[code]
        only = releases(entry)
        parts += [f"## {code}: {entry['title']}", f"Effect: {entry['effect']}." + (f" Releases: {only}." if only else "")]
        for head in HEADS:
            text = str(entry.get(head) or "").strip()
            block = head in ("wrong", "right")
            parts.append(f"**{head.capitalize()}**" + (f"\n\n{_fenced(text)}" if block else f" {text}") if text else "")
    return _page("Problem codes", "`modelwright explain CODE` prints one of them.", *parts)


ROOMS = {
    "1": "Files and blueprints",
    "2": "Names, references and merging",
    "3": "Templates",
    "4": "Overlays, publishing, delivery",
    "5": "Schemas, names, amounts",
    "6": "Rules of the server",
    "7": "Admission and controllers",
    "8": "References",
    "9": "Internal",
}


def rules_page() -> str:
    """All problem codes by room, a line each."""
    from modelwright.manual import codes, pages, releases

    parts = [
        "Every problem that can be told, by where it is found. `modelwright explain CODE` says more, and so does the page "
        "behind each code. The effect is what the cluster would do: `rejected` refuses, `broken` takes it and it never "
        "works, `ignored` does nothing with a field, `drift` rewrites it, `risk` works and may hurt.",
        "Rules of manifests are data: [writing-rules.md](writing-rules.md).",
    ]
    for room, title in ROOMS.items():
        rows = []
        for code in (code for code in codes() if code[2] == room):
            entry = pages()[code]
            anchor = _anchor(f"{code}: {entry['title']}")
            cells = (f"[{code}](reference/codes.md#{anchor})", entry["effect"], entry["title"], " ".join(entry["what"].split()))
            rows.append(" | ".join(("", *map(_cell, cells), _cell(releases(entry)), "")).strip())
        parts += [f"## {title}", "| Code | Effect | Problem | What | Releases |\n|---|---|---|---|---|\n" + "\n".join(rows)]
    return _page("Rules", *parts)


def _anchor(heading: str) -> str:
    """How GitHub names a heading."""
    return "".join(letter for letter in heading.lower().replace(" ", "-") if letter.isalnum() or letter in "-_")


def main(folder: str = "docs/reference") -> None:
    """Write the pages below `folder`, and the list of rules beside it."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    (target.parent / "rules.md").write_text(rules_page(), encoding="utf-8")
    for name, text in pages().items():
        (target / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:2])
