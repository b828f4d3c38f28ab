"""GraphML: the graph of "Baca juga" links and similar texts, for Gephi or networkx."""

import codecs
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
    out = codecs.getwriter("utf-8")(file, "replace")
    out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    out.write('<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    for kind, keys in _KEYS.items():
        for name, type_ in keys.items():
            known = f'for="{kind}" attr.name="{name}" attr.type="{type_}"'
            out.write(f'<key id="{kind}_{name}" {known}/>\n')
    out.write('<graph id="baca-juga" edgedefault="directed">\n')
    for row in rows:
        if "source" in row:
            ends = f"source={quoteattr(row['source'])} target={quoteattr(row['target'])}"
            out.write(f"<edge {ends}>{_data('edge', row)}</edge>\n")
        else:
            out.write(f"<node id={quoteattr(row['id'])}>{_data('node', row)}</node>\n")
    out.write("</graph>\n</graphml>\n")


def _data(kind: str, row: dict[str, Any]) -> str:
    # XML has no way to write a control character.
    return "".join(
        f'<data key="{kind}_{name}">{escape(safe(cell(row[name])))}</data>'
        for name in _KEYS[kind]
        if row.get(name) is not None
    )
