"""What a batch or a part of a file says of itself, and the proof of who sent it.

`Santong-Batch` is base64 of a JSON object, `Santong-Signature` the hexadecimal HMAC-SHA256 of
method, path and that header under the sender's key. The object has the sha256 of the body, so the
signature covers all of it. An object with a `file` is the head of a part of a file.
"""

import base64
import binascii
import hmac
import unicodedata
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from capabilities.errors import BadInput

# What is longer is cut, and then it is no JSON.
_LONGEST = 4_096
_Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")]
_Key = Annotated[str, Meta(max_length=400)]
_Sha256 = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
_Count = Annotated[int, Meta(ge=0, le=2**53)]
_LONGEST_NAME = 200


class Head(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of one batch; `time` is the sender's clock in seconds since the epoch.

    `first` and `last` are the keys between which it read its table: what it asks to go on from.
    """

    sender: _Name
    table: _Name
    sequence: Annotated[int, Meta(ge=1, le=2**53)]
    rows: Annotated[int, Meta(ge=0, le=100_000)]
    sha256: _Sha256
    time: _Count
    first: _Key = ""
    last: _Key = ""


class FileHead(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The head of one part of a file: `sha256` and `size` are the file's, `part` is the body's.

    `offset` is how many bytes of the file stand before the part.
    """

    sender: _Name
    file: Annotated[str, Meta(min_length=1, max_length=_LONGEST_NAME)]
    size: _Count
    sha256: _Sha256
    offset: _Count
    part: _Sha256
    time: _Count


def read_head(header: str) -> Head | FileHead:
    """The head that a header holds; BadInput where it holds none."""
    try:
        told = msgspec.json.decode(base64.b64decode(header[:_LONGEST], validate=True), type=dict)
        kind: type[Head | FileHead] = FileHead if "file" in told else Head
        head: Head | FileHead = msgspec.convert(told, kind)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as exc:
        message = "`Santong-Batch` must be base64 of the batch's head"
        raise BadInput(message, code="INBOX_HEAD") from exc
    if isinstance(head, FileHead):
        _check_name(head.file)
    elif "\0" in head.first + head.last:
        raise BadInput("a key holds a character that cannot be kept", code="INBOX_HEAD")
    return head


def _check_name(name: str) -> None:
    """BadInput for what is no plain name of one file: a way, a hidden file, a mark of direction."""
    plain = name.isprintable() and name == unicodedata.normalize("NFC", name).strip()
    if (
        not plain
        or name.startswith(".")
        or set(name) & set("/\\:")
        or len(name.encode()) > _LONGEST_NAME
    ):
        message = "a file's name is one visible word without a folder"
        raise BadInput(message, code="INBOX_FILE_NAME")


def signed(key: str, method: str, path: str, header: str) -> str:
    """The signature of a head."""
    text = f"{method}\n{path}\n{header}"
    return hmac.new(key.encode(), text.encode(), sha256).hexdigest()


def is_signed(key: str, signature: str, method: str, path: str, header: str) -> bool:
    """Whether a signature is the head's, found in the same time for any wrong one."""
    return hmac.compare_digest(signed(key, method, path, header).encode(), signature.encode())
