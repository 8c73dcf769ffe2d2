"""`python -m pywebrtc demo`: whether it works on this machine, and how well."""

from __future__ import annotations

import sys

from .demo.command import main

sys.exit(main(sys.argv[1:]))
