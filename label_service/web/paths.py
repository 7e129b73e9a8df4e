"""What a label id looks like in an address, so that `/L/ID` and `/L/ID.json` are two different paths."""

from starlette.convertors import Convertor, register_url_convertor


class LabelIdConvertor(Convertor[str]):
    """13 characters of Base32."""

    regex = "[A-Z2-7]{13}"

    def convert(self, value: str) -> str:
        """Take the text from the address."""
        return value

    def to_string(self, value: str) -> str:
        """Put the text into an address."""
        return value


def register() -> None:
    """Make `{id:label_id}` known to the router."""
    register_url_convertor("label_id", LabelIdConvertor())
