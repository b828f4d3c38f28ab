"""GraphML: the graph of "Baca juga" links and similar texts, for Gephi or networkx."""

from collections.abc import Sequence
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from kompas_crawler.exporters.record import About, Rows, cell
from kompas_crawler.log.terminal import safe

_KEYS = {
    "node": dict.fromkeys(("url", "title", "section", "published_at"), "string")
    | {"is_stored": "boolean"},
    "edge": {"kind": "string", "title": "string", "position": "int", "share": "double"},
}


def write(rows: Rows, file: IO[bytes], _fields: Sequence[str], _about: About = dict) -> None:
    """Write *rows*: those with an ``id`` are nodes, those with a ``source`` edges, nodes first."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ]
    for kind, keys in _KEYS.items():
        for name, type_ in keys.items():
            lines.append(
                f'<key id="{kind}_{name}" for="{kind}" attr.name="{name}" attr.type="{type_}"/>'
            )
    lines.append('<graph id="baca-juga" edgedefault="directed">')
    file.write(_bytes("\n".join(lines)))
    for row in rows:
        if "source" in row:
            ends = f"source={quoteattr(row['source'])} target={quoteattr(row['target'])}"
            file.write(_bytes(f"<edge {ends}>{_data('edge', row)}</edge>"))
        else:
            file.write(_bytes(f"<node id={quoteattr(row['id'])}>{_data('node', row)}</node>"))
    file.write(_bytes("</graph>\n</graphml>"))


def _data(kind: str, row: dict[str, Any]) -> str:
    # XML has no way to write a control character.
    return "".join(
        f'<data key="{kind}_{name}">{escape(safe(cell(row[name])))}</data>'
        for name in _KEYS[kind]
        if row.get(name) is not None
    )


def _bytes(line: str) -> bytes:
    return f"{line}\n".encode("utf-8", "replace")
