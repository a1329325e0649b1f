"""Which encoding a text file is in: its mark, strict UTF-8, then GB 18030; nothing else is tried.

A file is judged by its lines, because one damaged line says nothing of the others. Lines end at a
line feed byte, which is part of no character of UTF-8, GBK, GB 18030 or Big5.
"""

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from capabilities.errors import Garbled

AUTO = "auto"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# More than any line that a till writes: a file without line feeds is no text.
_LONGEST_LINE = 1024 * 1024
_CHUNK = 64 * 1024


def encoding_of(file: BinaryIO, declared: str = AUTO) -> str:
    """The encoding of a whole file, which is left at its beginning; Garbled when it has none."""
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if declared != AUTO:
        return declared
    return _judged(file)


def _judged(file: BinaryIO) -> str:
    """UTF-8 where more lines are than are not; else GB 18030, if its lines are.

    A line of Chinese text in GBK is hardly ever UTF-8, while UTF-8 may pass for GBK.
    """
    utf8 = other = chinese = 0
    for line in raw_lines(file):
        if line.isascii():
            continue
        if _is(line, "utf-8"):
            utf8 += 1
        else:
            other += 1
            chinese += _is(line, "gb18030")
    file.seek(0)
    if utf8 >= other:
        return "utf-8"
    if chinese > other - chinese:
        return "gb18030"
    raise Garbled("the file is neither UTF-8 nor GB 18030; declare its encoding")


def _is(line: bytes, encoding: str) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def raw_lines(file: BinaryIO) -> Iterator[bytes]:
    """The lines as bytes with their ends; Garbled for one without end."""
    while line := file.readline(_LONGEST_LINE + 1):
        if len(line) > _LONGEST_LINE:
            raise Garbled("a line of the file has no end")
        yield line


def text_lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    """The lines as text with their ends; bytes that are none become U+FFFD, which no cell keeps."""
    if encoding == "utf-16":
        yield from _wide_lines(file)
        return
    name = "utf-8" if encoding == "utf-8-sig" else encoding
    for number, line in enumerate(raw_lines(file)):
        whole = line.removeprefix(codecs.BOM_UTF8) if number == 0 else line
        yield whole.decode(name, errors="replace")


def _wide_lines(file: BinaryIO) -> Iterator[str]:
    """Lines of UTF-16, where a line feed byte may be half of a character."""
    decoder = codecs.getincrementaldecoder("utf-16")("replace")
    rest = ""
    while chunk := file.read(_CHUNK):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        if len(rest) > _LONGEST_LINE:
            raise Garbled("a line of the file has no end")
        yield from (f"{line}\n" for line in lines)
    if rest := rest + decoder.decode(b"", final=True):
        yield rest
