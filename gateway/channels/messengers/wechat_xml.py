"""WeChat's XML: one flat element. Anything that XML can do beyond that is refused before it is done."""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from contract.wire import InvalidInput

MAX_FIELDS = 100
MAX_DEPTH = 5


def parse_fields(body: bytes) -> dict[str, str]:
    """The texts of the elements inside of ``<xml>``, by name.

    Raises:
        InvalidInput: no well-formed XML, a DOCTYPE or an entity in it, or more than WeChat ever sends.
    """
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError):  # an unknown encoding is a LookupError
        raise InvalidInput("The body is not the XML that WeChat sends.") from None
    return reader.fields


class _Reader:
    def __init__(self) -> None:
        self.fields: dict[str, str] = {}
        self._path: list[str] = []
        self.parser = expat.ParserCreate()
        self.parser.StartDoctypeDeclHandler = _refuse
        self.parser.EntityDeclHandler = _refuse
        self.parser.UnparsedEntityDeclHandler = _refuse
        self.parser.ExternalEntityRefHandler = _refuse
        self.parser.ProcessingInstructionHandler = _refuse
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _begin(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name)
        if self._path[0] != "xml" or len(self._path) > MAX_DEPTH:
            _refuse()
        if len(self._path) == 2:
            if name in self.fields or len(self.fields) >= MAX_FIELDS:
                _refuse()
            self.fields[name] = ""

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if len(self._path) == 2:
            self.fields[self._path[1]] += text


def _refuse(*_declared: object) -> NoReturn:
    raise InvalidInput("The body is not the XML that WeChat sends.")
