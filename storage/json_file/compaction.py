"""Writing a journal anew without what no longer counts, while it goes on."""

import os
from itertools import batched, groupby

from storage.files import remove, sync_folder
from storage.json_file.index import Index
from storage.json_file.journal import Journal
from storage.json_file.lines import Entry, decode
