"""Factur-X says in a PDF's XMP metadata which file in it is the invoice; typst cannot, so it is put in after. Pure.

typst writes the metadata uncompressed, a plain table of offsets, and one section of it. What lies behind the metadata
is moved by as many bytes as it grew, and the table says so. Anything else is refused, not guessed at.
"""

from __future__ import annotations

import re

_STREAM = re.compile(rb"(<</Length )(\d+)(/Type/Metadata/Subtype/XML>>\nstream\n)")
_TABLE = re.compile(rb"xref\r?\n0 (\d+)\r?\n")
_START = re.compile(rb"startxref\n(\d+)\n%%EOF\s*$")
_NAMESPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_FACTS = {
    "DocumentFileName": ("factur-x.xml", "name of the embedded XML invoice file"),
    "DocumentType": ("INVOICE", "INVOICE"),
    "Version": ("1.0", "The actual version of the Factur-X XML schema"),
    "ConformanceLevel": ("EN 16931", "The conformance level of the embedded Factur-X data"),
}


def _schema() -> str:
    """Return the description of the extension, which PDF/A asks for."""
    properties = "".join(
        f'<rdf:li rdf:parseType="Resource"><pdfaProperty:category>external</pdfaProperty:category>'
        f"<pdfaProperty:description>{about}</pdfaProperty:description><pdfaProperty:name>{name}</pdfaProperty:name>"
        f"<pdfaProperty:valueType>Text</pdfaProperty:valueType></rdf:li>"
        for name, (_value, about) in _FACTS.items()
    )
    return (
        '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>'
        f"<pdfaSchema:namespaceURI>{_NAMESPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


_BAG = b"<pdfaExtension:schemas><rdf:Bag>"
_END = b"</rdf:RDF>"
_SCHEMA = _schema().encode()
_FACTS_XML = (
    f'<rdf:Description rdf:about="" xmlns:fx="{_NAMESPACE}">'
    + "".join(f"<fx:{name}>{value}</fx:{name}>" for name, (value, _about) in _FACTS.items())
    + "</rdf:Description>"
).encode()


def with_facturx(content: bytes) -> bytes:
    """Return the PDF with the Factur-X facts in its metadata."""
    stream, start = _STREAM.search(content), _START.search(content)
    if stream is None or start is None:
        raise ValueError("a PDF of typst has plain metadata and ends with its table")
    begin, length = stream.end(), int(stream[2])
    packet = content[begin : begin + length]
    if _BAG not in packet or _END not in packet:
        raise ValueError("the metadata of a PDF/A names its schemas")
    grown = packet.replace(_BAG, _BAG + _SCHEMA, 1).replace(_END, _FACTS_XML + _END, 1)
    head = content[: stream.start()] + stream[1] + str(len(grown)).encode() + stream[3]
    moved = len(head) + len(grown) - begin - length
    table_at = int(start[1])
    between, table = content[begin + length : table_at], content[table_at : start.start()]
    tail = b"startxref\n" + str(table_at + moved).encode() + b"\n%%EOF"
    return head + grown + between + _moved(table, stream.start(), moved) + tail


def _moved(table: bytes, after: int, by: int) -> bytes:
    """Return the table with what lies behind a place moved; its entries are 20 bytes each (PDF 1.7, 7.5.4)."""
    head = _TABLE.match(table)
    if head is None:
        raise ValueError("the table of a PDF of typst is one plain section")
    entries = bytearray(table)
    for number in range(int(head[1])):
        at = head.end() + number * 20
        offset = int(entries[at : at + 10])
        if offset > after and entries[at + 17 : at + 18] == b"n":
            entries[at : at + 10] = b"%010d" % (offset + by)
    return bytes(entries)
