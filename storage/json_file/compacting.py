"""When and where a journal is written anew, or its index saved: never while somebody waits for an answer."""

import logging
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile

from storage.json_file.engine import Engine
from storage.json_file.lines import DamagedLine
from storage.json_file.moment import Moment
from storage.json_file.rewriting import Rewriting

_log = logging.getLogger("clawnet.storage")


class Compacting:
    """Starts when most lines have no use any more; there is one at a time."""

    def __init__(self, engine: Engine, writer: ThreadPoolExecutor, readers: ThreadPoolExecutor) -> None:
        self._engine = engine
        self._writer = writer
        self._readers = readers
        self._is_stopping = False
        self.is_running = False

    def begin_if_worth_it(self) -> None:
        """Begin, unless it is under way already; a journal that is worth its lines has its index saved."""
        if self._engine.is_wasteful and not self.is_running:
            self.is_running = True
            self._writer.submit(self._begin)
        elif self._engine.is_unsaved:
            self._writer.submit(self._engine.save_index_if_due)

    def stop(self) -> None:
        """Give up what is under way, so that the store can close."""
        self._is_stopping = True

    def _begin(self) -> None:
        try:
            new, moment = self._engine.begin_compacting()
            self._readers.submit(self._copy, new, moment)
        except (OSError, RuntimeError) as error:  # the latter: the store is closing
            _log.warning("the journal can't be written anew", exc_info=error)
            self.is_running = False

    def _copy(self, new: Rewriting, moment: Moment) -> None:
        try:
            new.add(takewhile(lambda _: not self._is_stopping, moment.entries()))
            new.journal.sync()
            if not self._is_stopping:
                self._writer.submit(self._finish, new, moment)
                return
        except (OSError, DamagedLine) as error:
            _log.warning("the journal could not be written anew", exc_info=error)
        new.give_up()
        self.is_running = False

    def _finish(self, new: Rewriting, moment: Moment) -> None:
        self._engine.compact(new, moment)
        self.is_running = False
