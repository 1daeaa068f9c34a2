"""What every scenario is handed: the programs, the load, and a folder of its own that is removed afterwards."""

from dataclasses import dataclass
from pathlib import Path

from .gatehouse import Gatehouse
from .load import Load

USERS = 8


@dataclass
class Setting:
    programs: Path  # the build folder
    folder: Path
    load: Load

    def program(self, name):
        return self.programs / name

    def gatehouse(self, name="gatehouse", **how):
        return Gatehouse(self.program("gatehouse"), self.folder / name, **how)
