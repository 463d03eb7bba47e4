"""The lab: trees that were emitted or rewritten, run in real Home Assistant releases.

| module | what lives there |
|---|---|
| `environments.py` | the releases, and an environment of each, built once by uv |
| `sources.py` | Home Assistant's wheels and core's settings, from PyPI |
| `runs.py` | a tree's own tests in an environment; core code among Home Assistant's components |
| `static.py` | ruff with core's settings, mypy --strict, Prettier |
| `texts.py` | the texts that Home Assistant asks an integration for |
| `judge.py` | all of that for one tree |
| `cover.py`, `trees.py` | the answers that are tried, and the trees that come of them |
| `gate.py` | the fixture `lab`: skips or fails where a Python is missing, and reports it |
| `plugins/` | what is loaded into the pytest that runs inside an environment |

Everything that is built or downloaded goes into `lab/` of appcred's cache: `APPCRED_CACHE`, by
default `~/.cache/appcred`. `APPCRED_LAB=require` turns a skip into a failure.
`APPCRED_PYTHON_3_14=/path` (and so on) names an interpreter that would not be found.
"""
