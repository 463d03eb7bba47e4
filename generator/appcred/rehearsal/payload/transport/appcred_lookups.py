"""Sees what code looks up in an answer that the rehearsal made up, and makes up the values.

With `appcred rehearse --record` the gateway answers what nobody described with a marker instead of
data. `install` replaces the readers of JSON, so that a marker becomes a `Table` here: it has every
key that is asked for, with a value that its name suggests, and reports each key to a file. A value
whose name says nothing, a `Guess`, reports how it is used: as a number, a table, or compared with a
text. The gateway reads the file and answers the next request with what was learnt.

Nothing of appcred is imported here: this runs in Home Assistant's environment, on its Python.
"""

import json
import re
import sys

MARKER = "__appcred_made_up__"
_NUMBER = 21
_TIME = 1767225600
_DATE = "2026-01-01T00:00:00+00:00"
_ERROR = re.compile(
    r"errors?|error_?(code|description|message|type|msg)|faults?|exceptions?|failures?"
)
_IDENTITY = re.compile(
    r"(.*_)?(id|ids|sub|uid|uuid|guid|serial|serial_?number|mac)|.*[a-z](Id|ID|Uuid)"
)
_NAME = re.compile(r"(.*_)?(name|title|label|login|username|nickname)|.*[a-z](Name|Title)")
_MAIL = re.compile(r".*e_?mail.*", re.IGNORECASE)
_ADDRESS = re.compile(r"(.*_)?(url|uri|href|link|picture|image|avatar|icon)|.*[a-z](Url|Uri|Href)")
_WHEN = re.compile(
    r".*_(at|on|date|time|until|since)|(.*_)?(date|datetime|time|timestamp|created|updated|modified)"
    r"|.*[a-z](At|Date|Time|Timestamp)"
)
_SWITCH = re.compile(
    r"(is|has|can|was|should|supports?)(_.*|[A-Z].*)|(.*_)?(enabled|active|online|available|connected|success)"
)
_AMOUNT = re.compile(
    r"(.*_)?(count|total|amount|size|level|percent|percentage|temperature|humidity|power|energy|"
    r"voltage|current|pressure|speed|battery|latitude|longitude|lat|lon|lng|min|max|limit|offset|"
    r"expires_in|duration|distance|weight|height|price|value|score|version_code|steps)"
)
_MANY = re.compile(r".*([^su]s|ches|ses|ies|[lL]ist)|(items|results|values|children)")
_ONE = re.compile(
    r"(.*_)?(status|address|address_?\d|class|access|progress|bus|gps|dns|news|has|is)"
)
_STATUS = re.compile(r"(.*_)?(status|code|errno|ret)|.*[a-z](Status|Code)")
_WELL = (0, 200)
"""The numbers with which an answer says that all went well."""
_INNER = re.compile(
    r"(data|body|result|response|payload|attributes|meta|user|account|profile|owner|home)"
)


class _Answer:
    """One answer that was made up: where reports about it go, and whose account it is about."""

    def __init__(self, report, ticket, account):
        self._report = report
        self._ticket = ticket
        self._account = account

    def learn(self, path, kind, value=None):
        self._report({"ticket": self._ticket, "path": list(path), "kind": kind, "value": value})

    def filled(self, value):
        if isinstance(value, str):
            for key, text in self._account.items():
                value = value.replace("{" + key + "}", text)
        return value

    def known(self, path, node):
        """Return the value of what was learnt before."""
        if node["kind"] == "table":
            return Table(self, path, node)
        if node["kind"] == "list":
            return Items(self, path, node)
        if node["kind"] == "guess":
            return self.guess(path, str(path[-1]) if path else "")
        return self.filled(node["value"])

    def guess(self, path, name, default=None):
        """Make up a value by its name, or in the manner of the default that the code has for it."""
        if isinstance(default, dict) or _INNER.fullmatch(name):
            return self._inner(path, "table", Table)
        if isinstance(default, (list, tuple)):
            return self._inner(path, "list", Items)
        if isinstance(default, (bool, int, float)):
            usual = _WELL[0] if _STATUS.fullmatch(name) else _NUMBER
            return self._plain(path, usual if default < 0 else default)
        for pattern, value in (
            (_IDENTITY, "{id}"),
            (_NAME, "{name}"),
            (_MAIL, "{email}"),
            (_ADDRESS, "https://example.com/" + name),
            (_SWITCH, True),
            (_AMOUNT, _NUMBER),
        ):
            if pattern.fullmatch(name):
                return self._plain(path, value)
        if _WHEN.fullmatch(name):
            # A day alone is read by what wants a day, and by what wants a time.
            day = name.lower().endswith("date")
            return self._open(path, _DATE[:10] if day else _DATE, _TIME)
        if _MANY.fullmatch(name) and not _ONE.fullmatch(name):
            return self._inner(path, "list", Items)
        return self._open(path, name, _WELL[0] if _STATUS.fullmatch(name) else _NUMBER)

    def _plain(self, path, value):
        self.learn(path, "value", value)
        return self.filled(value)

    def _inner(self, path, kind, form):
        self.learn(path, kind)
        return form(self, path, None)

    def _open(self, path, text, number):
        self.learn(path, "guess", text)
        return Guess(text, self, path, number)


class _Copied:
    """Whose copies are ordinary data, and report nothing."""

    def __reduce_ex__(self, _protocol):
        return _ordinary, (_plain(self),)


def _ordinary(value):
    return value


class Table(_Copied, dict):
    """An object of JSON that has every key; used as a list, it is one of a single item."""

    def __init__(self, answer, path, node):
        super().__init__()
        self._answer = answer
        self._path = path
        self._item = None
        for name, inner in ((node or {}).get("members") or {}).items():
            super().__setitem__(name, answer.known((*path, name), inner))

    def _made(self, key, default=None):
        if not dict.__contains__(self, key):
            super().__setitem__(key, self._answer.guess((*self._path, key), key, default))
        return super().__getitem__(key)

    def _first(self):
        if self._item is None:
            self._answer.learn(self._path, "list")
            self._item = Table(self._answer, (*self._path, 0), None)
            self._answer.learn((*self._path, 0), "table")
        return self._item

    def __getitem__(self, key):
        return self._made(key) if isinstance(key, str) else self._first()

    def __contains__(self, key):
        if not isinstance(key, str) or _ERROR.fullmatch(key):
            return dict.__contains__(self, key)
        self._made(key)
        return True

    def get(self, key, default=None):
        """Look up a key; one that would tell of an error is not there."""
        if not isinstance(key, str) or (_ERROR.fullmatch(key) and not dict.__contains__(self, key)):
            return default
        return self._made(key, default)

    def pop(self, key, *default):
        """Look up a key, and take it out."""
        if key in self:
            return super().pop(key)
        return super().pop(key, *default)

    def setdefault(self, key, default=None):
        """Look up a key."""
        return self.get(key, default)

    def __iter__(self):
        return super().__iter__() if super().__len__() else iter([self._first()])

    def __len__(self):
        return max(1, super().__len__())

    def __bool__(self):
        return True


class _Otherwise(_Copied):
    """What is a list or a text so far, and turns out to be an object when it is used as one."""

    def _as_table(self):
        if self._table is None:
            self._answer.learn(self._path, "table")
            self._table = Table(self._answer, self._path, None)
        return self._table

    def __getitem__(self, key):
        return self._as_table()[key] if isinstance(key, str) else super().__getitem__(key)

    def get(self, key, default=None):
        """Look up a key."""
        return self._as_table().get(key, default)

    def items(self):
        """Return what was looked up."""
        return self._as_table().items()

    def keys(self):
        """Return the keys that were looked up."""
        return self._as_table().keys()

    def values(self):
        """Return the values that were looked up."""
        return self._as_table().values()


class Items(_Otherwise, list):
    """A list of JSON with one item."""

    def __init__(self, answer, path, node):
        inner = (node or {}).get("item")
        if inner is None:
            answer.learn((*path, 0), "table")
            inner = {"kind": "table"}
        super().__init__([answer.known((*path, 0), inner)])
        self._answer, self._path, self._table = answer, path, None


class Guess(_Otherwise, str):
    """A text whose use says what it should have been."""

    def __new__(cls, text, answer, path, number):
        """Make a text."""
        made = super().__new__(cls, text)
        made._answer, made._path, made._number, made._table = answer, path, number, None
        return made

    def _amount(self):
        self._answer.learn(self._path, "value", self._number)
        return self._number

    def __int__(self):
        return int(self._amount())

    __index__ = __int__

    def __float__(self):
        return float(self._amount())

    def __eq__(self, other):
        if isinstance(other, Guess) or str.__eq__(self, other) is True:
            return str.__eq__(self, other)
        if isinstance(other, (int, float)):
            # A status that is asked about is seldom the one that is hoped for.
            if other in _WELL if self._number in _WELL else other >= 0:
                self._number = other
            return self._amount() == other
        if type(other) is str and other and not _ERROR.fullmatch(other.lower()):
            self._answer.learn(self._path, "value", other)
            return True
        return False

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        # Enum compares what has no hash with each of its members, and so one of them is taken.
        if sys._getframe(1).f_globals.get("__name__") == "enum":  # noqa: SLF001
            raise TypeError("made up: to be compared with each member")
        return str.__hash__(self)

    def __round__(self, *digits):
        return round(self._amount(), *digits)


def _arithmetic(name):
    plain = getattr(str, name, None)

    def operation(self, other):
        if isinstance(other, (int, float)) or plain is None:
            return getattr(float(self._amount()), name)(other)
        return plain(self, other)

    return operation


for _name in ("lt", "le", "gt", "ge", "add", "radd", "sub", "rsub", "mul", "rmul", "truediv"):
    setattr(Guess, f"__{_name}__", _arithmetic(f"__{_name}__"))


def _readable(report, real):
    """Return a reader of JSON that makes a table of a marker."""

    def loads(text, *more, **options):
        found = real(text, *more, **options)
        if type(found) is dict and MARKER in found:
            made = found[MARKER]
            answer = _Answer(report, made["ticket"], made["account"])
            return answer.known((), made["known"])
        return found

    # Mashumaro writes code that names the reader by these.
    loads.__module__, loads.__qualname__ = real.__module__, real.__qualname__
    return loads


def _plain(value):
    """Return what was made up as ordinary data."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in dict.items(value)}
    if isinstance(value, list):
        return [_plain(inner) for inner in list.__iter__(value)]
    return str.__str__(value) if isinstance(value, str) else value


def _writable(real):
    """Return a writer of JSON that takes what was made up, though subclasses go to `default`."""

    def dumps(value, default=None, option=None):
        def ordinary(other):
            if isinstance(other, (Table, Items, Guess)):
                return _plain(other)
            if default is None:
                raise TypeError(f"Type is not JSON serializable: {type(other).__name__}")
            return default(other)

        return real(value, ordinary, option)

    dumps.__module__, dumps.__qualname__ = real.__module__, real.__qualname__
    return dumps


def install(path):
    """Replace the readers of JSON; what is looked up is written to a file, a line each."""
    # Opened once, before there is an event loop, in which Home Assistant complains of it.
    file = open(path, "a", encoding="utf-8", buffering=1)  # noqa: PTH123, SIM115

    def report(line):
        file.write(json.dumps(line) + "\n")

    json.loads = _readable(report, json.loads)
    for name in ("orjson", "simplejson", "ujson"):
        try:
            module = __import__(name)
        except ImportError:
            continue
        module.loads = _readable(report, module.loads)
        if name == "orjson":
            module.dumps = _writable(module.dumps)
