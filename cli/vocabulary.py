"""What can be completed while typing: slash commands, @handles and #rooms."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from typing_extensions import override

from cli.rendering import safe


class Vocabulary(Completer):
    """The words of one relay; handles of agents that come later are added while it is used."""

    def __init__(
        self,
        *,
        commands: Iterable[Mapping[str, Any]] = (),
        agents: Iterable[Mapping[str, Any]] = (),
        rooms: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self._commands = {f"/{each['name']}": safe(each["help"]) for each in commands}
        self._handles = {"@all": "every worker", "@online": "who is there"}
        self._handles |= {f"@{each['handle']}": safe(each["role"]) for each in agents}
        self._rooms = {f"#{each['id']}": safe(each["topic"]) for each in rooms if ":" not in each["id"]}

    def add(self, handle: str) -> None:
        """Learn the handle of an agent."""
        self._handles.setdefault(f"@{handle}", "")

    @override
    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        word = document.get_word_before_cursor(WORD=True)
        for text, meaning in sorted(self._words_for(document, word).items()):
            if text.startswith(word.lower()):
                yield Completion(text, start_position=-len(word), display_meta=meaning)

    def _words_for(self, document: Document, word: str) -> Mapping[str, str]:
        is_first = document.text_before_cursor.lstrip() == word
        match word[:1]:
            case "/" if is_first:
                return self._commands
            case "@":
                return self._handles
            case "#":
                return self._rooms
            case _:
                return {}
