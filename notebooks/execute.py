"""Executes a notebook: python3 notebooks/execute.py <notebook> <result>. A cell that fails fails the run.

As nbconvert does, but for one thing: what a cell shows may come after the kernel says that it is done, and would be
lost. Each cell is given a little longer.
"""

import queue
import sys

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete
from nbclient.util import ensure_async

# Seconds in which nothing more may come.
SILENCE = 0.5


class PatientClient(NotebookClient):
    async def async_execute_cell(self, cell, cell_index, **options):
        executed = await super().async_execute_cell(cell, cell_index, **options)
        while cell.cell_type == "code":
            try:
                message = await ensure_async(self.kc.iopub_channel.get_msg(timeout=SILENCE))
            except (queue.Empty, TimeoutError):
                break
            try:
                self.process_message(message, cell, cell_index)
            except CellExecutionComplete:
                continue
        return executed


source, result = sys.argv[1:]
notebook = nbformat.read(source, as_version=4)
PatientClient(notebook, timeout=300, resources={"metadata": {"path": "notebooks"}}).execute()
nbformat.write(notebook, result)
