"""Sees what code looks up in an answer that the rehearsal made up, and makes up the values.

With `appcred rehearse --record` the gateway answers what nobody described with a marker instead of
data. `install` replaces the readers of JSON, so that a marker becomes a `Table` here: it has every
key that is asked for, with a value that its name suggests, and reports each key to a file. A value
whose name says nothing, a `Guess`, reports how it is used: as a number, a table, or compared with a
text. The gateway reads the file and answers the next request with what was learnt.

Nothing of appcred is imported here: this runs in Home Assistant's environment, on its Python.
"""

import dis
import json
import re
import sys

MARKER = "__appcred_made_up__"
NUMBER = 21
_TIME = 1767225600
DATE = "2026-01-01T00:00:00+00:00"
_ERROR = re.compile(
    r"errors?|error_?(code|description|message|type|msg)|faults?|exceptions?|failures?"
)
_NEXT = re.compile(
    r"@odata\.nextLink|next|(.*_)?next_?(page|link|url|href|cursor|token|page_?token|key)?"
    r"|next[A-Z]\w*|cursor|[hH]as_?([mM]ore|[nN]ext)\w*|continuation_?[tT]oken"
)
"""What tells of another page, of which there is none."""
_SCOPES = "{scopes}"
_GRANTED = re.compile(r"(.*_)?scopes")
_CLIENT = re.compile(r"client_?[iI]d|aud|azp")
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
    r"(data|body|result|response|payload|attributes|meta|user|account|profile|owner|home|viewer|me|customer)"
)


class _Answer:
    """One answer that was made up: where reports about it go, and whose account it is about."""

    def __init__(self, report, ticket, account):
        self._report = report
        self._ticket = ticket
        self._account = account

    def learn(self, path, kind, value=None):
        self._report({"ticket": self._ticket, "path": list(path), "kind": kind, "value": value})

    def filled(self, text):
        for key, value in self._account.items():
            if isinstance(value, str):
                text = text.replace("{" + key + "}", value)
        return text

    def known(self, path, node):
        """Return the value of what was learnt before."""
        if node["kind"] == "table":
            return Table(self, path, node)
        if node["kind"] == "list":
            return Items(self, path, node)
        if node["kind"] == "guess":
            return self.guess(path, str(path[-1]) if path else "")
        return self._made(path, node["value"])

    def guess(self, path, name, default=None):
        """Make up a value by its name, or in the manner of the default that the code has for it."""
        if _NEXT.fullmatch(name):
            return self.plain(path, False if name.lower().startswith("has") else None)
        if _GRANTED.fullmatch(name):
            return self.plain(path, _SCOPES)
        if isinstance(default, dict) or _INNER.fullmatch(name):
            return self.inner(path, "table", Table)
        if isinstance(default, (list, tuple)):
            return self.inner(path, "list", Items)
        if isinstance(default, (bool, int, float)):
            usual = _WELL[0] if _STATUS.fullmatch(name) else NUMBER
            return self.plain(path, usual if default < 0 else default)
        for pattern, value in (
            (_CLIENT, "{client_id}"),
            (_IDENTITY, "{id}"),
            (_NAME, "{name}"),
            (_MAIL, "{email}"),
            (_ADDRESS, "https://example.com/" + name),
            (_SWITCH, True),
            (_AMOUNT, NUMBER),
        ):
            if pattern.fullmatch(name):
                return self.plain(path, value)
        if _WHEN.fullmatch(name):
            # A day alone is read by what wants a day, and by what wants a time.
            day = name.lower().endswith("date")
            return self._open(path, DATE[:10] if day else DATE, _TIME)
        if _MANY.fullmatch(name) and not _ONE.fullmatch(name):
            return self.inner(path, "list", Items)
        return self._open(path, name, _WELL[0] if _STATUS.fullmatch(name) else NUMBER)

    def plain(self, path, value):
        """Return a value that is known to be of the right kind, until something refuses it."""
        self.learn(path, "value", value)
        return self._made(path, value)

    def _made(self, path, value):
        if value == _SCOPES:
            scopes = self._account["scopes"]
            return list(scopes) if isinstance(scopes, list) else []
        if isinstance(value, str):
            return Text(self.filled(value), self, path)
        return Number(value, self, path) if type(value) is int else value

    def inner(self, path, kind, form):
        """Return a table or a list, with nothing known of what is in it."""
        self.learn(path, kind)
        return form(self, path, None)

    def _open(self, path, text, number):
        self.learn(path, "guess", text)
        return Guess(text, self, path, number)


_COPIED = []
"""The last table of which an ordinary copy was made."""


class Made:
    """What was made up: of which answer, and where in it. Copies are ordinary data."""

    def __reduce_ex__(self, _protocol):
        return _ordinary, (_plain(self),)


def _ordinary(value):
    return value


def _is_absent(key):
    return not isinstance(key, str) or bool(_ERROR.fullmatch(key) or _NEXT.fullmatch(key))


class Table(Made, dict):
    """An object of JSON that has every key; used as a list, it is one of a single item."""

    def __init__(self, answer, path, node):
        super().__init__()
        self.answer = answer
        self.path = path
        self._item = None
        for name, inner in ((node or {}).get("members") or {}).items():
            super().__setitem__(name, answer.known((*path, name), inner))

    def _made(self, key, default=None):
        if not dict.__contains__(self, key):
            super().__setitem__(key, self.answer.guess((*self.path, key), key, default))
        return super().__getitem__(key)

    def _first(self):
        if self._item is None:
            self.answer.learn(self.path, "list")
            self._item = Table(self.answer, (*self.path, 0), None)
            self.answer.learn((*self.path, 0), "table")
        return self._item

    def __getitem__(self, key):
        if key == MARKER:
            return self
        return self._made(key) if isinstance(key, str) else self._first()

    def keys(self):
        """Return the keys; to `model(**table)`, which tells none, one that leads back to it."""
        code, place = sys._getframe(1).f_code.co_code, sys._getframe(1).f_lasti  # noqa: SLF001
        if not super().__len__() and code[place] == dis.opmap["DICT_MERGE"]:
            return [MARKER]
        self._copy()
        return super().keys()

    def items(self):
        """Return what there is so far."""
        self._copy()
        return super().items()

    def _copy(self):
        """Note that there is an ordinary table now, in which nobody sees what is looked up."""
        _COPIED[:] = [self]
        self.answer.learn(self.path, "copied")

    def __contains__(self, key):
        if _is_absent(key):
            return dict.__contains__(self, key)
        self._made(key)
        return True

    def get(self, key, default=None):
        """Look up a key; one that would tell of an error, or of another page, is not there."""
        if _is_absent(key) and not dict.__contains__(self, key):
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


class _Otherwise(Made):
    """What is a list or a text so far, and turns out to be an object when it is used as one."""

    def _as_table(self):
        if self._table is None:
            self.answer.learn(self.path, "table")
            self._table = Table(self.answer, self.path, None)
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
        self.answer, self.path, self._table = answer, path, None


class Text(_Otherwise, str):
    """A text that is of the right kind, as far as that is known."""

    def __new__(cls, text, answer, path):
        """Make a text."""
        made = super().__new__(cls, text)
        made.answer, made.path, made._table = answer, path, None
        return made


class Number(_Otherwise, int):
    """A number, as its name or its use says, until its items are asked for: a list."""

    def __new__(cls, number, answer, path):
        """Make a number."""
        made = super().__new__(cls, number)
        made.answer, made.path, made._table, made._items = answer, path, None, None
        return made

    def _as_list(self):
        if self._items is None:
            self.answer.learn(self.path, "list")
            self._items = Items(self.answer, self.path, None)
        return self._items

    def __iter__(self):
        return iter(self._as_list())

    def __getitem__(self, key):
        return self._as_table()[key] if isinstance(key, str) else self._as_list()[key]


class Guess(_Otherwise, str):
    """A text whose use says what it should have been."""

    def __new__(cls, text, answer, path, number):
        """Make a text."""
        made = super().__new__(cls, text)
        made.answer, made.path, made._number, made._table = answer, path, number, None
        return made

    def _amount(self):
        self.answer.learn(self.path, "value", self._number)
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
            self.answer.learn(self.path, "value", other)
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
        if isinstance(other, Guess) and (plain is None or "mul" in name):
            other = other._amount()  # noqa: SLF001
        if isinstance(other, (int, float)) or plain is None:
            return getattr(float(self._amount()), name)(other)
        return plain(self, other)

    return operation


def _sign(name):
    return lambda self: getattr(float(self._amount()), name)()


for _name in (
    *("lt", "le", "gt", "ge", "add", "sub", "mul", "truediv", "floordiv", "mod", "pow"),
    *("radd", "rsub", "rmul", "rtruediv", "rfloordiv", "rpow"),
):
    setattr(Guess, f"__{_name}__", _arithmetic(f"__{_name}__"))
for _name in ("neg", "pos", "abs"):
    setattr(Guess, f"__{_name}__", _sign(f"__{_name}__"))


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
    if isinstance(value, Number):
        return int(value)
    return str.__str__(value) if isinstance(value, str) else value


def _writable(real):
    """Return a writer of JSON that takes what was made up, though subclasses go to `default`."""

    def dumps(value, default=None, option=None):
        def ordinary(other):
            if isinstance(other, Made):
                return _plain(other)
            if default is None:
                raise TypeError(f"Type is not JSON serializable: {type(other).__name__}")
            return default(other)

        return real(value, ordinary, option)

    dumps.__module__, dumps.__qualname__ = real.__module__, real.__qualname__
    return dumps


def _missed(real):
    """Return what makes mashumaro's exception, and makes up what is missing for the next time."""

    def init(self, field_name, *more, **options):
        real(self, field_name, *more, **options)
        if _COPIED:
            _COPIED[0][field_name]

    return init


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
    try:
        from mashumaro.exceptions import MissingField
    except ImportError:
        pass
    else:
        MissingField.__init__ = _missed(MissingField.__init__)
    import appcred_models  # which needs this module

    appcred_models.install()
