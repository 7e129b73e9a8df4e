"""What a person said about a file, and what its reader wanted to know."""

from label_service.readers.facts import Choice, Unsaid, clean
from label_service.reading_options import ReadingOptions


class Said:
    """The answers about one file; every question is noted, so that people are asked what matters and nothing else.

    Attributes:
        options: the answers.
    """

    def __init__(self, options: ReadingOptions) -> None:
        self.options = options
        self._asked: dict[str, Unsaid] = {}

    def ask(self, option: str, words: str, choices: tuple[str, ...] = (), *, is_needed: bool = True) -> str:
        """Give the answer to one option, empty where nobody said it, and note the question.

        Args:
            option: member of the options that is text.
            words: the question as people read it.
            choices: the answers there are; none where any word may be one.
            is_needed: whether the file cannot be used without it.
        """
        listed = tuple(Choice(value=word, words=word) for name in choices if (word := clean(name)))
        self.note(Unsaid(option=option, words=words, choices=listed, is_needed=is_needed))
        return getattr(self.options, option) or ""

    def note(self, question: Unsaid) -> None:
        """Note a question; asking it again changes nothing."""
        self._asked.setdefault(question.option, question)

    @property
    def unsaid(self) -> tuple[Unsaid, ...]:
        """Everything that was asked, in order, whether it was answered or not."""
        return tuple(self._asked.values())
