"""tmp"""
from dataclasses import dataclass
@dataclass
class Pins:
    version: str = "150.0.7871.100"
    packages: tuple = ()
    variants = {"release": 1, "dcheck": 1, "asan": 1}
    def key(self, v): return ""
def load(): return Pins()
